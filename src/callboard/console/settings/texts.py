"""The templates' room: what customers read, with a preview while it is written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static, TextArea

from callboard.console.dialogs.dialog import Dialog
from callboard.console.settings.line import Line
from callboard.console.words import reason
from callboard.domain.errors import CallboardError

if TYPE_CHECKING:
    from callboard.console.settings.screen import Settings
    from callboard.services.templates import Template

EFFECTS = {
    "confirmation": "Sent when a call becomes firm.",
    "reschedule": "Sent when a call has moved.",
    "cancellation": "Sent when a promised call is called off.",
    "reminder": "Sent before the call, as Policy says.",
    "upload_link": "Sent when a customer is asked for photos and documents.",
}
SEGMENT = 160


async def templates(page: Settings) -> list[Line]:
    """One line a kind, with what a customer would read now."""
    from callboard.services import templates as verbs

    lines = []
    for t in await page.session.read(verbs.listing, page.org):
        shown = await page.session.read(verbs.preview, page.org, t.kind)
        own = "your words" if t.own else "default"
        effect = f"{EFFECTS.get(t.kind, '')} Reads: {shown}"
        drop = partial(_reset, page, t) if t.own else None
        lines.append(Line(t.kind, t.kind.replace("_", " "), own, effect, change=partial(_edit, page, t), drop=drop, copied=shown))
    return lines


class TemplateDialog(Dialog[str]):
    """The words above, what a customer reads below; a mistake is named while it is made."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "accept", show=False, priority=True)]
    HINT = "Ctrl+S keep   Esc leave it as it was"
    WIDTH = 84
    DEFAULT_CSS = """
    TemplateDialog TextArea { height: 7; background: $background; border: none; }
    TemplateDialog .names { color: $dim; height: auto; }
    TemplateDialog .read { height: auto; min-height: 4; margin: 1 0; color: $scheduled; }
    """

    def __init__(self, template: Template, example: dict[str, str]) -> None:
        super().__init__(f"What a customer reads: {template.kind.replace('_', ' ')}")
        self._template, self._example = template, example

    def body(self) -> ComposeResult:
        """Words, reading, variables."""
        yield TextArea(self._template.text, compact=True, tab_behavior="focus")
        yield Static("", classes="read", markup=False)
        yield Static("  ".join(f"{{{name}}}" for name in self._template.variables), classes="names", markup=False)
        yield Static("", id="note", markup=False)

    def on_mount(self) -> None:
        """The reading is there from the start."""
        self.on_text_area_changed()

    def on_text_area_changed(self) -> None:
        """Read it as the customer would."""
        from callboard.domain.templates import check, fill

        note = self.query_one("#note", Static)
        try:
            words = fill(check(self._template.kind, self.query_one(TextArea).text), self._example)
        except CallboardError as error:
            note.add_class("problem")
            note.update(reason(error))
            return
        note.remove_class("problem")
        texts = -(-len(words) // SEGMENT)
        note.update(f"{len(words)} characters, {texts} text{'s' if texts > 1 else ''}")
        self.query_one(".read", Static).update(words)

    def action_accept(self) -> None:
        """Answer, when it can be right."""
        if not self.query_one("#note", Static).has_class("problem"):
            self.dismiss(self.query_one(TextArea).text)


async def _edit(page: Settings, template: Template) -> None:
    from callboard.domain.templates import EXAMPLE
    from callboard.services import templates as verbs

    example = {**EXAMPLE, "organization": page.console.organization.display_name}
    text: str | None = await page.app.push_screen_wait(TemplateDialog(template, example))
    if text is not None and text.strip() != template.text:
        await page.perform(verbs.save, page.org, template.kind, text)


async def _reset(page: Settings, template: Template) -> None:
    from callboard.services import templates as verbs

    if await page.perform(verbs.reset, page.org, template.kind) is not None:
        page.console.say(f"{template.kind.replace('_', ' ')}: back to the default words")
