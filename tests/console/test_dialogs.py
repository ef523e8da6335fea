"""Dialogs where there is little room, and as text: nothing cut off, everything reached, the cursor where one types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from acme import Acme
from drive import Drive, Shared, opened
from textual.containers import VerticalScroll
from textual.widgets import Input, TextArea

from callboard.console.app import CallboardApp
from callboard.console.dialogs.dialog import Confirm, Dialog, Message
from callboard.console.dialogs.form import Pick
from callboard.console.widgets.choices import Choices
from callboard.services.service import Desk
from support import Clock

DRAWN = set("─│╭╮╰╯┌┐└┘├┤▌█▎▊‹›")
ASKED = (
    ("calendar", "calendar.new", "BookingDialog"),
    ("leads", "leads.new", "Form"),
    ("leads", "app.palette", "ChoiceDialog"),
    ("leads", "app.help", "ChoiceDialog"),
    ("campaigns", "campaigns.new", "Form"),
    ("queue", "queue.filter", "Ask"),
    ("queue", "queue.open", "CardDialog"),
)


@pytest.fixture
def acme(sqlite_desk: Desk, clock: Clock) -> Acme:
    return Acme(sqlite_desk, clock).week()


def on_screen(d: Drive) -> list[str]:
    """What stands on the terminal."""
    width, height = d.app.size
    lines = d.app.screen._compositor.render_strips()
    return [line.text.ljust(width) for line in lines][:height]


async def reached(d: Drive, dialog: Dialog[Any]) -> None:
    """Every line that can be typed into is wholly in sight once it has the focus, and so are the title and the keys."""
    width, height = d.app.size
    lines = [w for w in dialog.focus_chain if isinstance(w, Input | TextArea | Pick)]
    for line in lines:
        line.focus()
        await d.until(lambda line=line: line.has_focus, "the focus")
        await d.pilot.pause(0.02)
        around = next((a for a in line.ancestors if isinstance(a, VerticalScroll)), None)

        def in_sight(line: Any = line, around: Any = around) -> bool:
            low, high = (around.region.y, around.region.bottom) if around is not None else (0, height)
            return bool(low <= line.region.y < min(high, height))

        await d.until(in_sight, f"{line.id} in sight")
        assert line.region.width >= 12, f"{line.id} is {line.region.width} wide"
        assert line.region.x >= 0, line.id
        assert line.region.right <= width, line.id
    for part in (".dialog-title", ".dialog-hint"):
        region = dialog.query_one(part).region
        assert region.height >= 1
        assert region.bottom <= height, part
    hint = dialog.query_one(".dialog-hint").region
    shown = "\n".join(on_screen(d)[hint.y : hint.bottom])
    assert all(item in shown for item in dialog.HINT.split("   ")), shown


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (80, 24)])
async def test_nothing_of_a_dialog_is_cut_off(acme: Acme, size: tuple[int, int]) -> None:
    async with opened(acme, "queue", size=size) as d:
        for screen, command, kind in ASKED:
            d.app.go(screen)
            await d.until(lambda: d.page.is_mounted and not d.page.stale, screen)
            d.app.run_command(command)
            dialog = await d.asked(kind)
            await reached(d, dialog)
            for choices in dialog.query(Choices):
                assert choices.region.height >= 3
                assert choices.region.bottom <= size[1]
            await d.press("escape")
            await d.answered()


async def test_what_is_said_never_covers_what_is_missing(acme: Acme) -> None:
    app = CallboardApp(acme.desk.settings, lambda: Shared(acme.desk), operator="sam")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        d = Drive(app, pilot)
        await d.until(lambda: app.is_open and app.page is not None and not app.page.stale, "the data")
        app.say("something was done")
        await d.until(lambda: any("something was done" in line for line in on_screen(d)), "the toast")
        await pilot.resize_terminal(39, 11)
        await d.until(lambda: any("callboard needs 1 more" in line for line in on_screen(d)), "the notice")
        assert not any("something" in line for line in on_screen(d))
        await pilot.resize_terminal(80, 24)
        await d.until(lambda: any("something was done" in line for line in on_screen(d)), "the toast again")
        app.run_command("queue.filter")
        await d.asked("Ask")
        await pilot.resize_terminal(39, 11)
        await d.until(lambda: any("callboard needs 1 more" in line for line in on_screen(d)), "the notice over a dialog")
        assert not any("Filter" in line or "something" in line for line in on_screen(d))


async def test_dialogs_as_text(acme: Acme) -> None:
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "queue", size=(100, 30)) as d:
        written: list[str] = []
        write = d.app._driver.write  # type: ignore[union-attr]
        d.app._driver.write = lambda text: (written.append(text), write(text))  # type: ignore[union-attr,method-assign,return-value]
        for screen, command, kind in ASKED:
            d.app.go(screen)
            await d.until(lambda: d.page.is_mounted and not d.page.stale, screen)
            written.clear()
            d.app.run_command(command)
            dialog = await d.asked(kind)
            await d.until(lambda: any("\x1b[?25h" in text for text in written), "the cursor is shown")
            shown = on_screen(d)
            assert not DRAWN & set("".join(shown)), command
            assert shown[0].strip() == dialog._title
            typed = dialog.focused
            if isinstance(typed, Input):
                assert d.app.cursor_position.y == typed.region.y
            await d.press("escape")
            await d.answered()


async def test_the_palette_says_what_is_chosen_and_why_not(acme: Acme) -> None:
    acme.desk.settings = replace(acme.desk.settings, plain=True)
    async with opened(acme, "queue", size=(100, 30)) as d:
        await d.press("question_mark")
        await d.asked("ChoiceDialog")
        await d.type("answer the call")
        await d.until(lambda: any(line.strip().startswith("chosen, 1 of") for line in on_screen(d)), "the first")
        said = " ".join(" ".join(on_screen(d)[2:4]).split())
        assert said.endswith("answer the call that rings, or hang up, key F2, everywhere, not now: nobody is calling")
        await d.press("enter")
        await d.until(lambda: any("said: answer the call" in line for line in on_screen(d)), "what was said, in the dialog")
        await d.press("escape")
        await d.answered()


async def test_letters_of_another_layout_answer_too(acme: Acme) -> None:
    async with opened(acme, "queue") as d:
        answers: list[bool | None] = []
        for key in ("н", "т"):  # where y and n stand on a Russian keyboard
            d.app.push_screen(Confirm("Sure?", "Really?"), answers.append)
            await d.asked("Confirm")
            await d.press(key)
            await d.answered()
        assert answers == [True, False]
        d.app.push_screen(Message("Read", "this text"))
        await d.asked("Message")
        await d.press("н")
        await d.until(lambda: "Read sent to the terminal's clipboard" in d.said, "copied")
