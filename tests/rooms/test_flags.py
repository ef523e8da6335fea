"""Each flag against a page that does what it likes: its own script, its own descriptions, straight at the server."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import Callable

import httpx
import pytest

from callboard.domain.bookings import Features
from callboard.domain.errors import NotAllowed
from callboard.services import organizations, recordings, rooms
from callboard.web.rooms import sdp
from callboard.web.rooms.headers import permissions
from rooms.house import Place
from rooms.peers import Page

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=ssrc:1 cname:x\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\nb=AS:99999\r\na=mid:1\r\na=sendonly\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n"
)
DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\na=sctp-port:5000\r\n"


def directions(text: str) -> list[str]:
    """Each section's direction; none said means sendrecv."""
    found = []
    for section in re.split(r"(?m)^m=", text)[1:]:
        said = re.findall(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\r$", section)
        found.append(said[0] if said else "sendrecv")
    return found


async def pair(place: Place, features: Features) -> tuple[Page, Page]:
    """An agent and a customer who are put through to each other, without media."""
    booking = place.book(features=features)
    place.office.do(rooms.admit, booking.id)
    agent = await Page(place, booking, "agent").join(media=False)
    customer = await Page(place, booking, "customer").join(media=False)
    await agent.until(lambda: bool(agent.room["peers"]))
    return agent, customer


async def relayed(sender: Page, receiver: Page, offer: str) -> str:
    """What the other page gets of an offer."""
    await sender.say("signal", to=sender.room["peers"][0]["id"], description={"type": "offer", "sdp": offer})
    await receiver.until(lambda: bool(receiver.of("signal")))
    return receiver.of("signal")[-1]["description"]["sdp"]


# --- camera, microphone, screen: the header binds the browser, the description binds everything else -----------------------
@pytest.mark.parametrize(
    ("features", "role", "header", "sent"),
    [
        (Features(webcam_customer=False), "customer", "camera=()", ["sendrecv", "inactive", "sendrecv"]),
        (Features(webcam_customer=False), "agent", "camera=(self)", ["sendrecv", "sendonly", "sendrecv"]),
        (Features(webcam_agent=False), "agent", "camera=()", ["sendrecv", "inactive", "sendrecv"]),
        (Features(microphone=False), "customer", "microphone=()", ["recvonly", "sendonly", "sendrecv"]),
        (Features(screen_sharing=False), "customer", "display-capture=()", ["sendrecv", "sendonly", "recvonly"]),
    ],
)
async def test_a_device_the_room_does_not_have(place: Place, features: Features, role: str, header: str, sent: list[str]) -> None:
    agent, customer = await pair(place, features)
    async with agent, customer:
        sender, receiver = (agent, customer) if role == "agent" else (customer, agent)
        assert directions(await relayed(sender, receiver, OFFER)) == sent
        async with httpx.AsyncClient() as http:
            answer = await http.get(place.link(sender.booking, role))
        assert header in answer.headers["permissions-policy"]


async def test_sharing_is_refused_where_there_is_none(place: Place) -> None:
    agent, customer = await pair(place, Features(screen_sharing=False))
    async with agent, customer:
        await customer.say("media", sharing=True)
        assert (await customer.refused("media"))["code"] == "not_allowed"
        await customer.say("media", cam=True)
        await agent.until(lambda: agent.room["peers"][0].get("cam") is True)
        assert "sharing" not in agent.room["peers"][0]


@pytest.mark.parametrize("role", ["agent", "customer"])
def test_a_dead_link_opens_no_device(role: str) -> None:
    assert "camera=()" in permissions(None, None)
    assert "camera=(self)" in permissions(role, Features())


# --- bandwidth -------------------------------------------------------------------------------------------------------------
async def test_bandwidth_is_the_servers_to_say(place: Place) -> None:
    agent, customer = await pair(place, Features(bandwidth_kbps=500))
    async with agent, customer:
        text = await relayed(customer, agent, OFFER)
        assert re.findall(r"b=AS:(\d+)", text) == ["64", "436", "436"]
        assert "99999" not in text


def test_without_a_limit_a_page_cannot_set_one_either() -> None:
    assert "b=" not in sdp.police(OFFER, "agent", Features())


# --- chat ------------------------------------------------------------------------------------------------------------------
async def test_chat_off_means_off(place: Place) -> None:
    agent, customer = await pair(place, Features(chat=False))
    async with agent, customer:
        await customer.say("chat", text="psst")
        assert (await customer.refused("chat"))["code"] == "not_allowed"
        assert not agent.of("chat")


@pytest.mark.parametrize("extra", [DATA, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"])
async def test_no_way_around_chat_by_a_data_channel(place: Place, extra: str) -> None:
    agent, customer = await pair(place, Features(chat=False))
    async with agent, customer:
        await customer.say("signal", to=customer.room["peers"][0]["id"], description={"type": "offer", "sdp": OFFER + extra})
        await customer.refused("signal")
        without = OFFER.rsplit("m=", 1)[0] + extra
        await customer.say("signal", to=customer.room["peers"][0]["id"], description={"type": "offer", "sdp": without})
        await customer.until(lambda: len(customer.of("refused")) == 2)
        assert not agent.of("signal")


@pytest.mark.parametrize("keep", [True, False])
async def test_chat_is_kept_only_where_the_organization_says_so(place: Place, keep: bool) -> None:
    organization = place.office.session.get(organizations.get, place.org)
    policy = dataclasses.replace(organization.policy, keep_chat=keep)
    place.office.session.do(organizations.update, place.org, policy=policy)
    agent, customer = await pair(place, Features())
    async with agent, customer:
        for text in ("one", "two", "three"):
            await customer.say("chat", text=text)
        await agent.until(lambda: [m["text"] for m in agent.of("chat")] == ["one", "two", "three"])
        kept = place.office.get(rooms.chat, agent.booking.id)
        assert [(line["role"], line["text"]) for line in kept] == (
            [("customer", t) for t in ("one", "two", "three")] if keep else []
        )
        again = await Page(place, customer.booking, "customer", session=customer.session).join(media=False)
        assert [line["text"] for line in again.of("welcome")[0]["chat"]] == (["one", "two", "three"] if keep else [])
        await again.leave()


# --- participant list ------------------------------------------------------------------------------------------------------
async def test_without_a_list_no_name_leaves_the_server(place: Place) -> None:
    agent, customer = await pair(place, Features(participant_list=False))
    async with agent, customer:
        await customer.say("media", cam=False)
        await agent.until(lambda: agent.room["peers"][0].get("cam") is False)
        page = (await asyncio.to_thread(httpx.get, place.link(customer.booking, "customer"))).text
        for text in (json.dumps(customer.messages), json.dumps(agent.messages), page):
            assert "Robin Vale" not in text
        for text in (json.dumps(customer.messages), page):
            assert "Dana Reyes" not in text
        assert set(customer.room["peers"][0]) <= {"id", "muted", "mic", "cam", "sharing"}


async def test_with_a_list_names_are_told(place: Place) -> None:
    agent, customer = await pair(place, Features())
    async with agent, customer:
        assert customer.room["peers"][0]["name"] == "Dana Reyes"
        assert agent.room["peers"][0]["name"] == "Robin Vale"


# --- recording -------------------------------------------------------------------------------------------------------------
def upload(
    place: Place, page: Page, method: str, path: str = "", body: bytes = b"", *, kind: str = "video/webm"
) -> httpx.Response:
    url = f"{place.server.url}/join/video-call/{page.booking.id}/recordings{path}"
    return httpx.request(method, url, content=body, headers={"Authorization": f"Bearer {page.token}", "Content-Type": kind})


async def test_recording_off_refuses_uploads_and_the_question(place: Place) -> None:
    agent, customer = await pair(place, Features())
    async with agent, customer:
        assert (await asyncio.to_thread(upload, place, agent, "POST")).status_code == 403
        await agent.say("record", on=True)
        assert (await agent.refused("record"))["code"] == "not_allowed"
        assert customer.room["recording"] == ""


async def test_nothing_is_taken_before_the_customer_agrees(place: Place) -> None:
    agent, customer = await pair(place, Features(call_recording=True))
    async with agent, customer:
        assert (await asyncio.to_thread(upload, place, agent, "POST")).status_code == 403
        await agent.say("record", on=True)
        await customer.until(lambda: customer.room["recording"] == "asked")
        assert (await asyncio.to_thread(upload, place, agent, "POST")).status_code == 403
        await agent.say("consent", on=True)  # not theirs to give
        assert (await agent.refused("consent"))["code"] == "forbidden"
        await customer.say("consent", on=False)
        await agent.until(lambda: agent.room["recording"] == "refused")
        assert (await asyncio.to_thread(upload, place, agent, "POST")).status_code == 403
        await agent.say("record", on=True)
        await customer.until(lambda: customer.room["recording"] == "asked")
        await customer.say("consent", on=True)
        await agent.until(lambda: agent.room["recording"] == "on")
        assert (await asyncio.to_thread(upload, place, customer, "POST")).status_code == 403  # only the agent's page records
        assert (await asyncio.to_thread(upload, place, agent, "POST")).status_code == 201


async def test_chunks_are_joined_in_order_and_listed(place: Place) -> None:
    agent, customer = await pair(place, Features(call_recording=True))
    async with agent, customer:
        await agent.say("record", on=True)
        await customer.until(lambda: customer.room["recording"] == "asked")
        await customer.say("consent", on=True)
        await agent.until(lambda: agent.room["recording"] == "on")

        def run() -> None:
            assert upload(place, agent, "POST", kind="text/html").status_code == 415
            made = upload(place, agent, "POST", kind="video/webm;codecs=vp8").json()["id"]
            assert upload(place, agent, "PUT", f"/{made}/1", b"b").status_code == 409
            assert upload(place, agent, "PUT", f"/{made}/0", b"aa").json() == {
                "id": made,
                "next": 1,
                "size": 2,
                "complete": False,
            }
            assert upload(place, agent, "PUT", f"/{made}/0", b"aa").json()["size"] == 2  # its answer was lost; it came again
            assert upload(place, agent, "PUT", f"/{made}/1", b"bb").json()["next"] == 2
            assert upload(place, agent, "PUT", f"/{made}/-1", b"x").status_code == 400
            assert upload(place, agent, "PUT", f"/{made}/2", b"x" * (8 * 1024 * 1024 + 1)).status_code == 413
            assert upload(place, agent, "PUT", f"/{'0' * 24}/0", b"x").status_code == 404
            assert upload(place, agent, "PUT", f"/..%2f..%2fx/0", b"x").status_code == 404  # noqa: F541
            assert upload(place, agent, "POST", f"/{made}").json()["complete"] is True
            assert upload(place, agent, "PUT", f"/{made}/2", b"cc").status_code == 403
            found = place.office.get(recordings.listing, agent.booking.id)
            assert [(r.id, r.size, r.chunks, r.complete) for r in found] == [(made, 4, 2, True)]
            assert (place.office.desk.settings.data_dir / found[0].path).read_bytes() == b"aabb"

        await asyncio.to_thread(run)


# --- breakout --------------------------------------------------------------------------------------------------------------
async def test_the_side_room_separates(place: Place) -> None:
    agent, customer = await pair(place, Features(breakout_room=True))
    async with agent, customer:
        other = customer.room["peers"][0]["id"]
        await agent.say("breakout", role="customer", on=True)
        await customer.until(lambda: customer.room["breakout"] and not customer.room["peers"])
        await customer.say("signal", to=other, description={"type": "offer", "sdp": OFFER})
        await customer.refused("signal")
        await customer.say("chat", text="hello?")
        await customer.refused("chat")
        assert not agent.of("signal")
        assert not agent.of("chat")
        await agent.say("breakout", role="agent", on=True)
        await customer.until(lambda: bool(customer.room["peers"]))
        await agent.say("breakout", role="agent", on=False)
        await customer.until(lambda: not customer.room["peers"])


async def test_no_side_room_where_the_flag_is_off(place: Place) -> None:
    agent, customer = await pair(place, Features(breakout_room=False))
    async with agent, customer:
        await agent.say("breakout", role="customer", on=True)
        assert (await agent.refused("breakout"))["code"] == "not_allowed"
        assert not customer.room["breakout"]


# --- who may do what -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["admit", "hold", "resume", "end", "message", "mute", "breakout", "record"])
async def test_a_customer_operates_nothing(place: Place, verb: str) -> None:
    booking = place.book(features=Features(breakout_room=True, call_recording=True))
    async with Page(place, booking, "customer") as customer:
        await customer.join(media=False)
        await customer.say(verb, text="x", role="customer", on=True)
        assert (await customer.refused(verb))["code"] == "forbidden"
        assert customer.room["state"] == "waiting"


async def test_who_waits_reaches_nobody(place: Place) -> None:
    booking = place.book()
    async with Page(place, booking, "agent") as agent, Page(place, booking, "customer") as customer:
        await agent.join(media=False)
        await customer.join(media=False)
        assert customer.room["peers"] == agent.room["peers"] == []
        for target in (agent.of("welcome")[0]["id"], "", None):
            await customer.say("signal", to=target, description={"type": "offer", "sdp": OFFER})
        await customer.until(lambda: len(customer.of("refused")) == 3)
        assert not agent.of("signal")


@pytest.mark.parametrize(
    "text",
    [OFFER.replace("m=audio", "m=video"), "m=video 9 X 1\r\n" * 4, OFFER + "\0", "x" * 60_000],
    ids=["wrong order", "too many", "NUL", "too long"],
)
def test_descriptions_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(NotAllowed):
        sdp.police(text, "customer", Features())


def test_every_flag_has_a_test_here() -> None:
    """A new flag without a test would be a promise nobody keeps; blur is the browser's own (see the gateway's declaration)."""
    import pathlib

    text = pathlib.Path(__file__).read_text("utf-8")
    names: Callable[[], set[str]] = lambda: {f.name for f in dataclasses.fields(Features)} - {"background_blurring"}  # noqa: E731
    assert {n for n in names() if f"{n}=" not in text} == set()
