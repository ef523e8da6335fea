"""Where the pages of the two logs come from: what was sent to endpoints, and who asked the API what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from callboard.console.widgets.source import Ask

if TYPE_CHECKING:
    from callboard.console.webhooks.screen import Webhooks
    from callboard.domain.webhooks import Delivery

REQUESTS_SHOWN = 1000


class Log:
    """Pages of the delivery log."""

    def __init__(self, page: Webhooks) -> None:
        self._page = page

    async def count(self) -> int:
        """How many there are."""
        from callboard.services import webhook_views

        p = self._page
        return await p.session.read(webhook_views.count, p.org, p.filter, p.console.zone, webhook_id=p.only)

    async def page(self, ask: Ask) -> Sequence[Delivery]:
        """One page, newest first."""
        from callboard.services import webhook_views

        p = self._page
        before = ask.after.id if ask.after is not None else None
        return await p.session.read(
            webhook_views.page,
            p.org,
            p.filter,
            p.console.zone,
            webhook_id=p.only,
            before=before,
            offset=ask.offset,
            limit=ask.limit,
        )


class Requests:
    """The newest API requests; the log keeps days, a screen the last thousand."""

    def __init__(self, page: Webhooks) -> None:
        self._page = page
        self._found: list[Any] = []

    async def count(self) -> int:
        """Read them."""
        await self._read()
        return len(self._found)

    async def _read(self) -> None:
        from callboard.services import requests

        found = await self._page.session.read(requests.recent, self._page.org, REQUESTS_SHOWN)
        needle = self._page.filter.lower()
        shown = ((r, f"{r.method} {r.path} {r.status} {r.code or ''} {r.dialect}".lower()) for r in found)
        self._found = [r for r, text in shown if all(w in text for w in needle.split())]

    async def page(self, ask: Ask) -> Sequence[Any]:
        """One page of what was read; the first is asked for before anybody counts."""
        if not ask.offset and ask.after is None:
            await self._read()
        at = self._found.index(ask.after) + 1 if ask.after in self._found else ask.offset
        return self._found[at : at + ask.limit]
