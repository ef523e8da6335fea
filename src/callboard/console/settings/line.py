"""One line of the settings, and how it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from callboard.console.widgets.choices import Choice
from callboard.console.widgets.lines import clean, fit, wrap

if TYPE_CHECKING:
    from callboard.console.settings.screen import Settings

Act = Callable[[], Awaitable[object]]
LABEL, VALUE = 34, 16  # cells: for the label where there is room; for the value at least


@dataclass(frozen=True, slots=True)
class Line:
    """A setting: what it is called, its value, its effect in one sentence; ``change`` on Enter, ``drop`` on Delete."""

    id: str
    label: str
    value: str
    effect: str = ""
    role: str = "text"
    change: Act | None = None
    drop: Act | None = None
    copied: str = ""  # what y copies; empty: the value
    why: str = ""  # why it cannot be changed here
    does: str = "change"  # what Enter does, in the bottom line
    drops: str = ""  # what Delete does, where it is not what it does in the whole room
    wordy: bool = False  # the label is longer than the value


def draw(line: Line, width: int) -> Sequence[Sequence[tuple[str, str] | str]]:
    """Label and value, and under them the effect."""
    label = _label_width(line, width)
    first = [(fit(line.label, label - 1) + " ", "dim"), (clean(line.value) or "–", f"{line.role} bold")]
    return [first, [(fit("  " + clean(line.effect), width), "dim")]]


def _label_width(line: Line, width: int) -> int:
    return max(width - VALUE, VALUE) if line.wordy else min(LABEL, max(width * 2 // 5, 12))


def is_cut(line: Line, width: int) -> bool:
    """Whether :func:`draw` has not room for all of it."""
    return cell_len(clean(line.value)) > width - _label_width(line, width) or cell_len(clean(line.effect)) + 2 > width


def whole(line: Line, width: int) -> list[str]:
    """All of it, over as many lines as it needs; a value that stands there in full is not repeated."""
    value, effect = clean(line.value), clean(line.effect)
    return [*(wrap(value, width) if cell_len(value) > width - _label_width(line, width) else []), *wrap(effect, width)]


async def ask_text(
    page: Settings, title: str, value: str, effect: str, keep: Callable[[str], Awaitable[object]], check: Callable[[str], str]
) -> None:
    """Ask for a text until it can be right, then keep it."""
    from callboard.console.dialogs.dialog import Ask

    answer: str | None = await page.app.push_screen_wait(Ask(title, value=value, note=effect, check=check))
    if answer is not None and answer.strip() != value:
        await keep(answer.strip())


async def ask_choice(
    page: Settings,
    title: str,
    now: str,
    choices: Sequence[Choice],
    keep: Callable[[str], Awaitable[object]],
) -> None:
    """Ask for one of a few, saying which it is now, then keep it."""
    from callboard.console.dialogs.dialog import ChoiceDialog

    answer: str | None = await page.app.push_screen_wait(ChoiceDialog(title, choices, placeholder=f"now {now}"))
    if answer is not None:
        await keep(answer)


def yes_no(value: bool) -> str:
    """As a person says it."""
    return "yes" if value else "no"
