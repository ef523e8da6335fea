"""Small words the screens share: how long ago, what time there, how much."""

from __future__ import annotations

from functools import lru_cache

from callboard.domain.errors import Invalid
from callboard.domain.zones import local

MINUTE, HOUR, DAY = 60, 3600, 86400


@lru_cache(maxsize=4096)
def stamp(at: int, zone: str) -> str:
    """``Nov 20 09:41``."""
    return f"{local(at, zone):%b %d %H:%M}"


def short(at: int, now: int, zone: str) -> str:
    """``09:41`` today, ``Tue 09:41`` within a week of now, else ``Nov 02`` or ``2025-11-02``."""
    wall, today = local(at, zone), local(now, zone)
    if wall.date() == today.date():
        return f"{wall:%H:%M}"
    if abs((wall.date() - today.date()).days) < 7:
        return f"{wall:%a %H:%M}"
    return f"{wall:%b %d}" if wall.year == today.year else f"{wall:%Y-%m-%d}"


def span(seconds: int) -> str:
    """``40 s``, ``12 min``, ``1 h 51 min``, ``3 h``, ``5 d``: how long, roughly."""
    size = abs(seconds)
    if size < MINUTE:
        return f"{size} s"
    if size < HOUR:
        return f"{size // MINUTE} min"
    if size < 2 * HOUR and size % HOUR >= MINUTE:
        return f"1 h {size % HOUR // MINUTE} min"
    return f"{size // HOUR} h" if size < 2 * DAY else f"{size // DAY} d"


def ago(at: int, now: int) -> str:
    """``5 min ago``, ``in 3 h``."""
    return f"{span(now - at)} ago" if at <= now else f"in {span(at - now)}"


def who(actor: str) -> str:
    """Who did it: ``console:dana`` → ``dana``, ``api:crm`` → ``crm (api)``; a person at this computer needs no kind."""
    kind, _, name = actor.partition(":")
    return (name if kind in {"console", "cli"} else f"{name} ({kind})") if name else kind


def plural(count: int, one: str, many: str = "") -> str:
    """``1 lead``, ``1,204 leads``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def talk(seconds: int) -> str:
    """``3:07``: how long somebody spoke."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def reason(error: Exception) -> str:
    """What is wrong with an answer, without the field's name: that stands beside it."""
    return error.reason if isinstance(error, Invalid) else str(error)
