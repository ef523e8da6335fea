"""The organization's own words for each kind of message; what it does not say itself falls back to the defaults."""

from __future__ import annotations

from dataclasses import dataclass

from callboard.domain.errors import Invalid, NotFound
from callboard.domain.templates import DEFAULTS, EXAMPLE, VARIABLES, check, fill
from callboard.storage import messages as rows
from callboard.storage import organizations
from callboard.storage.unit_of_work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The words in force for a kind; ``own`` tells whether the organization wrote them."""

    kind: str
    text: str
    own: bool
    variables: tuple[str, ...]


def listing(work: Work, org: str) -> list[Template]:
    """One template a kind, as they are in force."""
    own = rows.templates(work, org)
    return [
        Template(kind=str(kind), text=own.get(kind, DEFAULTS[kind]), own=kind in own, variables=tuple(names))
        for kind, names in VARIABLES.items()
    ]


def save(work: Work, org: str, kind: str, text: str) -> Template:
    """Keep the organization's own words for a kind; Invalid names an unknown variable, a lone brace, a missing link."""
    kept = check(kind, text)
    own = rows.templates(work, org)
    rows.keep_templates(work, org, {**own, kind: kept})
    work.audit("organization.template_saved", org, org, before={kind: own.get(kind)}, after={kind: kept})
    work.record("organization.updated", org, org)
    return Template(kind=kind, text=kept, own=True, variables=tuple(VARIABLES[kind]))


def reset(work: Work, org: str, kind: str) -> Template:
    """Back to the default words of a kind."""
    if kind not in VARIABLES:
        raise Invalid("kind", f"must be one of {', '.join(VARIABLES)}")
    own = rows.templates(work, org)
    if kind in own:
        rows.keep_templates(work, org, {k: v for k, v in own.items() if k != kind})
        work.audit("organization.template_reset", org, org, before={kind: own[kind]})
        work.record("organization.updated", org, org)
    return Template(kind=kind, text=DEFAULTS[kind], own=False, variables=tuple(VARIABLES[kind]))


def preview(work: Work, org: str, kind: str, text: str | None = None) -> str:
    """What a customer would read, with example values; ``text`` None previews what is in force."""
    organization = organizations.get(work, org)
    if organization is None:
        raise NotFound("organization", org)
    words = check(kind, text) if text is not None else rows.templates(work, org).get(kind) or DEFAULTS.get(kind, "")
    return fill(words, {**EXAMPLE, "organization": organization.display_name})
