"""Typed times, the filter language, layouts of keyboards, the clipboard, crash reports: the pure parts."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest
from acme import NOW, ZONE
from rich.cells import cell_len

from callboard.console import clipboard, crash, filters, state
from callboard.console.calendar.booking_dialog import split_who
from callboard.console.dates import When, understand
from callboard.console.keys import latin, name_of
from callboard.console.widgets.lines import wrap, wrap_parts
from callboard.domain.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "day", "minute"),
    [
        ("next tue 15:00", date(2026, 11, 24), 900),
        ("tue 15:00", date(2026, 11, 24), 900),
        ("next tuesday", date(2026, 11, 24), None),
        ("thu 9am", date(2026, 11, 26), 540),
        ("sunday", date(2026, 11, 22), None),
        ("this fri 10am", date(2026, 11, 20), 600),
        ("tomorrow 9", date(2026, 11, 21), 540),
        ("tomorrow at 9", date(2026, 11, 21), 540),
        ("tomorrow at 3pm", date(2026, 11, 21), 900),
        ("mon 16 nov 2026", date(2026, 11, 16), None),
        ("wednesday dec 2 10:30", date(2026, 12, 2), 630),
        ("dec 24", date(2026, 12, 24), None),
        ("24 dec 10:00", date(2026, 12, 24), 600),
        ("in 2 weeks", date(2026, 12, 4), None),
        ("2026-12-01", date(2026, 12, 1), None),
        ("15:00", date(2026, 11, 20), 900),
        ("in 3 hours", date(2026, 11, 20), 761),
        ("yesterday", date(2026, 11, 19), None),
    ],
)
def test_times_as_people_type_them(typed: str, day: date, minute: int | None) -> None:
    assert understand(typed, NOW, ZONE) == When(day, minute)


@pytest.mark.parametrize("typed", ["", "   ", "nonsense words", "99:99"])
def test_what_means_nothing(typed: str) -> None:
    assert understand(typed, NOW, ZONE) is None


def test_a_skipped_hour_is_refused() -> None:
    when = understand("march 14 2027 2:30", NOW, ZONE)
    assert when is not None
    with pytest.raises(Invalid, match="does not exist"):
        when.instant(ZONE, 0)


def test_filter_language() -> None:
    wanted = filters.parse('dana status:pending !survey after:fri "two words" !kind:call')
    assert [(t.field, t.value) for t in wanted.times] == [("after", "fri")]
    friday = When(date(2026, 11, 27), None).instant(ZONE, 0)
    assert wanted.within(friday, NOW, ZONE)
    assert not wanted.within(friday - 1, NOW, ZONE)
    assert filters.parse("!on:tomorrow").within(NOW, NOW, ZONE)
    assert not filters.parse("on:tomorrow").within(NOW, NOW, ZONE)
    assert filters.problem("statsu:x", ("status",), NOW, ZONE).startswith("there is no field 'statsu'; there are status, after")
    assert filters.problem("after:blurgh", ("status",), NOW, ZONE) == "'blurgh' is no day or time; write fri, tomorrow 9, dec 24"
    assert not filters.problem('dana status:x before:"dec 24"', ("status",), NOW, ZONE)
    fields = {"name": "Dana", "status": "pending_confirmation", "notes": "the two words", "kind": "video"}
    assert wanted.matches(fields)
    assert not wanted.matches({**fields, "notes": "two words, survey"})
    assert not wanted.matches({**fields, "kind": "call"})
    assert not wanted.matches({**fields, "status": "scheduled"})
    assert not filters.parse("  ")
    assert filters.parse('status:"unfinished quote').of("status") == ["unfinished quote"]


def test_who_is_typed_in_one_line() -> None:
    assert split_who("Ana Ruiz +34 600 123 456 ana@example.com") == ("Ana Ruiz", "+34 600 123 456", "ana@example.com")
    assert split_who("Ana Ruiz") == ("Ana Ruiz", None, None)
    assert (
        split_who("(415) 555-1212") == ("", "(415) 555-1212".lstrip("("), None) or split_who("415 555 1212")[1] == "415 555 1212"
    )


def test_keys_of_other_layouts() -> None:
    assert latin("т") == "n"
    assert latin("Т") == "N"
    assert latin("ч") == "x"
    assert latin("ν") == "n"
    assert latin("é") == "é"
    assert name_of("question_mark", "?") == "?"
    assert name_of("space", " ") == "space"
    assert name_of("ctrl+p", "\x10") == "ctrl+p"


def test_clipboard_in_the_terminal_tmux_and_where_it_cannot(tmp_path: Path) -> None:
    sent: list[str] = []
    said = clipboard.copy("héllo", "the link", sent.append, tmp_path, {})
    assert sent == [f"\x1b]52;c;{base64.b64encode('héllo'.encode()).decode()}\x07"]
    assert said == "the link sent to the terminal's clipboard"
    said = clipboard.copy("x", "the link", sent.append, tmp_path, {"TMUX": "anything"})
    assert sent[-1].startswith("\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;")
    assert sent[-1].endswith("\x07\x1b\\")
    assert "tmux" in said
    said = clipboard.copy("x" * 80_000, "the log", sent.append, tmp_path, {})
    assert len(sent) == 2
    assert str(tmp_path / "copied.txt") in said
    assert (tmp_path / "copied.txt").read_text() == "x" * 80_000
    assert (tmp_path / "copied.txt").stat().st_mode & 0o077 == 0


def test_crash_reports_carry_no_secrets(tmp_path: Path) -> None:
    secret = "qbk_live_abcdef1234567890"
    words = f"postgresql://bob:hunter2@db/x {secret} Bearer abc.def.ghi /join/1?t=QWERTY +14155551212 jo@example.com password=pw"
    with pytest.raises(RuntimeError) as raised:
        raise RuntimeError(words)
    path = crash.write(raised.value, tmp_path / "log")
    assert path is not None
    text = path.read_text()
    assert "test_words.py" in text
    for part in ("hunter2", "abcdef1234", "abc.def", "QWERTY", "4155551212", "jo@example", "=pw"):
        assert part not in text
    assert path.stat().st_mode & 0o077 == 0


def test_a_broken_state_file_is_no_reason_not_to_start(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    for text in ("{", "[]", '{"screen": 7, "recent": "x", "zone": "UTC"}'):
        path.write_text(text)
        found = state.load(path)
        assert found.screen == ""
        assert found.recent == []
    found.used("a.b")
    found.used("c.d")
    found.used("a.b")
    state.save(path, found)
    assert state.load(path).recent == ["a.b", "c.d"]
    assert state.load(path).zone == "UTC"


def test_wide_letters_are_wrapped_by_their_cells() -> None:
    assert wrap("你好世界，这是一个很长的句子 and so on", 12) == ["你好世界，这", "是一个很长的", "句子 and so", "on"]
    assert all(cell_len(line) <= 12 for line in wrap("👋🏽 e\u0301e\u0301e\u0301 שלום עולם, さようなら", 12))


def test_wide_letters_begin_on_the_line_of_what_is_before_them() -> None:
    assert wrap("1. 日程は決まっていますか", 12, 3) == ["1. 日程は決", "   まってい", "   ますか"]


def test_an_address_with_hyphens_stays_whole_as_long_as_it_can() -> None:
    assert wrap("Join: https://x.example/join/video-call/6af-2 now", 44) == [
        "Join:",
        "https://x.example/join/video-call/6af-2 now",
    ]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("", 10) == [""]


def test_styled_parts_keep_their_roles_over_lines() -> None:
    found = wrap_parts([("name: ", "dim"), ("one two three", "text")], 11, 2)
    assert found == [[("name: ", "dim"), ("one ", "text")], [("  ", "text"), ("two three", "text")]]
