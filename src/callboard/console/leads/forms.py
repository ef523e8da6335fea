"""The lead form, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from callboard.console.dialogs.form import Answers, Field, Form
from callboard.domain.errors import CallboardError
from callboard.domain.people import SOURCES, Person
from callboard.domain.phones import parse_phone
from callboard.domain.zones import zone, zone_names

if TYPE_CHECKING:
    from callboard.domain.agents import Agent

NOBODY = ""
KINDS = (("lead", "lead"), ("contact", "contact"), ("both", "lead and contact"), ("", "neither"))
TEXTS = ("full_name", "phone", "email", "company", "city", "country", "language", "timezone", "interest")


def fields(person: Person | None, agents: Sequence[Agent]) -> list[Field]:
    """One line a field; a new lead begins empty."""
    p = person or Person(id="", organization_id="", is_lead=True)
    kind = "both" if p.is_lead and p.is_contact else "lead" if p.is_lead else "contact" if p.is_contact else ""
    yes_no = (("", "may be reached"), ("call", "no calls"), ("text", "no texts"), ("both", "neither calls nor texts"))
    silent = "both" if p.do_not_call and p.do_not_text else "call" if p.do_not_call else "text" if p.do_not_text else ""
    return [
        Field("full_name", "name", p.full_name, "What they are called; the last word is taken as the family name."),
        Field("phone", "phone", p.phone or "", "Any spelling; without a country code the organization's country is meant."),
        Field("email", "e-mail", p.email or "", "Together with the phone this tells one person from another."),
        Field("company", "company", p.company or "", "Found by the look-up too."),
        Field("city", "city", p.city or "", "For the filter: city:oslo."),
        Field("country", "country", p.country or "", "Two letters, such as US or DE."),
        Field("language", "language", p.language or "", "Shown to whoever calls them."),
        Field("timezone", "time zone", p.timezone or "", "Their local time stands beside every call.", suggest=zone_names()),
        Field("interest", "interest", p.interest or "", "What they asked for."),
        Field("source", "source", p.source or "", "Where they came from.", [("", "unknown"), *((s, s) for s in SOURCES)]),
        Field(
            "agent_id",
            "agent",
            p.agent_id or "",
            "Whose lead it is.",
            [(NOBODY, "nobody yet"), *((a.id, a.name) for a in agents)],
        ),
        Field("kind", "kind", kind, "A lead is to be won, a contact is known; one person may be both.", KINDS),
        Field("silent", "reach", silent, "No call and no text goes out against this.", yes_no),
        Field("notes", "notes", p.notes or "", "For everyone who speaks with them. ^e opens $EDITOR.", long=True),
    ]


def changes(answers: Answers) -> dict[str, Any]:
    """The answers as fields of a person; empty lines become nothing."""
    found: dict[str, Any] = {name: answers[name] or None for name in (*TEXTS, "source", "agent_id", "notes")}
    found["full_name"] = answers["full_name"]
    found["is_lead"] = answers["kind"] in {"lead", "both"}
    found["is_contact"] = answers["kind"] in {"contact", "both"}
    found["do_not_call"] = answers["silent"] in {"call", "both"}
    found["do_not_text"] = answers["silent"] in {"text", "both"}
    return found


def lead_form(title: str, person: Person | None, agents: Sequence[Agent], country: str) -> Form:
    """The form; it says where a value cannot be right before anything is written."""

    def check(answers: Answers) -> tuple[str, str] | None:
        if not any(answers[k] for k in ("full_name", "phone", "email", "company")):
            return "full_name", "a person needs a name, a phone number or an e-mail address"
        try:
            if answers["phone"]:
                parse_phone(answers["phone"], country)
            if answers["timezone"]:
                zone(answers["timezone"])
        except CallboardError as error:
            return getattr(error, "field", "phone"), str(error)
        if answers["email"] and "@" not in answers["email"]:
            return "email", "email: must be an e-mail address"
        return None

    return Form(title, fields(person, agents), check=check)
