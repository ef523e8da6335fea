"""Which HTTP status a refusal gets when a dialect has no opinion of its own: the nearest class of its family decides."""

from __future__ import annotations

import time
from collections.abc import Mapping

from callboard.domain import errors
from callboard.domain.errors import CallboardError
from callboard.web import faults

STATUS: Mapping[type[CallboardError], int] = {
    errors.CallboardError: 500,
    errors.Invalid: 400,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Refused: 409,
    errors.OutsideNotice: 400,
    errors.LimitReached: 429,
    errors.LinkForged: 403,
    errors.LinkDead: 410,
    errors.KeyReused: 422,
    errors.Unavailable: 503,
    faults.Unauthenticated: 401,
    faults.TooManyRequests: 429,
    faults.NoSuchRoute: 404,
    faults.WrongMethod: 405,
    faults.WrongMedia: 415,
    faults.BadBody: 400,
    faults.TooSlow: 408,
    faults.HeadTooLarge: 431,
    faults.TooLarge: 413,
    faults.Broken: 500,
}


def nearest(error: CallboardError, table: Mapping[type[CallboardError], int]) -> int | None:
    """The entry of the error's class or of its nearest ancestor in the table."""
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind]
    return None


def status(error: CallboardError, own: Mapping[type[CallboardError], int] | None = None) -> int:
    """The HTTP status: the dialect's own table first, class by class up the family, then the common one."""
    merged = {**STATUS, **own} if own else STATUS
    return nearest(error, merged) or 500


def headers(error: CallboardError) -> tuple[tuple[str, str], ...]:
    """What HTTP itself asks of a refusal, in any dialect."""
    if isinstance(error, faults.TooManyRequests):
        return (("retry-after", str(error.retry_after)),)
    if isinstance(error, errors.LimitReached):
        return (("retry-after", str(max(1, error.next_allowed_at - int(time.time())))),)
    if isinstance(error, faults.WrongMethod):
        return (("allow", ", ".join(error.allowed)),)
    if isinstance(error, faults.Unauthenticated):
        return (("www-authenticate", "Bearer"),)
    if isinstance(error, errors.Unavailable):
        return (("retry-after", "1"),)
    return ()
