"""The command line as a person uses it: a real process, real files, its words and exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callboard import cli

NEW_YORK = ZoneInfo("America/New_York")
_SOON = datetime.now(NEW_YORK).date() + timedelta(28)
MONDAY = _SOON + timedelta(-_SOON.weekday() % 7)  # some weeks from today: these commands run on the real clock


def utc(local: str) -> str:
    """That wall time in New York on the Monday, as the program writes instants."""
    return f"{datetime.combine(MONDAY, time.fromisoformat(local), NEW_YORK).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Done:
    """What a command printed."""

    stdout: str
    stderr: str


class Program:
    """The command line in this process: the same ``run`` the program's door calls. ``process`` starts a real one."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, status: int = 0) -> Done:
        self._capsys.readouterr()
        found = cli.run(words)
        out, err = self._capsys.readouterr()
        assert found == status, (words, found, out, err)
        return Done(out, err)

    def process(self, *words: str, status: int = 0) -> Done:
        command = [sys.executable, "-m", "callboard", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return Done(done.stdout, done.stderr)

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self(*words, "--json", status=status).stdout)


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    return Program(capsys)


@pytest.fixture
def acme(program: Program) -> str:
    return str(program.json("organizations", "add", "Acme Moving", "--timezone", "America/New_York")["id"])


def test_a_morning_at_the_command_line(program: Program, acme: str) -> None:
    org = ("--organization", "acme moving")
    agent = program.json("agents", "add", "Dana", *org, "--hours", "mon-fri 09:00-12:00,13:00-17:00; sat 22:00-06:00")
    assert agent["hours"] == "mon-fri 09:00-12:00,13:00-17:00; sat 22:00-06:00"
    assert agent["timezone"] == "America/New_York"
    slots = program.json("availability", *org, "--from", str(MONDAY), "--to", str(MONDAY))["slots"]
    assert slots[0] == {"starts_at": utc("09:00"), "ends_at": utc("09:30"), "agent_ids": [agent["id"]]}
    assert len(slots) == 14
    made = program.json(
        "bookings", "add", *org, "--at", f"{MONDAY}T10:00", "--name", "Jane", "--phone", "5551234567", "--buffer-after", "5"
    )
    assert (made["starts_at"], made["holds_to"], made["customer_phone"]) == (
        utc("10:00"),
        utc("10:35"),
        "+15551234567",
    )
    refused = program("bookings", "add", *org, "--at", utc("10:00"), status=3)
    assert "already has a call" in refused.stderr
    assert utc("09:30") in refused.stderr
    denied = program.json("bookings", "add", *org, "--at", utc("10:00"), status=3)
    assert (denied["error"], len(denied["nearest"])) == ("slot_taken", 3)
    moved = program.json("bookings", "move", made["id"], *org, "--at", f"{MONDAY}T11:00")
    assert (moved["id"], moved["rev"], moved["starts_at"]) == (made["id"], 2, utc("11:00"))
    assert program.json("bookings", "cancel", made["id"], *org, "--reason", "ill")["status"] == "cancelled"
    listed = program.json("bookings", "list", *org, "--status", "cancelled")["bookings"]
    assert [b["id"] for b in listed] == [made["id"]]


def test_the_real_process_says_the_same(program: Program, acme: str) -> None:
    assert json.loads(program.process("organizations", "list", "--json").stdout)["organizations"][0]["id"] == acme
    done = program.process("agents", "add", "D", "--organization", "Nobody", status=2)
    assert done.stderr == "callboard: no organization 'Nobody'\n"
    assert program.process("bookings", "add", "--organization", acme, "--at", utc("10:00"), status=3).stderr


def test_holding_confirming_and_paging(program: Program, acme: str) -> None:
    org = ("--organization", acme)
    program.json("agents", "add", "Dana", *org)
    ids = [
        program.json("bookings", "add", *org, "--at", f"{MONDAY}T1{n}:00", "--name", f"P{n}", "--pending")["id"] for n in range(3)
    ]
    assert program.json("bookings", "confirm", ids[0], *org)["status"] == "scheduled"
    first = program.json("bookings", "list", *org, "--limit", "2")["bookings"]
    rest = program.json("bookings", "list", *org, "--limit", "2", "--after", first[-1]["id"])["bookings"]
    assert [b["id"] for b in first + rest] == ids
    assert program.json("bookings", "show", ids[0], *org)["status"] == "scheduled"


def test_blocks_and_days_off(program: Program, acme: str) -> None:
    org = ("--organization", acme)
    agent = program.json("agents", "add", "Dana", *org)["id"]
    block = program.json("blocks", "add", *org, "--from", f"{MONDAY}T09:00", "--to", f"{MONDAY}T16:00", "--title", "fair")
    day = ("availability", *org, "--from", str(MONDAY), "--to", str(MONDAY))
    around = ("--from", f"{MONDAY - timedelta(7)}T00:00", "--to", f"{MONDAY + timedelta(7)}T00:00")
    assert len(program.json(*day)["slots"]) == 2
    assert [b["title"] for b in program.json("blocks", "list", *org, *around)["blocks"]] == ["fair"]
    program.json("blocks", "remove", block["id"], *org)
    assert len(program.json(*day)["slots"]) == 16
    program.json("agents", "off", agent, *org, "--day", str(MONDAY), "--hours", "10:00-11:00")
    assert len(program.json(*day)["slots"]) == 2
    program.json("agents", "off", agent, *org, "--from", f"{MONDAY}T10:00", "--to", f"{MONDAY}T10:30")
    assert len(program.json(*day)["slots"]) == 1
    assert program(*day).stdout.count(utc("10:30")) == 1


def test_policy_and_branding_are_changed_by_name(program: Program, acme: str) -> None:
    words = ("--minimum-notice-minutes", "60", "--customer-limit", "2", "--reminder-minutes", "30", "--display-name", "Acme")
    made = program.json("organizations", "change", acme, *words)
    assert (made["policy"]["minimum_notice_minutes"], made["policy"]["customer_limit"], made["display_name"]) == (60, 2, "Acme")
    assert made["policy"]["reminder_minutes"] == [30]
    assert program.json("organizations", "change", acme, "--no", "customer-limit")["policy"]["customer_limit"] is None
    assert (
        "minimum_notice_minutes: must be"
        in program("organizations", "change", acme, "--minimum-notice-minutes", "-1", status=2).stderr
    )


def test_the_only_organization_need_not_be_named(program: Program) -> None:
    assert "there is none yet" in program("agents", "list", status=2).stderr
    program("organizations", "add", "Acme", "--timezone", "UTC")
    program("agents", "add", "Dana")
    assert [a["name"] for a in program.json("agents", "list")["agents"]] == ["Dana"]
    assert program.json("bookings", "list") == {"bookings": []}


def test_a_key_is_shown_once(program: Program, acme: str) -> None:
    made = program.json("keys", "add", "zap", "--organization", acme, "--flavour", "qualifybase", "--scopes", "scheduling:read")
    assert made["key"].startswith("qbk_live_")
    listed = program("keys", "list", "--organization", acme, "--json").stdout
    assert made["key"] not in listed
    assert made["key"][-4:] in listed
    stored = (Path(os.environ["CALLBOARD_DATA_DIR"]) / "callboard.db").read_bytes()
    assert made["key"].encode() not in stored
    assert program.json("keys", "revoke", made["id"], "--organization", acme)["revoked_at"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("organizations", "add", "X", "--timezone", "Mars/Base"), "timezone: must be an IANA time zone"),
        (("organizations", "add", "", "--timezone", "UTC"), "name: must be 1 to 200 characters"),
        (("agents", "add", "D", "--organization", "Nobody"), "no organization 'Nobody'"),
        (
            ("agents", "add", "D", "--organization", "Acme Moving", "--hours", "mon 9-5"),
            "hours: '9-5' must look like 09:00-17:00",
        ),
        (("bookings", "add", "--organization", "Acme Moving", "--at", "tomorrow"), "at: must be an ISO 8601"),
        (("bookings", "add", "--organization", "Acme Moving", "--at", "2026-03-08T02:30"), "does not exist in America/New_York"),
        (("bookings", "list", "--organization", "Acme Moving", "--status", "odd"), "status: must be one of"),
        (("bookings", "show", "nonsense", "--organization", "Acme Moving"), "no booking 'nonsense'"),
        (("agents", "add", "D"), "--organization: must name one of Acme Moving, Other"),
        (("locate", "moon"), "moon"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(program: Program, acme: str, words: tuple[str, ...], said: str) -> None:
    program("organizations", "add", "Other", "--timezone", "UTC")
    done = program(*words, status=2)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_locate_version_help_doctor(program: Program, tmp_path: Path) -> None:
    assert program("locate", "database").stdout.strip().endswith("callboard.db")
    assert program("--version").stdout.strip() == "0.1.0"
    for noun in ("organizations", "agents", "bookings", "serve", "demo", "keys", "doctor"):
        assert noun in program("--help").stdout
    report = program.json("doctor")
    assert report["findings"][0] == {"check": "database", "state": "ok", "detail": "sqlite"}
    assert report["ok"] is True


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_commands(program: Program, shell: str) -> None:
    assert "organizations" in program("completion", shell).stdout


def test_a_bad_configuration_names_the_setting(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOARD_PORT", "many")
    done = program("organizations", "list", status=2)
    assert "port: must be a whole number" in done.stderr
