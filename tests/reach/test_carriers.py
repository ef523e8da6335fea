"""Texts through programs that carry them for real: Kannel with its fake message centre, Gammu with its dummy phone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote_plus

import httpx
import pytest

from callboard.gateways import sms
from callboard.services import messages, people
from ports import free_port
from reach.conftest import book_on, configure, settle

pytestmark = pytest.mark.engines
JANE = "+15551234567"
FAKE_CENTRE = "/usr/lib/kannel/test/fakesmsc"

CONFIG = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {box}
box-allow-ip = 127.0.0.1

group = smsc
smsc = fake
smsc-id = FAKE
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {door}
sendsms-interface = 127.0.0.1

{told}
"""


def until(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for another program to have done something."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Kannel:
    """bearerbox and smsbox; ``write`` lets the fake message centre deliver a customer's text, ``seen`` is what it got."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self.folder = folder
        admin, box, self.centre, self.door = (free_port() for _ in range(4))
        self.table = {"base_url": f"http://127.0.0.1:{self.door}", "username": "callboard", "password": "secret"}
        self.table |= {"from_number": "+15005550006"}
        hints = sms.make("kannel", self.table, public_url).hints()
        lines = "\n".join(hints[2:]).replace("the one set here", "secret")  # what the program tells an operator to enter
        text = CONFIG.format(admin=admin, box=box, centre=self.centre, door=self.door, told=lines)
        (folder / "kannel.conf").write_text(text)
        self._running: list[subprocess.Popen] = []
        self._start("bearerbox", "bearerbox", "kannel.conf")
        until(lambda: listening(box), "bearerbox")
        self._start("smsbox", "smsbox", "kannel.conf")
        until(lambda: listening(self.door), "smsbox")

    def _start(self, name: str, *command: str) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("wb") as log:
            made = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=log)
        self._running.append(made)
        return made

    def write(self, text: str) -> None:
        self._start(
            "centre", FAKE_CENTRE, "-H", "127.0.0.1", "-r", str(self.centre), "-m", "1", f"{JANE} 15005550006 text {text}"
        )
        until(lambda: "sent message 1" in self.log, "the fake message centre")

    @property
    def log(self) -> str:
        path = self.folder / "centre.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def seen(self) -> str:
        """What the customer's telephone would show: the parts put together again."""
        lines = [line for line in self.log.splitlines() if "Got message" in line]
        parts = [line.split(" data ", 1)[1] if " data " in line else quote(line.split(" text ", 1)[1]) for line in lines]
        return "".join(unquote_plus(part.removesuffix(">").removesuffix("%3E")) for part in parts)

    def close(self) -> None:
        for made in reversed(self._running):
            made.terminate()
        for made in self._running:
            try:
                made.wait(10)
            except subprocess.TimeoutExpired:
                made.kill()


@pytest.fixture
def kannel(served, tmp_path, clock) -> Iterator[Kannel]:
    if not (shutil.which("bearerbox") and Path(FAKE_CENTRE).exists()):
        pytest.skip("needs Debian's kannel and kannel-extras")
    clock.set("2026-06-01T12:00:00Z")
    made = Kannel(tmp_path, served.public_url)
    configure(served, sms_gateway="kannel", gateways={"kannel": made.table})
    yield made
    made.close()


def told(acme, booked):
    return acme.get(messages.of_booking, booked.id, "confirmation", 1)


def test_a_confirmation_travels_to_the_message_centre_and_its_receipt_back(acme, kannel):
    kannel.write("hello?")
    booked = book_on(acme)
    settle(acme.desk)
    until(lambda: told(acme, booked).status == "delivered", "the receipt")
    assert kannel.seen == told(acme, booked).body
    assert told(acme, booked).delivered_at is not None


def test_letters_beyond_the_gsm_alphabet_arrive_whole(acme, kannel):
    kannel.write("hello?")
    acme.do(messages.send, to=JANE, body="Přijďte v 16:00")
    settle(acme.desk)
    until(lambda: acme.get(messages.listing, direction="outbound")[0].status == "delivered", "the receipt")


def test_what_a_customer_writes_arrives_and_stop_is_kept(acme, kannel):
    book_on(acme)
    kannel.write("Stop")
    until(lambda: acme.get(messages.count, direction="inbound"), "the text")
    [heard] = acme.get(messages.listing, direction="inbound")
    assert (heard.body, heard.from_number) == ("Stop", JANE)
    assert acme.get(people.by_phone, JANE).do_not_text


def test_wrong_credentials_fail_for_good_and_a_stopped_gateway_is_tried_again(acme, kannel, clock):
    configure(acme.desk, gateways={"kannel": kannel.table | {"password": "other", "callback_secret": "secret"}})
    first = acme.do(messages.send, to=JANE, body="one")
    settle(acme.desk)
    refused = acme.get(messages.get, first.id)
    assert (refused.status, refused.reason) == ("failed", "Kannel 403: Authorization failed for sendsms")
    configure(acme.desk, gateways={"kannel": kannel.table})
    kannel.close()
    second = acme.do(messages.send, to=JANE, body="two")
    settle(acme.desk)
    waits = acme.get(messages.get, second.id)
    assert (waits.status, waits.due_at) == ("waiting", clock.now + 30)
    assert "cannot be reached" in waits.reason


def test_a_receipt_without_the_key_is_refused(acme, kannel):
    made = acme.do(messages.send, to=JANE, body="one")
    for query in (f"id={made.id}&status=1", f"key=guess&id={made.id}&status=1"):
        answer = httpx.get(f"{acme.desk.public_url}/callbacks/sms/kannel/status?{query}", trust_env=False)
        assert answer.status_code == 403
    assert acme.get(messages.get, made.id).status == "waiting"


# --- a phone of one's own ---------------------------------------------------------------------------------------------
@pytest.fixture
def phone(sqlite_desk, tmp_path) -> Path:
    if not shutil.which("gammu"):
        pytest.skip("needs Debian's gammu")
    folder = tmp_path / "phone"
    folder.mkdir()
    config = tmp_path / "gammurc"
    config.write_text(f"[gammu]\nmodel = dummy\nconnection = none\nport = {folder}\ngammuloc = /dev/null\n")
    configure(sqlite_desk, sms_gateway="gammu", gateways={"gammu": {"config": str(config)}})
    return config


def test_a_text_goes_out_by_the_phone(sqlite_office, phone):
    made = sqlite_office.do(messages.send, to=JANE, body="Hello Jañe 🙂 " + "x" * 400)
    settle(sqlite_office.desk)
    sent = sqlite_office.get(messages.get, made.id)
    assert (sent.status, sent.gateway, sent.provider_id) == ("sent", "gammu", f"{made.id}:255")


def test_a_phone_that_is_not_there_is_tried_again(sqlite_office, phone, clock):
    phone.write_text("[gammu]\nmodel = at\nconnection = at115200\nport = /dev/nothing-here\n")
    made = sqlite_office.do(messages.send, to=JANE, body="Hello")
    settle(sqlite_office.desk)
    waits = sqlite_office.get(messages.get, made.id)
    assert (waits.status, waits.due_at) == ("waiting", clock.now + 30)
    assert waits.reason.startswith("gammu: ")
