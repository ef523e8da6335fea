"""``callboard webhooks`` as a person types it: a real database file, a real receiver, and a real server in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from callboard import cli
from faults.served import free_port
from receiver import Receiver


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: the same ``run`` the program's door calls."""

    def call(*words: str, private: bool = True) -> Done:
        monkeypatch.setenv("CALLBOARD_ALLOW_PRIVATE_WEBHOOKS", str(int(private)))
        capsys.readouterr()
        status = cli.run(words)
        return Done(status, *capsys.readouterr())

    assert call("organizations", "add", "Acme", "--timezone", "UTC").returncode == 0
    return call


def answer(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_adding_to_removing(run, receiver):
    home = ("--organization", "Acme", "--json")
    made = answer(run("webhooks", "add", receiver.url(), "--event", "appointment.created", *home))
    assert made["secret"].startswith("whsec_")
    [listed] = answer(run("webhooks", "list", *home))["webhooks"]
    assert listed == {k: v for k, v in made.items() if k != "secret"}

    tried = answer(run("webhooks", "test", made["id"], *home))
    assert (tried["status"], tried["response_status"], tried["test"]) == ("delivered", 200, True)
    [got] = receiver.got
    Verifier(made["secret"]).verify(got.body, got.headers)
    assert tried["request_body"].encode() == got.body

    fresh = answer(run("webhooks", "rotate", made["id"], *home))
    run("webhooks", "test", made["id"], *home)
    for secret in (made["secret"], fresh["secret"]):
        Verifier(secret).verify(receiver.got[1].body, receiver.got[1].headers)

    [_, first] = answer(run("webhooks", "deliveries", made["id"], *home))["deliveries"]
    assert answer(run("webhooks", "redeliver", first["id"], *home))["status"] == "waiting"
    started = answer(run("webhooks", "recover", made["id"], "--since", "2026-01-01T00:00:00Z", *home))
    assert started["status"] == "running"
    assert [r["id"] for r in answer(run("webhooks", "recoveries", *home))["recoveries"]] == [started["id"]]

    assert answer(run("webhooks", "disable", made["id"], *home))["status"] == "disabled"
    refused = run("webhooks", "test", made["id"], *home)
    assert (refused.returncode, "enable it first" in refused.stderr) == (3, True)
    assert answer(run("webhooks", "enable", made["id"], *home))["status"] == "active"
    assert answer(run("webhooks", "remove", made["id"], *home))["removed"] is True
    assert run("webhooks", "list", "--organization", "Acme").stdout == "no webhook endpoints yet\n"


def test_recover_understands_days_times_and_words_in_the_organizations_zone(run, receiver):
    assert run("organizations", "add", "Lima", "--timezone", "America/Lima").returncode == 0  # five hours behind, all year
    home = ("--organization", "Lima", "--json")
    made = answer(run("webhooks", "add", receiver.url(), *home))

    def span(*words: str) -> tuple[str, str]:
        started = answer(run("webhooks", "recover", made["id"], *words, *home))
        return started["since"], started["until"]

    until = ("--until", "2026-01-04")
    for since, found in (
        ("2026-01-01", "2026-01-01T05:00:00Z"),
        ("2026-01-01T09:00", "2026-01-01T14:00:00Z"),
        ("2026-01-01T09:00:00Z", "2026-01-01T09:00:00Z"),
        ("2026-01-01T09:00+02:00", "2026-01-01T07:00:00Z"),
    ):
        assert span("--since", since, *until) == (found, "2026-01-04T05:00:00Z")
    assert span("--since", "yesterday")[0].endswith("T05:00:00Z")
    begins = [span("--since", word)[0] for word in ("2d", "yesterday", "1h")]
    assert begins == sorted(begins)
    for wrong in ("", "someday", "2026-13-01", "2026-01-05", "tomorrow"):
        refused = run("webhooks", "recover", made["id"], "--since", wrong, *until, *home)
        assert (refused.returncode, refused.stderr.count("\n"), "since" in refused.stderr) == (2, 1, True), wrong


def test_a_private_address_needs_the_setting_and_the_answer_names_none(run, receiver):
    home = ("--organization", "Acme")
    made = answer(run("webhooks", "add", receiver.url(host="localhost"), *home, "--json"))
    tried = run("webhooks", "test", made["id"], *home, private=False)
    assert tried.returncode == 1
    assert "blocked: the address is not allowed" in tried.stdout
    assert "127.0.0.1" not in tried.stdout + tried.stderr
    assert receiver.got == []


def test_bad_input_is_one_line_and_exit_2(run):
    for words in (
        ("add", "ftp://example.com/x"),
        ("add", "https://example.com/", "--event", "no.such"),
        ("add", "https://example.com/", "--dialect", "nobody"),
        ("test", "000000000000000000000000"),
        ("recover", "nonsense", "--since", "2026-01-01T00:00:00Z"),
    ):
        done = run("webhooks", *words, "--organization", "Acme")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), words


def test_a_running_server_sends_what_another_process_wrote(run, receiver):
    """This process writes, the server in its own hears of it and sends; SIGTERM ends it with 0."""
    made = answer(run("webhooks", "add", receiver.url(), "--organization", "Acme", "--json"))
    port = free_port()
    command = [sys.executable, "-m", "callboard", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.PIPE)
    try:
        assert server.stderr is not None
        server.stderr.readline()  # listening
        hours = ("--hours", "mon-sun 00:00-24:00")
        assert run("agents", "add", "Dana", "--organization", "Acme", *hours).returncode == 0
        at = time.strftime("%Y-%m-%dT10:00:00Z", time.gmtime(time.time() + 7 * 86400))
        words = ("--at", at, "--name", "Jane Doe", "--phone", "+12155550123")
        booked = run("bookings", "add", "--organization", "Acme", *words)
        assert booked.returncode == 0, booked.stderr
        # Nobody told this process where the server listens: the database did.
        [text] = answer(run("messages", "list", "--organization", "Acme", "--json"))["messages"]
        assert f"http://localhost:{port}/join/video-call/" in text["body"]
        assert f"they begin with http://localhost:{port}, which only this computer opens" in run("doctor").stdout
        while not receiver.got:
            time.sleep(0.02)
    finally:
        server.terminate()
        status = server.wait()
        server.stderr.close()
    assert status == 0
    Verifier(made["secret"]).verify(receiver.got[0].body, receiver.got[0].headers)
    assert receiver.got[0].json["type"] == "appointment.created"
