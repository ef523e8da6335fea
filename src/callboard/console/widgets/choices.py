"""A list to choose from by typing: the palette, the help, people, zones and themes are all this one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from callboard.console.widgets.lines import clean, fit, strip

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp


SPOKEN = 2  # lines


@dataclass(frozen=True, slots=True)
class Choice:
    """One line. ``reason`` greys it and says why; ``keys`` stand at the right; ``group`` at the left."""

    id: str
    title: str
    keys: str = ""
    reason: str = ""
    group: str = ""
    words: str = ""  # further words that typing finds


def closeness(letters: str, text: str) -> float:
    """How well the letters stand in the text in that order, 0 to 4: better where they begin words or follow each other.

    Textual's own tries every way to place them: nearly a second for ``time in any`` over all commands. This walks twice.
    """
    best = 0
    for leaping in (True, False):  # to the next word that begins with the letter, or just to the next such letter
        at, score = -1, 0
        for letter in letters:
            after = at + 1
            found = after if text.startswith(letter, after) else text.find(f" {letter}", after) + 1 if leaping else 0
            found = found or text.find(letter, after)
            if found < 0:
                break
            score += 1 + (found == after) + 2 * (found == 0 or text[found - 1] == " ")
            at = found
        else:
            best = max(best, score)
    return best / len(letters)


def search(choices: Sequence[Choice], query: str) -> list[Choice]:
    """The choices that match, best first; all in their own order without a query."""
    query = query.strip()
    if not query:
        return list(choices)
    needle = query.lower()
    scored: list[tuple[float, int, Choice]] = []
    for at, choice in enumerate(choices):
        text = f"{choice.title} {choice.words} {choice.group} {choice.id}"
        title = choice.title.lower()
        whole = 150.0 if title.startswith(needle) else 100.0 if needle in title else 0.0
        whole = whole or (50.0 if needle in text.lower() or needle == choice.keys else 0.0)
        score = whole or closeness(needle, text.lower())
        if score > 0:
            scored.append((-score, at, choice))
    return [choice for _, _, choice in sorted(scored, key=lambda s: s[:2])]


def _spoken(choice: Choice) -> str:
    keys = f", key {choice.keys}" if choice.keys else ""
    group = f", {choice.group}" if choice.group else ""
    return clean(f"{choice.title}{keys}{group}{f', not now: {choice.reason}' if choice.reason else ''}")


class Choices(Widget):
    """The lines and a cursor. It never takes the focus: the input above it keeps that and moves the cursor."""

    class Highlighted(Message):
        """The cursor stands on another line."""

        def __init__(self, choice: Choice | None) -> None:
            self.choice = choice
            super().__init__()

    class Chosen(Message):
        """A line was clicked or confirmed."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

    DEFAULT_CSS = "Choices { height: 1fr; }"

    def __init__(self, choices: Sequence[Choice] = (), *, empty: str = "nothing matches") -> None:
        super().__init__()
        self._shown: list[Choice] = list(choices)
        self._empty = empty
        self.index = 0
        self._top = 0

    @property
    def _head(self) -> int:
        """Lines over the list: in plain mode those that say what is chosen, always at the same place."""
        return SPOKEN if cast("CallboardApp", self.app).settings.plain else 0

    @property
    def current(self) -> Choice | None:
        """The line under the cursor."""
        return self._shown[self.index] if 0 <= self.index < len(self._shown) else None

    @property
    def shown(self) -> list[Choice]:
        """Every line, in order."""
        return self._shown

    def show(self, choices: Sequence[Choice], empty: str = "") -> None:
        """Other lines; the cursor goes to the first."""
        self._shown, self.index, self._top = list(choices), 0, 0
        self._empty = empty or self._empty
        self.refresh()
        self.post_message(self.Highlighted(self.current))

    def step(self, by: int) -> None:
        """Move the cursor by so many lines, stopping at the ends."""
        if not self._shown:
            return
        self.index = min(max(self.index + by, 0), len(self._shown) - 1)
        height = max(self.size.height - self._head, 1)
        self._top = min(max(self._top, self.index - height + 1), self.index)
        self.refresh()
        self.post_message(self.Highlighted(self.current))

    def render_line(self, y: int) -> Strip:
        """One choice: group, title, reason, keys."""
        ink = cast("CallboardApp", self.app).inks
        if self._head:
            return self._plain_line(y)
        width, at = self.size.width, self._top + y
        if not self._shown:
            return strip([(f"  {self._empty}" if y == 0 else "", ink("dim", "surface"))], width, ink("text", "surface"))
        if at >= len(self._shown):
            return Strip.blank(width, ink("text", "surface"))
        choice = self._shown[at]
        back = "select" if at == self.index else "surface"
        parts: list[tuple[str, Style]] = [("▌ " if at == self.index else "  ", ink("accent", back))]
        room = width - 2 - (cell_len(choice.keys) + 4 if choice.keys else 0)
        if choice.group and room > 50:
            parts.append((fit(choice.group, 11), ink("dim", back)))
            room -= 11
        title = clean(choice.title)
        if choice.reason:
            parts.append((fit(f"{title} · {choice.reason}", room), ink("dim", back, italic=True)))
        else:
            parts.append((fit(title, room), ink("text", back, bold=at == self.index)))
        parts.append((f"  {choice.keys}  " if choice.keys else "", ink("dim" if choice.reason else "accent", back)))
        return strip(parts, width, ink("text", back))

    def _plain_line(self, y: int) -> Strip:
        """The line as words: nothing drawn, nothing told by colour alone."""
        ink, at = cast("CallboardApp", self.app).inks, self._top + y - SPOKEN
        if not self._shown:
            text = self._empty if y == 0 else ""
        elif y < SPOKEN:
            chosen = f"chosen, {self.index + 1} of {len(self._shown)}: {_spoken(self._shown[self.index])}"
            lines = textwrap.wrap(chosen, max(self.size.width, 1))
            text = lines[y] if y < len(lines) else ""
        else:
            text = _spoken(self._shown[at]) if at < len(self._shown) else ""
        return strip([(fit(text, self.size.width), ink("text", "surface"))], self.size.width, ink("text", "surface"))

    def on_click(self, event: Click) -> None:
        """A click chooses."""
        at = self._top + event.y - self._head
        if 0 <= at < len(self._shown):
            self.step(at - self.index)
            self.post_message(self.Chosen(self._shown[at]))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.step(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.step(-3)
