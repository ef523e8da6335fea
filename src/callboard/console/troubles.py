"""What went wrong: a toast for what passed, a dialog to copy and decide in for what does not. Never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from callboard.console import crash
from callboard.console.dialogs.dialog import Message
from callboard.domain.errors import CallboardError

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

KEPT = 20


class Troubles:
    """The last things that went wrong, newest last, as text with secrets masked."""

    def __init__(self, app: CallboardApp) -> None:
        self.app = app
        self.known: list[str] = []

    def note(self, error: BaseException) -> str:
        """Write a report of something unforeseen; the sentence to say."""
        path = crash.write(error, self.app.settings.log_dir)
        words = f"something went wrong ({type(error).__name__}); the report is in {path or 'no file'}"
        self.known = [*self.known[1 - KEPT :], f"{words}\n\n{crash.report(error)}"]
        return f"{words}; {self.app.keymap.shown('app.trouble', first=True)} shows it"

    def show(self) -> None:
        """The last one, to read and to copy."""
        self.app.push_screen(Message("What went wrong last", self.known[-1]))

    def database(self, error: BaseException) -> None:
        """The database did not open: without it there is nothing to work on, so the person decides."""
        words = str(error) if isinstance(error, CallboardError) else f"{_plainly(error)}\n\n{self.note(error)}".lstrip()
        url = crash.mask(self.app.settings.resolved_database_url)
        self.app.push_screen(NoDatabase("The database did not open", f"{url}\n\n{words}"))


def _plainly(error: BaseException) -> str:
    """What the database itself said, without the statement it was asked: ``file is not a database``."""
    said = str(getattr(error, "orig", None) or "").strip()
    return crash.mask(said.splitlines()[0]) if said else ""


class NoDatabase(Message):
    """Try again, copy, leave, or look around without it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,ctrl+r", "again", show=False),
        Binding("q", "quit", show=False),
    ]
    HINT = "r try again   y copy   q leave callboard   Esc look around"

    def action_again(self) -> None:
        """Open it again."""
        self.dismiss(None)
        self.console.actions.reload()

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(1)
