"""A form: one line a field, what the field does under it, nothing written before the last Enter (or ^s)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from callboard.console import editor
from callboard.console.dialogs.dialog import Dialog

Answers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One line. ``effect`` says in a sentence what it is for; ``choices`` are (value, title); ``long`` takes many lines."""

    id: str
    label: str
    value: str = ""
    effect: str = ""
    choices: Sequence[tuple[str, str]] = ()
    suggest: Sequence[str] = ()
    long: bool = False
    placeholder: str = ""


class Pick(Widget):
    """A value out of a few: ← → or Space change it, a letter jumps to the choice that begins with it."""

    can_focus = True
    DEFAULT_CSS = """
    Pick { height: 1; width: 1fr; color: $foreground; background: $background; }
    Pick:focus { color: $accent; text-style: bold; }
    """

    def __init__(self, choices: Sequence[tuple[str, str]], value: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._choices = list(choices)
        self._at = next((n for n, (v, _) in enumerate(self._choices) if v == value), 0)

    @property
    def value(self) -> str:
        """The value chosen."""
        return self._choices[self._at][0]

    def render(self) -> str:
        """The title between arrows; in plain mode in words."""
        if self.screen.has_class("plain"):
            return f"{self._choices[self._at][1]}, left or right for another".replace("[", "\\[")
        return f"‹ {self._choices[self._at][1]} ›".replace("[", "\\[")

    def on_key(self, event: events.Key) -> None:
        """Change it."""
        step = {"left": -1, "right": 1, "space": 1}.get(event.key)
        if step is not None:
            self._at = (self._at + step) % len(self._choices)
        elif event.character and event.character.isalnum():
            order = [(self._at + 1 + n) % len(self._choices) for n in range(len(self._choices))]
            self._at = next((n for n in order if self._choices[n][1].lower().startswith(event.character.lower())), self._at)
        else:
            return
        event.stop()
        self.refresh()

    def on_click(self) -> None:
        """The next one."""
        self._at = (self._at + 1) % len(self._choices)
        self.refresh()


class Form(Dialog[Answers]):
    """Answers {field id: text}. ``check`` gets all answers and returns (field id, what is wrong) or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", show=False, priority=True),
        Binding("ctrl+e", "editor", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("enter", "next", show=False),
    ]
    HINT = "Tab or Enter next   Ctrl+S or Enter at the end: done   Esc leave"
    WIDTH = 78
    SCROLLS = False
    BELOW = 2
    DEFAULT_CSS = """
    Form .row { height: auto; }
    Form .row > .label { width: 18; }
    Form .row > Input { width: 1fr; height: 1; border: none; padding: 0; }
    Form .row > TextArea { width: 1fr; height: 5; border: none; padding: 0; background: $background; }
    Form .effect { color: $dim; height: auto; min-height: 2; margin-top: 1; }
    Form.tight .effect { margin-top: 0; }
    Form.cramped .effect { height: 2; }
    Form.cramped .row { layout: vertical; }
    Form.cramped .row > .label { width: 1fr; }
    Form.cramped .row > Input, Form.cramped .row > Pick, Form.cramped .row > TextArea { width: 100%; }
    """

    def __init__(
        self, title: str, fields: Sequence[Field], *, check: Callable[[Answers], tuple[str, str] | None] | None = None
    ) -> None:
        super().__init__(title)
        self._fields = list(fields)
        self._check = check
        if any(f.long for f in fields):
            self.HINT = "Tab next   Ctrl+S done   Ctrl+E $EDITOR for the long text   Esc leave"  # type: ignore[misc]

    def body(self) -> ComposeResult:
        """Label and value, line by line; the effect of the one that has the focus under them."""
        with VerticalScroll(can_focus=False):
            for field in self._fields:
                with Horizontal(classes="row"):
                    yield Static(field.label, classes="label", markup=False)
                    yield self._line(field)
        yield Static("", id="note", classes="effect", markup=False)

    def _line(self, field: Field) -> Widget:
        if field.choices:
            return Pick(field.choices, field.value, id=f"f-{field.id}")
        if field.long:
            return TextArea(field.value, id=f"f-{field.id}", compact=True, tab_behavior="focus")
        suggester = SuggestFromList(field.suggest, case_sensitive=False) if field.suggest else None
        return Input(field.value, id=f"f-{field.id}", placeholder=field.placeholder, compact=True, suggester=suggester)

    def _widget(self, field_id: str) -> Any:
        return self.query_one(f"#f-{field_id}")

    def on_descendant_focus(self) -> None:
        """Say what the field is for."""
        name = (self.focused.id or "").removeprefix("f-") if self.focused is not None else ""
        note = self.query_one("#note", Static)
        note.remove_class("problem")
        note.update(next((f.effect for f in self._fields if f.id == name), ""))

    @property
    def answers(self) -> Answers:
        """What stands in the lines now."""
        found = {}
        for field in self._fields:
            line = self._widget(field.id)
            found[field.id] = (line.text if isinstance(line, TextArea) else line.value).strip()
        return found

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a line."""
        event.stop()
        self.action_next()

    def action_next(self) -> None:
        """The next line, or accept from the last."""
        last = f"f-{self._fields[-1].id}"
        if self.focused is None or self.focused.id == last:
            self.action_accept()
        else:
            self.focus_next()

    def action_accept(self) -> None:
        """Answer, unless something is wrong: then say it where it is."""
        answers = self.answers
        problem = self._check(answers) if self._check is not None else None
        if problem is None:
            self.dismiss(answers)
            return
        where, text = problem
        if any(f.id == where for f in self._fields):
            self._widget(where).focus()
        self.call_after_refresh(self._complain, text)

    def _complain(self, text: str) -> None:
        note = self.query_one("#note", Static)
        note.add_class("problem")
        note.update(text)

    def action_editor(self) -> None:
        """Write the long text in the person's own editor."""
        field = next((f for f in self._fields if f.long), None)
        if field is None:
            return
        line: TextArea = self._widget(field.id)
        text = editor.edit(self.console, line.text)
        if text is not None:
            line.text = text
        line.focus()
