"""The least a Textual program can be: a line of text, repainted at each key."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class Bare(App[None]):
    count = 0

    def compose(self) -> ComposeResult:
        yield Static("ready here")

    def on_key(self, _event: Key) -> None:
        self.count += 1
        self.query_one(Static).update(f"key {self.count}")


if __name__ == "__main__":
    Bare().run()
