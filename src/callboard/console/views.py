"""Saved views: a name for what a screen shows (its filter, its order, which list), kept between sessions.

A view is some of the keys of the screen's own ``state()``: whatever a screen can restore at the next start it can also be
shown by name, and nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from callboard.console.page import Page
from callboard.console.widgets.bar import FilterLine

if TYPE_CHECKING:
    from textual.widget import Widget

    from callboard.console.app import CallboardApp

SAVE, FORGET, PLAIN, NAMED = "save", "forget", "plain", "view:"


class ViewedPage(Page):
    """A screen with views: ``VIEW`` names the keys of ``state()`` that make one, with what they are when nothing is chosen."""

    VIEW: ClassVar[Mapping[str, Any]] = {}

    def take_view(self, view: dict[str, Any]) -> None:
        """Show one: restore, then ask again. A screen with more to do (another list, columns) overrides it."""
        self.restore({**self.state(), **view})
        self.reload()


class FilteredPage(ViewedPage):
    """A screen with a line for a filter over its list; what ``/`` opens, and what the line says, is the same in each of them."""

    EVERYTHING: ClassVar[str] = "everything"  # what Escape in the line shows again

    def __init__(self) -> None:
        super().__init__()
        self.filter = ""

    # --- what a screen gives ----------------------------------------------------------------------------------------
    def filtered(self) -> Widget:
        """The list the filter is for; it has the keys again when the line closes."""
        raise NotImplementedError

    def narrow(self) -> None:
        """Another filter: show what it lets through."""
        raise NotImplementedError

    # --- what is the same -------------------------------------------------------------------------------------------
    @property
    def is_filtering(self) -> bool:
        """Whether the line is typed into."""
        return self.query_one(FilterLine).has_class("open")

    def open_filter(self) -> None:
        """Type a filter."""
        self.query_one(FilterLine).open(self.filter)
        self.console.refresh_footer()

    def everything(self) -> None:
        """Escape in the list takes the filter in force away, as it does in the line."""
        if self.filter:
            self.filter = ""
            self.narrow()
            self.console.refresh_footer()

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Filter while typing."""
        self.filter = event.text
        self.narrow()

    def on_filter_line_left(self) -> None:
        """Back to the rows."""
        self.filtered().focus()
        self.console.refresh_footer()

    def footer(self) -> list[tuple[str, str]] | None:
        """While a filter is typed, its own keys."""
        return [("Enter", "keep"), ("Esc", self.EVERYTHING)] if self.is_filtering else None


def why_not(app: CallboardApp) -> str:
    """Why there are no views here."""
    return "" if isinstance(app.page, ViewedPage) else "this screen has no filter to save"


def told(view: Mapping[str, Any]) -> str:
    """A view in a few words: its filter, then what else is not as usual."""
    words = [f"/ {view['filter']}" if view.get("filter") else "no filter"]
    for name, value in view.items():
        if name != "filter" and value and isinstance(value, str | bool):
            words.append(name if value is True else str(value))
    return " · ".join(words)


async def choose(app: CallboardApp) -> None:
    """Go to a saved view, save this one, or forget one."""
    from callboard.console.dialogs.dialog import Ask, ChoiceDialog
    from callboard.console.widgets.choices import Choice

    page = app.page
    if not isinstance(page, ViewedPage):
        return
    known: dict[str, Any] = app.state.views.setdefault(page.ID, {})
    named = [Choice(f"{NAMED}{name}", name, told(view)) for name, view in sorted(known.items())]
    more = [Choice(PLAIN, "everything, as shipped"), Choice(SAVE, "save what is shown as a view …")]
    more += [Choice(FORGET, "forget a view …")] if named else []
    chosen: str | None = await app.push_screen_wait(ChoiceDialog("Views", [*named, *more]))
    now = {k: v for k, v in page.state().items() if k in page.VIEW}
    if chosen == SAVE:
        name: str | None = await app.push_screen_wait(Ask("Save this view as", note=told(now)))
        if name and name.strip():
            known[name.strip()] = now
            app.remember()
            app.say(f"view saved: {name.strip()}")
    elif chosen == FORGET:
        gone: str | None = await app.push_screen_wait(ChoiceDialog("Forget which view?", named))
        if gone is not None:
            known.pop(gone.removeprefix(NAMED), None)
            app.remember()
    elif chosen is not None:
        view = known.get(chosen.removeprefix(NAMED), {}) if chosen != PLAIN else {}
        page.take_view({**page.VIEW, **view})
        app.refresh_footer()
