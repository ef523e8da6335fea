"""The join page and what stands in its place when there is nothing to join: each case has its own words and its own status."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from callboard.domain import ids
from callboard.domain.bookings import Booking, Status
from callboard.domain.errors import CallboardError, LinkForged, NotFound
from callboard.domain.zones import local
from callboard.gateways.rooms import RoomGateway
from callboard.services import rooms
from callboard.services.rooms import Opened
from callboard.services.service import Desk
from callboard.web import logs
from callboard.web.rooms import headers, render
from callboard.web.rooms.hub import SERVER
from callboard.web.rooms.limits import Buckets
from callboard.web.rooms.views import allowed

log = logs.get("callboard.rooms")
STATUS = {
    "expired": 410,
    "cancelled": 410,
    "revoked": 410,
    "missed": 410,
    "ended": 200,
    "forged": 403,
    "unknown": 404,
    "busy": 429,
}
_OVER = {Status.EXPIRED: "expired", Status.NO_SHOW: "missed", Status.COMPLETED: "ended", Status.CANCELLED: "cancelled"}


def when(at: int, zone: str, words: Mapping[str, str]) -> str:
    """``Tuesday 24 November, 15:00``, in the page's language."""
    there = local(at, zone)
    weekday, month = words["weekdays"].split(", ")[there.weekday()], words["months"].split(", ")[there.month - 1]
    return words["when"].format(weekday=weekday, day=there.day, month=month, time=f"{there:%H:%M}")


class Pages:
    """The page's endpoint; one instance a server."""

    def __init__(self, desk: Desk, gateway: RoomGateway) -> None:
        self._desk = desk
        self._gateway = gateway
        self._links = Buckets(rate=1, burst=40)  # loads of one link
        self._bad = Buckets(rate=0.5, burst=40)  # bad links from one address: guessing is slow

    async def serve(self, request: Request) -> Response:
        """GET /join/video-call/{id}?t=…: reading it changes nothing, so a link preview joins nothing."""
        words = render.texts(render.language_for(request.headers.get("accept-language", "")))
        address = request.client.host if request.client else ""
        booking_id = ids.parse(request.path_params["booking_id"])
        wait = self._links.take(booking_id or address)
        if wait:
            return self._notice(request, words, "busy", headers_={"Retry-After": str(int(wait) + 1)})
        try:
            token = request.query_params.get("t", "")[:300]
            opened = await self._desk.acting(SERVER).read(rooms.opened, booking_id or "", token)
        except (LinkForged, NotFound) as error:
            return self._bad_link(request, words, "forged" if isinstance(error, LinkForged) else "unknown", address)
        except CallboardError as error:
            log.warning("rooms.page", error=error.code)
            return self._notice(request, words, "down", headers_={"Retry-After": "5"})
        over = opened.dead or _OVER.get(opened.room.booking.status)
        return self._notice(request, words, over, opened) if over else self._join(request, words, opened)

    def _bad_link(self, request: Request, words: Mapping[str, str], kind: str, address: str) -> Response:
        wait = self._bad.take(address)
        if wait:
            return self._notice(request, words, "busy", headers_={"Retry-After": str(int(wait) + 1)})
        return self._notice(request, words, kind)

    # --- nothing to join ------------------------------------------------------------------------------------------------
    def _notice(
        self,
        request: Request,
        words: Mapping[str, str],
        kind: str,
        opened: Opened | None = None,
        headers_: Mapping[str, str] | None = None,
    ) -> Response:
        nonce = secrets.token_urlsafe(16)
        values = {"organization": "callboard", "when": ""}
        support, colour = "", render.DEFAULT_COLOUR
        if opened is not None:
            booking, organization = opened.room.booking, opened.organization
            values = {"organization": organization.display_name, "when": when(booking.starts_at, booking.timezone, words)}
            colour = organization.branding.colour
            if organization.branding.support_phone:
                support = words["support"].format(phone=organization.branding.support_phone)
        shown = {
            **values,
            "kind": kind,
            "heading": words[f"{kind}_heading"],
            "body": words[f"{kind}_body"].format(**values),
            "support_line": support,
            "initial": values["organization"][:1].upper(),
            "nonce": nonce,
        }
        text = render.page("notice", words, shown, {"style": render.style(colour)})
        sent = headers.page(nonce, request.headers.get("host", ""), None, None)
        return HTMLResponse(text, STATUS.get(kind, 503), headers={**sent, **(headers_ or {})})

    # --- the call -------------------------------------------------------------------------------------------------------
    def _join(self, request: Request, words: Mapping[str, str], opened: Opened) -> Response:
        nonce = secrets.token_urlsafe(16)
        booking, organization = opened.room.booking, opened.organization
        name, other = organization.display_name, _other(opened, words)
        branding = organization.branding
        shown = {
            "organization": name,
            "initial": name[:1].upper(),
            "page_title": words["title"].format(organization=name),
            "with_line": other,
            "from_line": words["from"].format(organization=name) if opened.role == "customer" else words["role_agent"],
            "customer_when": _span(booking, booking.timezone, words),
            "customer_zone": _place(booking.timezone),
            "office_when": _span(booking, organization.timezone, words),
            "office_zone": _place(organization.timezone),
            "office_label": words["office_time"].format(organization=name),
            "duration": words["minutes"].format(minutes=booking.duration_minutes),
            "moved_line": words["moved_text"].format(old=when(opened.moved_from or 0, booking.timezone, words)),
            "support_line": words["support"].format(phone=branding.support_phone) if branding.support_phone else "",
            "insecure_line": words["insecure_text"].format(organization=name),
            "join_label": words["join_agent" if opened.role == "agent" else "join"],
            "nonce": nonce,
        }
        raw = {
            "style": render.style(branding.colour),
            "boot": render.data(self._boot(opened, words)),
            "moved_hidden": "" if opened.moved_from else "hidden",
            "pending_hidden": "" if booking.status is Status.PENDING else "hidden",
            "office_hidden": "hidden" if _same_clock(booking, organization.timezone) else "",
            "body_class": f"role-{opened.role}",
        }
        sent = headers.page(nonce, request.headers.get("host", ""), opened.role, booking.features, tuple(self._gateway.frames()))
        return HTMLResponse(render.page("join", words, shown, raw), headers=sent)

    def _boot(self, opened: Opened, words: Mapping[str, str]) -> dict[str, Any]:
        """What the page's script needs before it connects; names only where the room lists its people."""
        booking = opened.room.booking
        listed = booking.features.participant_list
        return {
            "id": booking.id,
            "role": opened.role,
            "now": self._desk.clock(),
            "startsAt": booking.starts_at,
            "endsAt": booking.ends_at,
            "movedFrom": opened.moved_from,
            "zone": booking.timezone,
            "officeZone": opened.organization.timezone,
            "organization": opened.organization.display_name,
            "agent": opened.agent_name if listed or opened.role == "agent" else words["the_agent"],
            "customer": booking.customer_name if listed and opened.role == "agent" else "",
            "may": allowed(opened.room, opened.role),
            "keepsChat": opened.organization.policy.keep_chat,
            "gateway": self._gateway.name,
            "texts": dict(words),
        }


def _other(opened: Opened, words: Mapping[str, str]) -> str:
    """The line that says with whom."""
    booking = opened.room.booking
    if not booking.features.participant_list:
        return words["title"].format(organization=opened.organization.display_name)
    if opened.role == "agent":
        return words["with_customer"].format(name=booking.customer_name or words["the_customer"])
    return words["with"].format(name=opened.agent_name)


def _span(booking: Booking, zone: str, words: Mapping[str, str]) -> str:
    return f"{when(booking.starts_at, zone, words)} – {local(booking.ends_at, zone):%H:%M}"


def _place(zone: str) -> str:
    """``America/New_York`` as a person would say it."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def _same_clock(booking: Booking, zone: str) -> bool:
    """Whether the office's clock shows the same as the customer's: then one line says it all."""
    return local(booking.starts_at, zone).replace(tzinfo=None) == local(booking.starts_at, booking.timezone).replace(tzinfo=None)
