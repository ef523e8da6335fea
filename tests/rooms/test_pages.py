"""Every page a link can open, with its status and headers; and what is refused before a room is reached."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import websockets

from callboard.domain import ids
from callboard.domain.bookings import Features, Move
from callboard.domain.rooms import redirect_for
from callboard.services import bookings, links, rooms
from callboard.web.rooms import render
from callboard.web.rooms.pages import STATUS
from rooms.house import Place
from rooms.peers import Page


def get(place: Place, url: str) -> httpx.Response:
    return httpx.get(url)


class Outline(HTMLParser):
    """What an assistive program would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_valid_link(place: Place) -> None:
    answer = get(place, place.link(place.book(), "customer"))
    assert answer.status_code == 200
    assert "With Dana Reyes" in answer.text
    assert "Berlin" in answer.text
    assert "New York · Acme Moving time" in answer.text
    assert "+1 212 555 0147" in answer.text
    assert get(place, place.link(place.book(), "agent")).text.count("Robin Vale") >= 1


def test_the_uuid_form_of_the_id_opens_the_same_page(place: Place) -> None:
    booking = place.book()
    assert get(place, place.link(booking, "customer").replace(booking.id, ids.to_uuid(booking.id))).status_code == 200


@pytest.mark.parametrize(
    ("what", "status", "heading"),
    [
        ("expired", 410, "This link has expired"),
        ("cancelled", 410, "This call was cancelled"),
        ("revoked", 410, "This link was replaced"),
        ("missed", 410, "This call did not take place"),
        ("ended", 200, "The call has ended"),
        ("forged", 403, "This link is not valid"),
        ("other role's", 403, "This link is not valid"),
        ("none", 403, "This link is not valid"),
        ("unknown", 404, "There is no such call"),
        ("garbage", 404, "There is no such call"),
    ],
)
def test_a_link_that_opens_nothing(place: Place, what: str, status: int, heading: str) -> None:
    booking = place.book()
    url = place.link(booking, "customer")
    if what == "expired":
        place.clock.by += 600 + 24 * 3600
    elif what == "cancelled":
        place.office.do(bookings.cancel, booking.id)
    elif what == "revoked":
        place.office.do(rooms.revoke_links, booking.id)
    elif what == "missed":
        place.clock.by += 3600
        place.office.do(bookings.no_show, booking.id)
    elif what == "ended":
        place.office.do(bookings.start, booking.id)
        place.office.do(bookings.complete, booking.id)
    elif what == "forged":
        url = url[:-1] + ("A" if url[-1] != "A" else "B")
    elif what == "other role's":
        url = url.replace("?t=c.", "?t=a.")
    elif what == "none":
        url = url.split("?")[0]
    elif what == "unknown":
        url = url.replace(booking.id, booking.id[:-4] + "0000")
    else:
        url = url.replace(booking.id, "nonsense")
    answer = get(place, url)
    assert answer.status_code == status
    assert heading in answer.text
    assert ("Robin" in answer.text, "Dana" in answer.text) == (False, False)


def test_a_link_lives_as_long_as_its_booking_says(place: Place) -> None:
    """24 hours after the scheduled time as it stands: a moved call takes its link along."""
    booking = place.book(starts_in=600)
    url = place.link(booking, "customer")
    place.clock.by += 600 + 24 * 3600 - 5
    assert get(place, url).status_code == 200
    place.clock.by += 6
    assert get(place, url).status_code == 410
    place.clock.by -= 24 * 3600
    later = place.book(starts_in=600)
    url = place.link(later, "customer")
    place.office.do(bookings.move, later.id, Move(starts_at=later.starts_at + 7 * 86400, outside_hours=True))
    place.clock.by += 7 * 86400
    answer = get(place, url)
    assert answer.status_code == 200
    assert "It was planned for" in answer.text
    assert not re.search(r'id="moved"[^>]*hidden', answer.text)


def test_a_token_opens_one_purpose_of_one_booking(place: Place) -> None:
    mine, other = place.book(), place.book()
    assert get(place, place.link(mine, "customer").replace(mine.id, other.id)).status_code == 403
    session = place.office.session
    token = session.get(links.sign, "upload", mine.id, 3)
    assert session.get(links.verify, "upload", token) == (mine.id, "3")
    for purpose, text in (("ics", token), ("upload", token + "x"), ("upload", ""), ("upload", "é.ü"), ("upload", "x" * 9000)):
        with pytest.raises(links.LinkForged):
            session.get(links.verify, purpose, text)


def test_a_preview_joins_nothing(place: Place) -> None:
    booking = place.book()
    for _ in range(3):
        get(place, place.link(booking, "customer"))
    assert place.office.get(rooms.state, booking.id).waiting_at is None


def test_headers(place: Place) -> None:
    booking = place.book()
    for url in (place.link(booking, "customer"), place.link(booking, "customer") + "x"):
        headers = get(place, url).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    nonces = {get(place, place.link(booking, "customer")).headers["content-security-policy"].split("nonce-")[1] for _ in "ab"}
    assert len(nonces) == 2


def test_nothing_is_inline_but_what_carries_the_nonce(place: Place) -> None:
    for url in (place.link(place.book(), "agent"), place.server.url + "/join/video-call/nonsense"):
        for tag, attributes in Outline(get(place, url).text).tags:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
            if tag == "style":
                assert attributes.get("nonce")
            if tag == "script" and attributes.get("type") != "application/json":
                assert attributes.get("src")


def test_what_a_customer_is_called_stays_text(place: Place) -> None:
    name = "</script><script>alert(1)</script> \"'&"
    answer = get(place, place.link(place.book(customer_name=name), "agent"))
    assert "<script>alert" not in answer.text
    boot = re.search(r'id="boot">(.*?)</script>', answer.text, re.DOTALL)
    assert boot
    assert json.loads(boot[1])["customer"] == name


def test_every_text_a_page_asks_for_is_there() -> None:
    """In the templates, in the scripts and in the server; and nothing is left over."""
    folder = Path(render.__file__).parent
    known = set(render.texts())
    source = "\n".join(p.read_text("utf-8") for p in folder.rglob("*") if p.suffix in {".html", ".js", ".py"})
    asked = set(re.findall(r"\bt\('(\w+)'", source)) | set(re.findall(r'words\["(\w+)"\]', source))
    assert asked - known == set()
    unused = {k for k in known if not re.search(rf"[\"'{{|]{k}[\"'}}|]|{k.rsplit('_', 1)[0]}[`_$]", source)}
    notices = {f"{kind}_{part}" for kind in [*STATUS, "down"] for part in ("heading", "body")}
    assert notices <= known
    assert unused - notices - {"dir", "lang"} == set()


@pytest.mark.parametrize("colour", ["#F0B45B", "#000000", "#ffffff", "#ffff00", "#1a73e8", "#808080", "red;}"])
def test_any_brand_colour_stays_readable(colour: str) -> None:
    found = render.accent(colour)
    assert render.contrast(found["ink"], found["accent"]) >= 4.5
    assert render.contrast(found["on_light"], "#fffdf9") >= 4.5
    assert render.contrast(found["on_light"], "#f4f1ea") >= 4.5
    assert render.contrast(found["on_dark"], "#22252b") >= 4.5
    assert ";" not in found["accent"]


@pytest.mark.parametrize(
    ("details", "role", "url"),
    [
        ({"redirects": {"customer": "https://example.com/thanks"}}, "customer", "https://example.com/thanks"),
        ({"redirects": {"customer": "https://example.com/thanks"}}, "agent", None),
        ({"redirects": {"customer": "http://example.com/"}}, "customer", None),
        ({"redirects": {"customer": "javascript:alert(1)"}}, "customer", None),
        ({"redirects": {"customer": "https://user:pw@example.com/"}}, "customer", None),
        ({"redirects": {"customer": "https:///x"}}, "customer", None),
        ({"redirects": {"customer": 7}}, "customer", None),
    ],
)
def test_redirects_are_https_or_nothing(place: Place, details: dict, role: str, url: str | None) -> None:
    assert redirect_for(place.book(details=details), role) == url


# --- at the door of the WebSocket ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", ""])
async def test_another_sites_page_cannot_connect(place: Place, origin: str) -> None:
    url = f"{place.server.url.replace('http', 'ws')}/join/video-call/{place.book().id}/signal"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, origin=origin or None)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type":"chat"}', 4400),
        ("[1]", 1007),
        ("{", 1007),
        ('{"type":"hello","token":"c.1.x","session":"aaaaaaaa.bbbbbbbb"}', 4403),
        ('{"type":"hello","token":"c.1.x","session":"short"}', 4400),
        ('{"type":"hello","token":5,"session":"aaaaaaaa.bbbbbbbb"}', 4400),
        (b"bytes", 1003),
        ("[" * 60000, 1007),
        ("x" * 65000, 1007),
        ("x" * 70000, 1009),
    ],
)
async def test_a_bad_first_message_is_the_last(place: Place, first: str | bytes, code: int) -> None:
    url = f"{place.server.url.replace('http', 'ws')}/join/video-call/{place.book().id}/signal"
    async with websockets.connect(url, origin=place.server.url) as socket:
        await socket.send(first)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)
        assert socket.close_code == code


async def test_a_page_that_talks_too_fast_is_let_go(place: Place) -> None:
    async with Page(place, place.book(), "customer") as customer:
        await customer.join(media=False)
        try:
            for _ in range(400):
                await customer.say("media", mic=True)
        except websockets.ConnectionClosed:
            pass
        await customer.until(lambda: customer.closed is not None)
        assert customer.closed[0] == 4429


async def test_one_link_connects_only_so_often(place: Place) -> None:
    booking = place.book()
    url = f"{place.server.url.replace('http', 'ws')}/join/video-call/{booking.id}/signal"
    refused = 0
    for _ in range(40):
        try:
            async with websockets.connect(url, origin=place.server.url):
                pass
        except websockets.InvalidStatus:
            refused += 1
    assert refused >= 5


def test_guessing_links_is_slow(place: Place) -> None:
    base = place.link(place.book(), "customer")[:-6]
    with httpx.Client() as http:
        found = [http.get(base + f"{n:06d}").status_code for n in range(60)]
    assert found[0] == 403
    assert found[-1] == 429
    assert http.is_closed


async def test_nothing_in_the_log_opens_a_room(
    place: Place, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """With every logger wide open: neither the token nor a session is in any line."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("uvicorn").setLevel(logging.DEBUG)
    try:
        async with Page(place, place.book(), "customer") as customer:
            await customer.join(media=False)
    finally:
        logging.getLogger("uvicorn").setLevel(logging.ERROR)
    said = "\n".join(r.getMessage() for r in caplog.records if r.name.split(".")[0] not in {"websockets", "httpx", "httpcore"})
    said += "".join(capfd.readouterr())
    assert customer.token not in said
    assert customer.session.split(".")[1] not in said


async def test_an_answer_never_holds_the_other_pages_session(place: Place) -> None:
    booking = place.book(features=Features())
    place.office.do(rooms.admit, booking.id)
    async with Page(place, booking, "agent") as agent, Page(place, booking, "customer") as customer:
        await agent.join(media=False)
        await customer.join(media=False)
        await agent.until(lambda: bool(agent.room["peers"]))
        for part in (customer.session, *customer.session.split(".")):
            assert part not in json.dumps(agent.messages)
