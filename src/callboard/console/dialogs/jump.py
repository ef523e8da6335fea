"""Jump letters: one key to any place on the screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from callboard.console.keys import latin, name_of
from callboard.console.page import Target


class JumpDialog(ModalScreen[None]):
    """A transparent sheet with a letter on every target; any other key takes it away."""

    def __init__(self, targets: list[tuple[str, Target]]) -> None:
        super().__init__()
        self._targets = dict(targets)

    def compose(self) -> ComposeResult:
        """The letters where the targets are."""
        for letter, target in self._targets.items():
            mark = Static(f" {letter} ", classes="letter", markup=False)
            mark.styles.offset = (target.at.x, target.at.y)
            yield mark

    def on_key(self, event: Key) -> None:
        """Go, or leave."""
        event.stop()
        event.prevent_default()
        target = self._targets.get(latin(name_of(event.key, event.character)))
        self.dismiss(None)
        if target is not None:
            self.app.call_after_refresh(target.go)
