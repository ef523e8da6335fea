"""One identity, spelled per dialect: 12 bytes (4 of time, 8 of chance), carried as 24 hex digits.

Reversible without a look-up table: the UUID form (version 8, RFC 9562) carries the same 96 bits and fills the 26 bits
left over with a checksum, so a foreign UUID is recognised as not ours. ``call_<24 hex>`` is the id with a word in front.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import threading
import zlib
from collections.abc import Sequence

_HEX = re.compile(r"[0-9a-f]{24}\Z")
_UUID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})\Z")
_CHECK_BITS = (1 << 26) - 1
_SECONDS = 0xFFFFFFFF
_STEP_BITS = 40
_STEP = 1 << _STEP_BITS
_MOST_MARKS = 64
_LOCK = threading.Lock()
_marks: dict[int, int] = {}  # second → the last chance given out in it
_steps = random.Random()  # noqa: S311 - an id is no secret; an instance of our own, since the shared one may be seeded by others


def _afresh() -> None:
    """In a forked child: the parent's ids are not ours, and its lock may be held by a thread that is not here."""
    global _LOCK  # noqa: PLW0603 - a lock is not given back by whoever is gone, only replaced
    _LOCK = threading.Lock()
    _marks.clear()
    _steps.seed()


os.register_at_fork(after_in_child=_afresh)


def new(now: int) -> str:
    """A fresh id; ids made later sort later: to the second everywhere, and within it in the process that makes them.

    So a list "newest first" is one, and a form's files, a campaign's contacts stay in the order they came in. The first id
    of a second is chance, each that follows lies a chance beyond it.
    """
    second = now & _SECONDS
    with _LOCK:
        mark = _marks.get(second, 0) + _steps.getrandbits(_STEP_BITS) + 1
        if mark <= _STEP or mark >> 64:  # the first of its second, or (after eight million) no room for one more
            mark = secrets.randbits(63)
            if len(_marks) >= _MOST_MARKS:
                _marks.clear()
        _marks[second] = mark
    return f"{second:08x}{mark:016x}"


def several(instants: Sequence[int]) -> list[str]:
    """Fresh ids, one of each instant, in their order."""
    return [new(at) for at in instants]


def _check(value: int) -> int:
    return zlib.crc32(value.to_bytes(12, "big")) & _CHECK_BITS


def to_uuid(id_: str) -> str:
    """The UUID form of an id: 48 bits, version 8, 12 bits, variant, 36 bits, 26 bits of checksum."""
    value = int(id_, 16)
    high, mid, low = value >> 48, (value >> 36) & 0xFFF, value & 0xFFFFFFFFF
    tail = (0b10 << 62) | (low << 26) | _check(value)
    text = f"{high:012x}8{mid:03x}{tail:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def from_uuid(text: str) -> str | None:
    """The id inside a UUID that callboard made, or None for any other text."""
    match = _UUID.match(text.lower())
    if match is None:
        return None
    a, b, mid, d, e = match.groups()
    tail = int(d + e, 16) & ((1 << 62) - 1)
    value = (int(a + b, 16) << 48) | (int(mid, 16) << 36) | (tail >> 26)
    return f"{value:024x}" if tail & _CHECK_BITS == _check(value) else None


def parse(text: str) -> str | None:
    """An id from any form a person may paste: 24 hex, UUID, or either behind a word and an underscore."""
    bare = text.strip().rsplit("_", 1)[-1].lower()
    return bare if _HEX.match(bare) else from_uuid(bare)


def from_hex(text: str) -> str | None:
    """The id if the text is exactly 24 hex digits (any case)."""
    low = text.lower()
    return low if _HEX.match(low) else None


def prefixed(word: str, id_: str) -> str:
    """``call`` + id → ``call_65f1…``."""
    return f"{word}_{id_}"


def from_prefixed(word: str, text: str) -> str | None:
    """The id behind ``word_``, or None."""
    return from_hex(text[len(word) + 1 :]) if text.startswith(f"{word}_") else None
