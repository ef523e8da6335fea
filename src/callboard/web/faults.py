"""Faults of the request itself, before any verb: they join the family of domain errors so that a dialect answers all of them.

CallboardError
├── Unauthenticated    no key, a wrong one, a revoked one: not told apart
├── TooManyRequests    the key's window is used up
├── NoSuchRoute        nothing here by that path
├── WrongMethod        the path is known, the method is not
├── WrongMedia         a body of a kind the operation does not read
├── BadBody            not JSON, or JSON that two readers would read differently
│   ├── BadHead        the same of a request's head
│   ├── HeadTooLarge   more bytes of head than the server reads
│   └── TooSlow        head or body did not come in time
├── TooLarge           more bytes than the operation reads
└── Broken             a fault of ours; what broke is in the log, never in the answer
"""

from __future__ import annotations

from callboard.domain.errors import CallboardError


class Unauthenticated(CallboardError):
    """No key, a malformed one, an unknown one, a revoked one: all the same to the caller."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("invalid or missing API key")


class TooManyRequests(CallboardError):
    """The key's window is used up; ``retry_after`` seconds until the next begins."""

    code = "rate_limited"

    def __init__(self, retry_after: int, limit: int = 0, resets_at: int = 0) -> None:
        self.retry_after = max(1, retry_after)
        self.limit = limit
        self.resets_at = resets_at
        super().__init__(f"too many requests; try again in {self.retry_after} s")


class NoSuchRoute(CallboardError):
    """Nothing here by that path."""

    code = "no_such_route"

    def __init__(self) -> None:
        super().__init__("there is nothing at this address")


class WrongMethod(CallboardError):
    """The path is known, the method is not; ``allowed`` goes into the Allow header."""

    code = "method_not_allowed"

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        self.allowed = allowed
        super().__init__(f"this address answers to {', '.join(allowed) or 'other methods'}")


class WrongMedia(CallboardError):
    """A body of a kind the operation does not read."""

    code = "unsupported_media_type"

    def __init__(self, allowed: tuple[str, ...] = ("application/json",)) -> None:
        self.allowed = allowed
        super().__init__(f"the body must be {' or '.join(allowed)}")


class BadBody(CallboardError):
    """A body that cannot be read one way only. The sentence never repeats what was sent."""

    code = "bad_body"

    def __init__(self, reason: str = "the body must be a JSON object") -> None:
        self.reason = reason
        super().__init__(reason)


class BadHead(BadBody):
    """A head that two readers would read differently, or nobody."""

    code = "bad_head"

    def __init__(self) -> None:
        super().__init__("the request cannot be read")


class HeadTooLarge(BadBody):
    """More bytes of head than the server reads."""

    code = "head_too_large"

    def __init__(self) -> None:
        super().__init__("the request's headers are too large")


class TooSlow(BadBody):
    """Head or body did not come in time."""

    code = "too_slow"

    def __init__(self) -> None:
        super().__init__("the request took too long to arrive")


class TooLarge(CallboardError):
    """More bytes than the operation reads."""

    code = "too_large"

    def __init__(self, limit_bytes: int = 0) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(f"the body must not be larger than {limit_bytes} bytes")


class Broken(CallboardError):
    """A fault of ours."""

    code = "server_error"

    def __init__(self) -> None:
        super().__init__("something went wrong here; please try again later")
