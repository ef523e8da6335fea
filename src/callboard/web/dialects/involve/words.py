"""Shape ↔ noun, pure: how Involve spells a booking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from callboard.domain import ids
from callboard.domain.bookings import Assignment, Booking, Features, Wish
from callboard.domain.errors import Invalid, NotFound
from callboard.domain.zones import DAY, iso
from callboard.web.dialects.involve.shapes import Change, Listing, NewAppointment, Options

NAME = "involve"  # where a booking keeps what only this dialect has a place for
SUMMARY = "/client-web/schedule/pre-call/summary"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_OWN_LENGTH = 17  # 96 bits in 62 signs
# Involve's name of a flag → the room's.
FEATURES: Mapping[str, str] = {
    "features_call_recording_enable": "call_recording",
    "features_breakout_room_enable": "breakout_room",
    "features_webcam_access_agent_enable": "webcam_agent",
    "features_webcam_access_claimant_enable": "webcam_customer",
    "features_webcam_background_blurring_enable": "background_blurring",
    "features_microphone_access_enable": "microphone",
    "features_screen_sharing_enable": "screen_sharing",
    "features_messages_chat_enable": "chat",
    "features_participant_list_enable": "participant_list",
    "features_bandwidth": "bandwidth_kbps",
}
KEPT = (
    "is_interpreter_needed",
    "interpreter_language",
    "department",
    "use_custom_post_call_redirect",
    "custom_user_post_call_redirect_url",
    "custom_agent_post_call_redirect_url",
)
_FLAGS = frozenset({"is_interpreter_needed", "use_custom_post_call_redirect"})
BIRTH = "claimant_date_of_birth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a booking is entered: the agent's link, the token of the customer's, and when both die (UTC seconds)."""

    public_url: str
    base: str
    agent_url: str
    customer_token: str
    expires_at: int


# --- ids and instants -------------------------------------------------------------------------------------------------
def micro(at: int | None) -> str | None:
    """``2025-08-19T16:50:00.000000Z``."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def offset(at: int) -> str:
    """``2025-08-19T23:59:59+00:00``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def read_id(text: str) -> str:
    """The booking's id inside a UUID; NotFound for any other text."""
    found = ids.from_uuid(text)
    if found is None:
        raise NotFound("booking")
    return found


def own_reference(id_: str) -> str:
    """The reference of a booking whose caller gave none: its id in fewer signs."""
    value, signs = int(id_, 16), ""
    for _ in range(_OWN_LENGTH):
        value, digit = divmod(value, 62)
        signs = _DIGITS[digit] + signs
    return signs


def id_of_reference(text: str) -> str | None:
    """The id inside :func:`own_reference`, or None for any other text."""
    if len(text) != _OWN_LENGTH or not set(text) <= set(_DIGITS):
        return None
    value = 0
    for sign in text:
        value = value * 62 + _DIGITS.index(sign)
    return f"{value:024x}" if value < 1 << 96 else None


def reference(booking: Booking) -> str:
    """The caller's own, or one made of the id."""
    return booking.reference or own_reference(booking.id)


def _room_closes(booking: Booking, expires_at: int) -> int:
    """The last second of the day the call ends in, or of its links if that is sooner."""
    return min((booking.ends_at - 1) // DAY * DAY + DAY - 1, expires_at)


# --- in ---------------------------------------------------------------------------------------------------------------
def features(old: Features, body: Options) -> Features:
    """The room's flags with what the body names; a flag that is named and empty falls back to what rooms have."""
    named = {FEATURES[name]: getattr(body, name) for name in FEATURES if name in body.model_fields_set}
    plain = Features()
    return replace(old, **{flag: getattr(plain, flag) if value is None else value for flag, value in named.items()})


def details(old: Mapping[str, Any], body: Options, birth: tuple[str | None] | None) -> dict[str, Any]:
    """What the booking keeps for this dialect; ``birth`` the date of birth when it is named."""
    mine = dict(old.get(NAME) or {})
    mine |= {name: getattr(body, name) for name in KEPT if name in body.model_fields_set}
    if birth is not None:
        mine[BIRTH] = birth[0]
    mine = {name: value for name, value in mine.items() if value is not None}
    return {**old, NAME: mine} if mine or NAME in old else dict(old)


def check_birth(text: str | None, now: int) -> None:
    """Nobody is born tomorrow."""
    if text is not None and text > datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d"):
        raise Invalid("claimant.date_of_birth", "must be a date in the past")


def wish(body: NewAppointment) -> Wish:
    """What the caller asks for: any agent who is free."""
    claimant = body.claimant
    return Wish(
        starts_at=body.appointment_at,
        duration_minutes=body.duration_in_minutes,
        assignment=Assignment.POOL,
        title="Appointment",
        customer_name=claimant.name,
        customer_phone=claimant.phone_number,
        customer_email=claimant.email,
        source=NAME,
        reference=body.reference,
        features=features(Features(), body),
        details=details({}, body, (claimant.date_of_birth,)),
    )


def changes(booking: Booking, body: Change) -> dict[str, Any]:
    """The words a change alters, as ``bookings.update`` takes them."""
    found: dict[str, Any] = {"features": features(booking.features, body)}
    birth: tuple[str | None] | None = None
    claimant = body.claimant
    if claimant is not None:
        sent = claimant.model_fields_set
        if "name" in sent:
            if claimant.name is None:
                raise Invalid("claimant.name", "is required")
            found["customer_name"] = claimant.name
        if "phone_number" in sent:
            found["customer_phone"] = claimant.phone_number
        if "email" in sent:
            found["customer_email"] = claimant.email
        birth = (claimant.date_of_birth,) if "date_of_birth" in sent else None
    return found | {"details": details(booking.details, body, birth)}


# --- out --------------------------------------------------------------------------------------------------------------
def appointment(booking: Booking, ways: Ways) -> dict[str, Any]:
    """An appointment, in the contract's order."""
    mine = booking.details.get(NAME) or {}
    kept = {name: bool(mine.get(name)) if name in _FLAGS else mine.get(name) for name in KEPT}
    return {
        "id": ids.to_uuid(booking.id),
        "reference": reference(booking),
        "appointment_at": micro(booking.starts_at),
        "duration_in_minutes": booking.duration_minutes,
        "is_interpreter_needed": kept["is_interpreter_needed"],
        "interpreter_language": kept["interpreter_language"],
        "status": str(booking.status),
        "url": _customer_url(booking, ways),
        "created_at": micro(booking.created_at),
        "cancelled_at": micro(booking.cancelled_at),
        "cancellation_reason": booking.cancellation_reason,
        "department": kept["department"],
        "claimant": {
            "name": booking.customer_name,
            "date_of_birth": mine.get(BIRTH),
            "phone_number": booking.customer_phone,
            "email": booking.customer_email,
            "data": [],
        },
        "meeting": _meeting(booking, ways),
        "session_started_at": micro(booking.session_started_at),
        "session_ended_at": micro(booking.session_ended_at),
        "on_hold_started_at": micro(booking.on_hold_started_at),
        "on_hold_ended_at": micro(booking.on_hold_ended_at),
        **{name: getattr(booking.features, flag) for name, flag in FEATURES.items()},
        **{name: kept[name] for name in KEPT[3:]},
    }


def _customer_url(booking: Booking, ways: Ways) -> str:
    """The contract's link, with a token: a reference is the caller's word and may be guessed."""
    token = f"{booking.id}.{ways.customer_token}"
    return f"{ways.public_url}{ways.base}{SUMMARY}?reference={quote(reference(booking), safe='')}&t={token}"


def _meeting(booking: Booking, ways: Ways) -> dict[str, Any]:
    return {
        "id": str(int(booking.id, 16)),
        "room_name": f"/{booking.id}",
        "room_url": ways.agent_url,
        "start_date": offset(booking.created_at),
        "end_date": offset(_room_closes(booking, ways.expires_at)),
    }


def page(query: Listing, total: int, data: list[dict[str, Any]], path: str) -> dict[str, Any]:
    """A page with its neighbours' addresses."""
    last = max(1, -(-total // query.per_page))
    first = (query.page - 1) * query.per_page
    kept: dict[str, Any] = {
        name: getattr(query, name) for name in ("per_page", "status", "reference", "sort") if name in query.model_fields_set
    }
    kept |= {name: iso(getattr(query, name)) for name in ("date_from", "date_to") if getattr(query, name) is not None}

    def at(number: int) -> str:
        return f"{path}?{urlencode({**kept, 'page': number})}"

    return {
        "data": data,
        "links": {
            "first": at(1),
            "last": at(last),
            "prev": at(min(query.page - 1, last)) if query.page > 1 else None,
            "next": at(query.page + 1) if query.page < last else None,
        },
        "meta": {
            "current_page": query.page,
            "from": first + 1 if data else None,
            "last_page": last,
            "path": path,
            "per_page": query.per_page,
            "to": first + len(data) if data else None,
            "total": total,
        },
    }
