"""The customer's pre-call link, as this contract spells it: it leads to the join page of the same booking.

A reference is the caller's word and may be guessed, so it opens nothing; the token does. It names its booking and is signed
for it, so no look-up is needed here, and the join page judges it (expired, cancelled, revoked) as it judges its own links.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from callboard.services.service import Desk
from callboard.web.pages import SAFE, page

_TOKEN = re.compile(r"([0-9a-f]{24})\.([A-Za-z0-9._-]{1,200})\Z")
_LOST = (
    "<h1>This link is not complete</h1><p>Please open the link from your message again, or copy the whole of it. "
    "If that does not help, ask whoever invited you for a new one.</p>"
)


def summary(desk: Desk) -> Callable[[Request], Response]:
    """The handler of ``GET …/summary?reference=…&t=…``."""

    def answer(request: Request) -> Response:
        match = _TOKEN.match(request.query_params.get("t", ""))
        if match is None:
            return page("Link not complete", _LOST, status=404)
        return RedirectResponse(f"{desk.public_url}/join/video-call/{match[1]}?t={match[2]}", 302, SAFE)

    return answer
