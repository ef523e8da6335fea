"""The family of refusals. A refusal is named here; which HTTP status or exit code it gets is each face's affair.

CallboardError
├── Invalid            a value that cannot be right (field, reason, what is allowed)
├── NotFound           no such thing in this organization
├── Forbidden          known caller, missing right
├── Refused            a well-formed wish that the rules deny
│   ├── SlotTaken          another booking holds that time
│   ├── SlotBlocked        an external block, time off or do-not-disturb holds it
│   ├── OutsideHours       nobody asked for works then
│   ├── NobodyFree         no agent of the pool can take it
│   ├── OutsideNotice      sooner than the minimum notice, later than the maximum advance, or past
│   ├── LimitReached       the customer has as many calls as the organization allows
│   ├── WrongState         the booking's state does not allow the verb
│   ├── HoldExpired        the pending booking's time to confirm has passed
│   ├── PlaceTaken         somebody else sits in that place of the room
│   ├── Stale              somebody changed it first (rev differs)
│   └── NotAllowed         a rule of the noun's own (an opted-out number, a finished campaign)
├── LinkForged         a token that callboard did not make for this
├── LinkDead           a link that was good once: expired, cancelled, revoked
├── KeyReused          an idempotency key came again with another request
└── Unavailable        a gateway or the database cannot act now
"""

from __future__ import annotations


class CallboardError(Exception):
    """Root of every refusal; ``code`` is a stable word for machines, ``str()`` a sentence for people."""

    code = "error"


class Invalid(CallboardError):
    """A value that cannot be right. ``field`` names it in the caller's own words when the caller translates it."""

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}")


class NotFound(CallboardError):
    """No such thing in this organization; identical for a missing one and for another organization's."""

    code = "not_found"

    def __init__(self, noun: str, key: str = "") -> None:
        self.noun = noun
        self.key = key
        super().__init__(f"no {noun} {key!r}" if key else f"no such {noun}")


class Forbidden(CallboardError):
    """The caller is known but lacks the right named by ``scope``."""

    code = "forbidden"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(f"missing permission {scope}")


class Refused(CallboardError):
    """A well-formed wish that the rules deny; nothing was written."""

    code = "refused"


class SlotTaken(Refused):
    """Another booking holds that time for that agent, buffers included."""

    code = "slot_taken"

    def __init__(self, agent: str = "", detail: str = "") -> None:
        self.agent = agent
        super().__init__(detail or (f"{agent} already has a call then" if agent else "that time is taken"))


class SlotBlocked(Refused):
    """An external block, time off or a do-not-disturb window holds that time; ``kind`` says which."""

    code = "slot_blocked"

    def __init__(self, kind: str, title: str = "") -> None:
        self.kind = kind
        words = {"external": "an external event", "time_off": "time off", "dnd": "do not disturb"}.get(kind, kind)
        super().__init__(f"blocked by {words}" + (f" ({title})" if title else ""))


class OutsideHours(Refused):
    """Outside the agent's working hours. An operator may override; an API caller may not."""

    code = "outside_hours"

    def __init__(self, agent: str = "") -> None:
        super().__init__(f"outside the working hours of {agent}" if agent else "outside working hours")


class NobodyFree(Refused):
    """No agent of the pool can take that time."""

    code = "nobody_free"

    def __init__(self) -> None:
        super().__init__("no agent is free then")


class OutsideNotice(Refused):
    """Sooner than the minimum notice, later than the maximum advance, or in the past. ``kind``: past, notice, advance."""

    code = "outside_notice"

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        super().__init__(detail)


class LimitReached(Refused):
    """The customer has as many calls as allowed; ``next_allowed_at`` (UTC seconds) is when one more may start."""

    code = "limit_reached"

    def __init__(self, next_allowed_at: int) -> None:
        self.next_allowed_at = next_allowed_at
        super().__init__("this customer has reached the limit of calls")


class WrongState(Refused):
    """The noun's state does not allow the verb."""

    code = "wrong_state"

    def __init__(self, status: str, verb: str) -> None:
        self.status = status
        self.verb = verb
        super().__init__(f"a booking that is {status.replace('_', ' ')} cannot be {verb}")


class HoldExpired(Refused):
    """The time to confirm has passed; the slot is free again."""

    code = "hold_expired"

    def __init__(self) -> None:
        super().__init__("the time to confirm has passed")


class PlaceTaken(Refused):
    """The link is in use in another window; joining from here has to be asked for."""

    code = "place_taken"

    def __init__(self) -> None:
        super().__init__("this link is open in another window")


class Stale(Refused):
    """Somebody changed it first: the caller's ``rev`` is not the current one."""

    code = "stale"

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__("it was changed by somebody else in the meantime")


class NotAllowed(Refused):
    """A rule of the noun's own denies the wish; the sentence says which."""

    code = "not_allowed"


class LinkForged(CallboardError):
    """A token that callboard did not make, or made for something else."""

    code = "link_forged"

    def __init__(self) -> None:
        super().__init__("this link is not valid")


class LinkDead(CallboardError):
    """A link that was good once. ``kind``: expired, cancelled or revoked; the ids let its page say more."""

    code = "link_dead"

    def __init__(self, kind: str, booking_id: str = "", organization_id: str = "", role: str = "") -> None:
        self.kind = kind
        self.booking_id = booking_id
        self.organization_id = organization_id
        self.role = role
        super().__init__(
            {"expired": "this link has expired", "cancelled": "this call was cancelled"}.get(kind, "this link was replaced")
        )


class KeyReused(CallboardError):
    """An idempotency key came again with another method, route or body."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used for another request")


class Unavailable(CallboardError):
    """A gateway or the database cannot act now; trying later may help."""

    code = "unavailable"
