"""Two Chromium pages with fake devices, from the first click to the last; and every page as people meet it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, BrowserType, Page, sync_playwright

from callboard.domain.bookings import Features, Move, Status
from callboard.services import bookings, recordings, rooms
from rooms.browsers import CHROMIUM, DEVICES, QUIET, axe, complaints, flow, open_page, says, shown, sideways, until
from rooms.house import Place

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    with sync_playwright() as driver:
        yield driver.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    opened = chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *DEVICES])
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages of a test do not outlive it."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()


def call(place: Place, browser: Browser, features: Features | None = None, **wish: object) -> tuple[Page, Page, str]:
    """A call that has begun: the agent's page, the customer's, the booking's id."""
    booking = place.book(features=features, **wish)
    place.office.do(rooms.admit, booking.id)
    agent, customer = open_page(browser), open_page(browser)
    for page, role in ((agent, "agent"), (customer, "customer")):
        page.goto(place.link(booking, role))
        page.click("#join")
    until(lambda: flow(agent)["decoded"] > 3 and flow(customer)["decoded"] > 3)
    return agent, customer, booking.id


def _still(*pages: Page) -> list[dict[str, int]]:
    """What has flowed, once nothing that was on its way does any more."""
    found = [[flow(page) for page in pages]]

    def again() -> bool:
        time.sleep(0.2)
        found.append([flow(page) for page in pages])
        return found[-1] == found[-2]

    until(again)
    return found[-1]


def _pictures(place: Place, path: str) -> int:
    """How many were filmed so far: a busy machine draws few in a chunk's three seconds."""
    file = place.office.desk.settings.data_dir / path
    if not file.exists():
        return 0
    with contextlib.suppress(av.error.FFmpegError), av.open(str(file)) as film:
        return sum(1 for _ in film.decode(video=0))
    return 0


def test_a_call_from_the_first_click_to_the_last(place: Place, browser: Browser) -> None:
    booking = place.book(
        features=Features(call_recording=True), details={"redirects": {"customer": "https://thanks.example/done"}}
    )
    customer, agent = open_page(browser), open_page(browser)
    customer.goto(place.link(booking, "customer"))
    assert says(customer, "With Dana Reyes")
    assert says(customer, "Starts in 9:")
    until(lambda: says(customer, "Your microphone works."))
    assert place.office.get(rooms.state, booking.id).waiting_at is None  # a look is not a click
    customer.keyboard.press("Tab")
    customer.click("#join")
    until(lambda: says(customer, "You are in the waiting room"))
    agent.goto(place.link(booking, "agent"))
    agent.click("#join")
    until(lambda: says(agent, "Robin Vale is in the waiting room"))
    agent.click("#admit")
    until(lambda: flow(agent)["decoded"] > 5 and flow(customer)["decoded"] > 5)
    until(lambda: not shown(customer, "cover"))
    assert place.office.get(bookings.get, booking.id).status is Status.IN_PROGRESS

    agent.click("#hold")
    agent.fill("#ask-text", "I am asking a colleague.")
    agent.click("#ask-yes")
    until(lambda: says(customer, "I am asking a colleague."))
    before = _still(agent, customer)
    time.sleep(1)
    after = flow(agent), flow(customer)
    assert [(a["sent"], a["packets"]) for a in after] == [(b["sent"], b["packets"]) for b in before]  # nothing, not even silence
    agent.click("#cover-actions button")
    until(lambda: flow(customer)["decoded"] > after[1]["decoded"] + 3)

    customer.click("#chat-open")
    customer.fill("#chat-text", "Hello <b>there</b>")
    customer.keyboard.press("Enter")
    until(lambda: agent.locator("#chat-count").text_content() == "1")
    agent.click("#chat-open")
    assert says(agent, "Hello <b>there</b>")

    agent.click("#record")
    until(lambda: shown(customer, "consent"))
    assert customer.evaluate("() => document.activeElement.id") == "consent-no"
    customer.click("#consent-yes")
    until(lambda: shown(customer, "recording-bar") and shown(agent, "badge-rec"))
    begun = flow(agent)["decoded"], flow(customer)["decoded"]
    until(lambda: flow(agent)["decoded"] > begun[0] + 8 and flow(customer)["decoded"] > begun[1] + 8)  # something to film
    until(lambda: sum(_pictures(place, r.path) for r in place.office.get(recordings.listing, booking.id)) > 2)
    customer.click("#withdraw")  # they may take it back at any time
    recorded = until(lambda: [r for r in place.office.get(recordings.listing, booking.id) if r.complete])[0]
    file = place.office.desk.settings.data_dir / recorded.path
    assert file.stat().st_size == recorded.size > 10_000
    with av.open(str(file)) as film:  # the joined chunks are one film
        assert {stream.type for stream in film.streams} == {"video", "audio"}
        assert sum(1 for _ in film.decode(video=0)) > 2
    until(lambda: not shown(agent, "badge-rec"))

    customer.route("https://thanks.example/**", lambda route: route.fulfill(body="thank you"))
    agent.click("#more")
    agent.click("#sheet-actions .danger-button")
    agent.click("#ask-yes")
    until(lambda: says(customer, "The call has ended"))
    until(lambda: says(agent, "You can close this page."))
    until(lambda: customer.evaluate("() => location.href") == "https://thanks.example/done")
    assert place.office.get(bookings.get, booking.id).status is Status.COMPLETED
    assert customer.problems == agent.problems == []


def test_a_screen_is_shared_without_negotiating_again(place: Place, browser: Browser) -> None:
    agent, customer, _ = call(place, browser)
    states = "() => window.spied.at(-1).signalingState + window.spied.at(-1).localDescription.sdp.split('\\n')[1]"
    before = customer.evaluate(states)
    customer.click("#share")
    until(lambda: shown(agent, "screen"))
    until(lambda: agent.evaluate("() => document.getElementById('screen').videoWidth") > 100)
    assert says(agent, "is sharing a screen")
    assert customer.evaluate(states) == before
    customer.click("#share")
    until(lambda: not shown(agent, "screen"))


def test_reloading_comes_straight_back(place: Place, browser: Browser) -> None:
    agent, customer, _ = call(place, browser)
    customer.reload()
    until(lambda: flow(customer)["decoded"] > 3)
    until(lambda: not shown(customer, "cover") and not shown(agent, "cover"))
    seen = agent.evaluate("() => document.getElementById('remote').getVideoPlaybackQuality().totalVideoFrames")
    until(lambda: agent.evaluate("() => document.getElementById('remote').getVideoPlaybackQuality().totalVideoFrames") > seen + 5)


def test_a_server_restart_does_not_stop_the_pictures(place: Place, browser: Browser) -> None:
    agent, customer, _ = call(place, browser)
    connections = customer.evaluate("() => window.spied.length")
    place.server.stop()
    until(lambda: shown(customer, "badge-net"))
    before = flow(customer)["decoded"]
    until(lambda: flow(customer)["decoded"] > before + 5)
    place.server.start()
    until(lambda: not shown(customer, "badge-net") and not shown(agent, "badge-net"))
    assert customer.evaluate("() => window.spied.length") == connections
    agent.click("#chat-open")
    agent.fill("#chat-text", "Still there?")
    agent.keyboard.press("Enter")
    until(lambda: customer.locator("#chat-count").text_content() == "1")


def test_the_same_link_in_a_second_window(place: Place, browser: Browser) -> None:
    agent, customer, booking_id = call(place, browser)
    second = open_page(browser)
    second.goto(customer.url)
    second.click("#join")
    until(lambda: says(second, "This call is open in another window"))
    second.get_by_role("button", name="Move it here").click()
    until(lambda: says(customer, "The call moved to another window"))
    until(lambda: flow(second)["decoded"] > 3)
    until(lambda: not shown(agent, "cover"))
    assert place.office.get(rooms.state, booking_id).present("customer", place.clock())


def test_leaving_and_coming_back(place: Place, browser: Browser) -> None:
    agent, customer, _ = call(place, browser)
    customer.click("#leave")
    until(lambda: says(customer, "You have left the call"))
    until(lambda: says(agent, "Robin Vale has left"))
    customer.get_by_role("button", name="Join again").click()
    until(lambda: customer.locator("#join").is_enabled())
    customer.click("#join")
    until(lambda: flow(customer)["decoded"] > 3)
    until(lambda: not shown(agent, "cover"))


def test_the_operator_mutes(place: Place, browser: Browser) -> None:
    agent, customer, booking_id = call(place, browser)
    place.office.do(rooms.mute, booking_id, "customer")
    until(lambda: says(customer, "You were muted by the organiser."))
    until(lambda: agent.evaluate("() => document.getElementById('remote').muted"))
    sound = "() => window.spied.at(-1).getSenders()[0].track"
    assert customer.evaluate(f"() => ({sound})() === null")
    place.office.do(rooms.mute, booking_id, "customer", on=False)
    until(lambda: customer.evaluate(f"() => ({sound})() !== null"))
    until(lambda: not agent.evaluate("() => document.getElementById('remote').muted"))


def test_flags_reach_the_page(place: Place, browser: Browser) -> None:
    features = Features(chat=False, screen_sharing=False, webcam_customer=False, background_blurring=True)
    booking = place.book(features=features)
    place.office.do(rooms.admit, booking.id)
    customer = open_page(browser)
    customer.goto(place.link(booking, "customer"))
    assert says(customer, "This call works without your camera.")
    # The browser refuses, whatever script runs on the page.
    wish = "(what) => navigator.mediaDevices.getUserMedia(what).then(() => 'opened', (e) => e.name)"
    assert customer.evaluate(wish, {"video": True}) == "NotAllowedError"
    assert customer.evaluate(wish, {"audio": True}) == "opened"
    share = "() => navigator.mediaDevices.getDisplayMedia({ video: true }).then(() => 'opened', (e) => e.name)"
    assert customer.evaluate(share) in {"NotAllowedError", "InvalidStateError"}
    customer.click("#join")
    until(lambda: says(customer, "You are in"))
    for id_ in ("cam", "share", "chat-open", "record", "hold"):
        assert not shown(customer, id_), id_
    assert shown(customer, "mic")
    agent = open_page(browser)
    agent.goto(place.link(booking, "agent"))
    until(lambda: says(agent, "Your browser offers no background blur for this camera."))
    assert not shown(agent, "blur")


def test_a_hostile_page_sends_no_camera(place: Place, browser: Browser) -> None:
    """A rewritten page sends a canvas in place of the camera it may not have: nothing of it arrives."""
    booking = place.book(features=Features(webcam_customer=False, screen_sharing=False))
    place.office.do(rooms.admit, booking.id)
    agent, customer = open_page(browser), open_page(browser)
    agent.goto(place.link(booking, "agent"))
    agent.click("#join")
    customer.goto(place.link(booking, "customer"))
    customer.click("#join")
    until(lambda: flow(customer)["decoded"] > 3)
    sends = """() => {
      const canvas = document.createElement('canvas'); const pen = canvas.getContext('2d');
      setInterval(() => { pen.fillStyle = `hsl(${Date.now() % 360} 90% 50%)`; pen.fillRect(0, 0, 300, 150); }, 40);
      const [track] = canvas.captureStream(25).getVideoTracks();
      window.spied.at(-1).getSenders().slice(1).forEach((s) => s.replaceTrack(track));
    }"""
    customer.evaluate(sends)
    time.sleep(1.5)
    assert flow(agent)["decoded"] == 0


def test_moved_while_the_page_is_open(place: Place, browser: Browser) -> None:
    booking = place.book()
    customer = open_page(browser)
    customer.goto(place.link(booking, "customer"))
    customer.click("#join")
    until(lambda: says(customer, "waiting room"))
    place.office.do(bookings.move, booking.id, Move(starts_at=booking.starts_at + 7200, outside_hours=True))
    until(lambda: says(customer, "This call was moved. New time:"))
    place.office.do(bookings.cancel, booking.id)
    until(lambda: says(customer, "This call was cancelled"))


def test_late_is_fine(place: Place, browser: Browser) -> None:
    booking = place.book(starts_in=-200)
    customer = open_page(browser)
    customer.goto(place.link(booking, "customer"))
    assert says(customer, "The call began 3 min ago.")
    customer.click("#join")
    until(lambda: says(customer, "You are a little late, that is fine. Dana Reyes knows that you are here."))


def test_without_a_camera_one_may_join(place: Place, chromium: BrowserType) -> None:
    plain = chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--use-fake-ui-for-media-stream"])
    try:
        booking = place.book()
        customer = open_page(plain)
        customer.goto(place.link(booking, "customer"))
        until(lambda: says(customer, "No camera found. You can join without one.") or shown(customer, "ask-devices"))
        if shown(customer, "ask-devices"):
            customer.evaluate("() => document.getElementById('ask-devices').click()")  # it may hide any moment
        until(lambda: says(customer, "No camera found. You can join without one."))
        customer.click("#join-without")
        until(lambda: says(customer, "You are in the waiting room"))
        assert place.office.get(rooms.state, booking.id).present("customer", place.clock())
    finally:
        plain.close()


def test_an_insecure_address_is_said(place: Place, browser: Browser) -> None:
    page = open_page(browser)
    page.goto(place.link(place.book(), "customer").replace("localhost", "call.test"))
    until(lambda: says(page, "This page is not secure"))
    assert says(page, "Please ask Acme Moving for a secure link.")


def test_an_old_browser_is_told(place: Place, browser: Browser) -> None:
    page = open_page(browser)
    page.add_init_script("delete window.RTCPeerConnection")
    page.goto(place.link(place.book(), "customer"))
    until(lambda: says(page, "This browser cannot make video calls"))
    assert page.locator("#join").is_disabled()


def test_by_keyboard_alone(place: Place, browser: Browser) -> None:
    booking = place.book()
    page = open_page(browser)
    page.goto(place.link(booking, "customer"))
    until(lambda: page.locator("#join").is_enabled())
    order = []
    for _ in range(12):
        page.keyboard.press("Tab")
        order.append(page.evaluate("() => document.activeElement.id || document.activeElement.className"))
        if order[-1] == "join":
            break
    assert order[0] == "skip"
    assert order[-1] == "join"
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    until(lambda: says(page, "You are in the waiting room"))
    assert "waiting room" in page.locator("#live").text_content()
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_still_pictures_for_those_who_ask(place: Place, browser: Browser) -> None:
    page = open_page(browser, reduced_motion="reduce")
    page.goto(place.link(place.book(), "customer"))
    page.click("#join")
    until(lambda: shown(page, "cover-pulse"))
    assert page.evaluate("() => getComputedStyle(document.getElementById('cover-pulse')).animationName") == "none"


@pytest.fixture(scope="module")
def axe_script(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    return axe(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_view_is_open_to_everyone(
    place: Place, browser: Browser, tmp_path: Path, axe_script: str | None, width: int, scheme: str
) -> None:
    """axe-core (where npm can fetch it) and our own questions find nothing; nothing is wider than a phone."""
    booking = place.book(features=Features(call_recording=True, breakout_room=True))
    dead = place.book()
    place.office.do(bookings.cancel, dead.id)
    options = {"width": width, "height": 844, "color_scheme": scheme}
    agent, customer, notice = (open_page(browser, **options) for _ in range(3))

    def check(page: Page, view: str) -> None:
        page.screenshot(path=tmp_path / f"{view}-{width}-{scheme}.png")
        assert complaints(page, axe_script) == [], view
        assert sideways(page) <= 0, view

    notice.goto(place.link(dead, "customer"))
    check(notice, "cancelled")
    customer.goto(place.link(booking, "customer"))
    until(lambda: says(customer, "Your microphone works."))
    check(customer, "lobby")
    customer.click("#join")
    until(lambda: says(customer, "waiting room"))
    check(customer, "waiting")
    agent.goto(place.link(booking, "agent"))
    agent.click("#join")
    until(lambda: shown(agent, "door"))
    check(agent, "door")
    agent.click("#admit")
    until(lambda: flow(customer)["decoded"] > 3 and not shown(customer, "cover"))
    agent.click("#more")
    check(agent, "sheet")
    agent.click("#more")
    customer.click("#chat-open")
    customer.fill("#chat-text", "Hello")
    customer.keyboard.press("Enter")
    check(customer, "chat")
    customer.click("#chat-close")
    agent.click("#record")
    until(lambda: shown(customer, "consent"))
    check(customer, "consent")
    customer.click("#consent-no")
    place.office.do(rooms.hold, booking.id, "Back soon")
    until(lambda: says(customer, "Back soon"))
    check(customer, "hold")
    place.office.do(rooms.end, booking.id)
    until(lambda: says(customer, "The call has ended"))
    check(customer, "ended")


def test_through_janus_in_a_browser(make_place: Callable[..., Place], browser: Browser, request: pytest.FixtureRequest) -> None:
    from callboard.gateways.rooms import choose

    place = make_place(gateway=choose("janus", request.getfixturevalue("janus")))
    agent, customer, _ = call(place, browser)
    agent.click("#hold")
    agent.click("#ask-yes")
    until(lambda: says(customer, "The call is on hold"))
    customer.reload()
    until(lambda: says(customer, "The call is on hold"))
    agent.click("#cover-actions button")
    until(lambda: flow(customer)["decoded"] > 3 and flow(agent)["decoded"] > 3)
