"""Messages, campaigns, calls and calendars from the command line: what a person sees and what a machine reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callboard import cli
from reach.calendar_peer import ics as file
from reach.test_calendars import LUNCH

HOURS = "mon-sun 00:00-24:00"


class Program:
    """The command line in this process, through the same ``run`` the program's door calls."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, status: int = 0) -> str:
        self._capsys.readouterr()
        found = cli.run([*words, "--organization", "Acme"])
        out, err = self._capsys.readouterr()
        assert found == status, (words, found, out, err)
        return out if status == 0 else err

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))


@pytest.fixture
def program(capsys) -> Program:
    assert cli.run(["organizations", "add", "Acme", "--timezone", "America/New_York"]) == 0
    made = Program(capsys)
    made.agent = made.json("agents", "add", "Dana", "--hours", HOURS, "--extension", "101")["id"]
    return made


def test_the_outbox_can_be_read_copied_and_marked(program):
    sent = program.json("messages", "send", "(555) 123-4567", "We are running late")
    [listed] = program.json("messages", "list")["messages"]
    assert listed == sent
    assert (sent["to"], sent["attempted"], sent["delivered"], sent["status"]) == ("+15551234567", True, False, "waiting")
    assert "We are running late" in program("messages", "show", sent["id"])
    assert program.json("messages", "sent", sent["id"])["delivered"]
    assert "not sent again" in program("messages", "retry", sent["id"], status=3)
    assert [c["number"] for c in program.json("messages", "conversations")["conversations"]] == ["+15551234567"]


def test_every_organizations_messages_are_listed_when_none_is_named(program, capsys):
    program.json("messages", "send", "5551234567", "one")
    cli.run(["organizations", "add", "Bolt", "--timezone", "Europe/Berlin"])
    cli.run(["messages", "send", "5551234568", "two", "--organization", "Bolt"])
    capsys.readouterr()
    assert cli.run(["messages", "list", "--json"]) == 0
    assert {m["body"] for m in json.loads(capsys.readouterr().out)["messages"]} == {"one", "two"}


def test_templates_from_the_command_line(program):
    told = program("messages", "templates", "save", "confirmation", "Hi {first_name}: {when} {link} {oops}", status=2)
    assert "{oops} is not a variable of confirmation" in told
    said = program("messages", "templates", "save", "confirmation", "Hi {first_name}: {when} {link}")
    assert "Hi Jane: Mon Jun 15, 4:00 PM EDT (America/New_York) https://" in said
    kinds = {t["kind"]: t["own"] for t in program.json("messages", "templates", "list")["templates"]}
    assert kinds == {"confirmation": True, "reschedule": False, "cancellation": False, "reminder": False, "upload_link": False}
    program("messages", "templates", "reset", "confirmation")
    assert "Acme: your video call is booked" in program("messages", "templates", "preview", "confirmation")


def test_the_opt_out_list_from_the_command_line(program):
    program("messages", "opt-out", "5551234567")
    assert [p["phone"] for p in program.json("messages", "opted-out")["opted_out"]] == ["+15551234567"]
    assert "STOP" in program("messages", "send", "5551234567", "hello", status=3)
    program("messages", "opt-in", "5551234567")
    program("messages", "send", "5551234567", "hello")


@pytest.mark.parametrize("noun", ["messages", "calls"])
def test_the_carrier_says_what_it_can_do(noun, capsys, monkeypatch):
    assert cli.run([noun, "carrier", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["gateway"] in {"outbox", "manual"}
    monkeypatch.setenv("CALLBOARD_SMS_GATEWAY", "twilio")
    monkeypatch.setenv("CALLBOARD_TELEPHONY_GATEWAY", "twilio")
    assert cli.run([noun, "carrier"]) == 2
    assert "gateways.twilio.account_sid: must be set" in capsys.readouterr().err
    for name, value in {
        "ACCOUNT_SID": "AC1",
        "AUTH_TOKEN": "t",
        "FROM_NUMBER": "+15005550006",
        "OPERATOR_NUMBER": "+15005550009",
    }.items():
        monkeypatch.setenv(f"CALLBOARD_TWILIO_{name}", value)
    assert cli.run([noun, "carrier"]) == 0
    told = capsys.readouterr().out
    assert "/callbacks/" in told
    assert "AC1" not in told


def test_a_campaign_from_its_making_to_its_end(program, tmp_path):
    made = program.json("campaigns", "add", "Spring", "--agent", program.agent, "--country", "US", "--window", HOURS)
    assert (made["status"], made["target_country"], made["total_contacts"]) == ("draft", "US", 0)
    sheet = tmp_path / "list.csv"
    sheet.write_text("Name;Mobile;City\nAlex Smith;415 555 1212;San Francisco\nNo Phone;;X\nBea;+49 30 123456;Berlin\n")
    seen = program.json("campaigns", "import", "Spring", str(sheet), "--preview")
    assert (seen["columns"], seen["contacts"]) == ({"name": "Name", "phone": "Mobile", "city": "City"}, 1)
    assert program.json("campaigns", "list")["campaigns"][0]["total_contacts"] == 0
    filled = program.json("campaigns", "import", "spring", str(sheet))
    assert (filled["added"], filled["refused"], [r["line"] for r in filled["refused_lines"]]) == (1, 2, [3, 4])
    assert program.json("campaigns", "import", "Spring", str(sheet))["already_there"] == 1
    assert "the campaign is draft" in program("campaigns", "next", "Spring", status=3)
    program("campaigns", "start", "Spring")
    contact = program.json("campaigns", "next", "Spring", "--operator", "dana")["contact"]
    assert (contact["name"], contact["phone"], contact["attempts"]) == ("Alex Smith", "+14155551212", 1)
    assert program.json("campaigns", "next", "Spring", "--operator", "lee")["reason"] == "nobody may be called yet"
    assert "callback_at: must be a time to come" in program("campaigns", "outcome", contact["id"], "callback_requested", status=2)
    program(
        "campaigns", "outcome", contact["id"], "callback_requested", "--callback-at", "2099-06-01T09:00", "--notes", "after lunch"
    )
    [task] = program.json("campaigns", "callbacks")["callbacks"]
    assert (task["callback_at"], task["notes"]) == ("2099-06-01T16:00:00Z", "after lunch")  # nine o'clock in San Francisco
    program("campaigns", "pause", "Spring")
    program("campaigns", "finish", "Spring")
    assert program.json("campaigns", "show", "Spring")["status"] == "finished"
    assert "cannot be started" in program("campaigns", "start", "Spring", status=3)


def test_one_contact_and_leads(program):
    program("campaigns", "add", "Spring", "--agent", program.agent, "--country", "US")
    made = program.json("campaigns", "contact", "Spring", "--name", "Cy", "--phone", "030 123456")
    assert made["validation"] in {"invalid", "wrong_country"}
    assert program.json("campaigns", "leads", "Spring")["added"] == 0
    assert [c["name"] for c in program.json("campaigns", "contacts", "Spring")["contacts"]] == ["Cy"]
    assert "no campaign 'Autumn'" in program("campaigns", "contacts", "Autumn", status=2)


def test_a_call_dialled_by_hand_leaves_a_true_history(program):
    made = program.json("calls", "dial", "(415) 555-1212", "--agent", program.agent)
    assert (made["status"], made["dial"]) == ("initiated", "tel:+14155551212")
    program("calls", "answered", made["id"])
    assert "cannot be answered" in program("calls", "answered", made["id"], status=3)
    program("calls", "ended", made["id"])
    program("calls", "outcome", made["id"], "booked", "--notes", "Tuesday")
    [listed] = program.json("calls", "list")["calls"]
    assert (listed["status"], listed["outcome"], listed["notes"], listed["gateway"]) == (
        "completed",
        "booked",
        "Tuesday",
        "manual",
    )
    assert listed["answered_at"] is not None
    again = program.json("calls", "dial", "4155551212")
    assert program.json("calls", "ended", again["id"])["status"] == "missed"


def test_who_is_calling_and_what_they_left(program):
    program("people", "add", "Jane Doe", "--phone", "4155551212")
    rings = program.json("calls", "incoming", "+1 415 555 1212")
    assert (rings["pop"]["person"]["name"], rings["status"]) == ("Jane Doe", "ringing")
    left = program.json("calls", "voicemail", rings["id"], "--text", "Call me", "--seconds", "9")
    assert program.json("calls", "voicemails", "--unread", "--from", "4155551212")["voicemails"] == [left]
    assert "Jane Doe; 1 earlier calls" in program("calls", "lookup", "415-555-1212")
    assert program.json("calls", "extensions")["extensions"][0]["extension"] == "101"


def test_calendars_from_the_command_line(program, tmp_path: Path):
    sheet = tmp_path / "c.ics"
    sheet.write_bytes(file(LUNCH))
    made = program.json("calendars", "import", "Exported", str(sheet), "--agent", program.agent)
    assert made["status"] == "fresh"
    added = program.json("calendars", "add", "Google", "webcal://example.com/c.ics")
    assert (added["status"], added["url"]) == ("waiting", "https://example.com/c.ics")
    assert program.json("calendars", "refresh", added["id"])["status"] == "waiting"
    program("calendars", "remove", added["id"])
    assert [c["name"] for c in program.json("calendars", "list")["calendars"]] == ["Exported"]
    old = program.json("calendars", "feed", "--agent", program.agent)
    assert "/calendars/" in old["url"]
    new = program.json("calendars", "feed", "--agent", program.agent, "--revoke")
    assert new == program.json("calendars", "feed", "--agent", program.agent)
    assert (new["url"] != old["url"], old["revoked"], new["revoked"]) == (True, 0, 1)
    assert "no such file" in program("calendars", "import", "X", str(tmp_path / "none.ics"), status=2).lower()
    assert "url: must be" in program("calendars", "add", "X", "file:///etc/passwd", status=2)
