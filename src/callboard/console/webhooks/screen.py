"""The webhooks screen: endpoints with their health, the live log beside them, and under both what was sent and answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from callboard.console import words
from callboard.console.commands import Command
from callboard.console.views import FilteredPage
from callboard.console.webhooks import inspect, lists, verbs
from callboard.console.webhooks.sources import Log, Requests
from callboard.console.widgets.bar import Bar, FilterLine
from callboard.console.widgets.rows import Rows
from callboard.console.widgets.split import Detail
from callboard.console.widgets.table import PagedTable
from callboard.domain.webhooks import Delivery, Webhook

HINT = "status:failed  type:appointment  endpoint:crm  !is:test  after:09:00  any word of the payload"
NO_ENDPOINTS = "no endpoint yet: n makes one, and every event goes there, signed, from then on"
NO_DELIVERIES, NOBODY_TO_TELL = "nothing was sent yet: t sends a test event", "nothing is sent while there is no endpoint"
NO_REQUESTS = "nobody asked the API anything yet; Settings makes keys"


class Webhooks(FilteredPage):
    """Endpoints, log, inspector."""

    ID = "webhooks"
    VIEW: ClassVar[dict[str, Any]] = {"filter": "", "log": "deliveries", "endpoint": ""}
    NOUNS = frozenset({"webhook", "delivery", "request", "key"})
    COMMANDS: ClassVar[tuple[Command, ...]] = (
        Command("webhooks.redeliver", "r", "redeliver", "redeliver", why_not="needs_delivery"),
        Command("webhooks.recover", "R", "recover since …", "recover", why_not="needs_active"),
        Command("webhooks.test", "t", "test event", "test", why_not="needs_active"),
        Command("webhooks.rotate", "s", "rotate secret", "rotate", why_not="needs_endpoint"),
        Command("webhooks.toggle", "d", "disable or enable", "toggle", why_not="needs_endpoint"),
        Command("webhooks.curl", "y", "copy as curl", "curl", why_not="needs_payload"),
        Command("webhooks.payload", "Y", "copy the payload", "payload", why_not="needs_payload"),
        Command("webhooks.new", "n", "new endpoint", "new"),
        Command("webhooks.edit", "e", "edit endpoint", "edit", why_not="needs_endpoint"),
        Command("webhooks.remove", "delete", "remove endpoint", "unsubscribe", why_not="needs_endpoint"),
        Command("webhooks.filter", "/", "filter the log", "open_filter", help=HINT),
        Command("webhooks.everything", "escape", "take the filter away", "everything"),
        Command("webhooks.requests", "l", "API request log, and back", "requests"),
        Command("webhooks.pane", "tab right", "the next pane: endpoints, log, request, answer", "next_pane"),
        Command("webhooks.pane_before", "shift+tab left", "the pane before", "pane_before"),
    )
    DEFAULT_CSS = """
    Webhooks #wh-top { height: 1fr; }
    Webhooks #wh-endpoints { width: 44; border-right: solid $border; }
    Webhooks #wh-log { width: 1fr; }
    Webhooks #wh-log > ContentSwitcher { height: 1fr; }
    Webhooks #wh-inspect { height: 42%; border-top: solid $border; }
    Webhooks #wh-request { width: 55%; border-right: solid $border; padding-left: 1; }
    Webhooks #wh-response { padding-left: 1; }
    Webhooks.asked #wh-inspect { display: none; }
    .narrow Webhooks #wh-endpoints { width: 30; }
    .narrow Webhooks #wh-request { width: 50%; }
    .narrow Webhooks.asked #wh-endpoints { display: none; }
    .small Webhooks #wh-endpoints { width: 1fr; border-right: none; }
    .small Webhooks #wh-log, .small Webhooks #wh-inspect { display: none; }
    .small Webhooks.pane-1 #wh-endpoints { display: none; }
    .small Webhooks.pane-1 #wh-log { display: block; }
    .small Webhooks.pane-2 #wh-top { display: none; }
    .small Webhooks.pane-2 #wh-inspect { display: block; height: 1fr; }
    """
    SCOPED_CSS = False

    def __init__(self) -> None:
        super().__init__()
        self.only: str | None = None
        self._pane = 0
        self._keys: dict[str, str] = {}
        self.endpoints = Rows(
            lists.endpoint,
            key=lambda e: e if isinstance(e, str) else e.id,
            lines=2,
            title="ENDPOINTS",
            empty=NO_ENDPOINTS,
            id="wh-endpoints",
        )
        console = lambda: self.console  # noqa: E731 - the app is there when a row is drawn, not yet here
        self.table = PagedTable(lists.delivery_columns(console), Log(self), empty=NO_DELIVERIES, id="deliveries")
        self.asked = PagedTable(
            lists.request_columns(console, lambda: self._keys), Requests(self), empty=NO_REQUESTS, id="requests"
        )
        self.sent = Detail(id="wh-request", wraps=True)
        self.answer = Detail(id="wh-response", wraps=True)

    def compose(self) -> ComposeResult:
        """Endpoints and log above, what was sent and answered below."""
        with Horizontal(id="wh-top"):
            yield self.endpoints
            with Vertical(id="wh-log"):
                yield Bar()
                with ContentSwitcher(initial="deliveries"):
                    yield self.table
                    yield self.asked
                yield FilterLine(HINT)
        with Horizontal(id="wh-inspect"):
            yield self.sent
            yield self.answer

    # --- what is shown ----------------------------------------------------------------------------------------------
    @property
    def shows_requests(self) -> bool:
        """Whether the API log stands where deliveries do."""
        return self.query_one(ContentSwitcher).current == "requests"

    async def load(self) -> None:
        """Endpoints, keys' names, the rows in sight, the delivery under the cursor."""
        from callboard.services import keys, webhook_views

        found = await self.session.read(webhook_views.endpoints, self.org)
        self._keys = {k.id: k.name for k in await self.session.read(keys.listing, self.org)}
        if self.endpoints.status == "loading" and found:
            self._show_pane(1)
            self.table.focus()
        self.endpoints.show([lists.ALL, *found] if found else [])
        self._say_why_empty()
        self.filtered().reload()
        self._tell()

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """The log follows the endpoint."""
        only = None if event.item is None or isinstance(event.item, str) else event.item.id
        if only != self.only:
            self.only = only
            self.table.reload(top=True)
        self._tell()

    def on_rows_chosen(self) -> None:
        """Enter goes to its log."""
        self.next_pane()

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Another delivery to take apart."""
        if event.table is self.table:
            self._inspect()
        self._tell()

    def on_paged_table_chosen(self) -> None:
        """Enter goes to what was sent."""
        self.next_pane()

    def _say_why_empty(self) -> None:
        """What stands where rows would, when there are none."""
        nothing = f"nothing matches / {self.filter}" if self.filter else ""
        told = NO_DELIVERIES if self.endpoints.items else NOBODY_TO_TELL
        self.table.empty, self.asked.empty = nothing or told, nothing or NO_REQUESTS

    def _inspect(self) -> None:
        row: Delivery | None = self.table.row
        if row is None or self.shows_requests:
            self.sent.show([[("what was sent stands here", "dim")]])
            self.answer.show([[("what was answered stands here", "dim")]])
            return
        endpoint = self._endpoint_of(row)
        url = endpoint.url if endpoint is not None else "an endpoint that was removed"
        self.sent.show(inspect.request(row, url))
        self.answer.show(inspect.response(row, self.console.zone, self.console.now()))

    def _tell(self) -> None:
        table = self.asked if self.shows_requests else self.table
        what = ("request", "") if self.shows_requests else ("delivery", "deliveries")
        parts: list[tuple[str, str]] = [(words.plural(table.total, *what), "text bold")]
        if self.only is not None and (hook := self._chosen_endpoint()) is not None and not self.shows_requests:
            parts.append((f"  to {lists.bare(hook.url)}", "dim"))
        if self.filter:
            parts += [(f"  / {self.filter}", "accent"), ("  Esc shows all", "dim")]
        if table.status == "error":
            parts = [(f"/ {self.filter}" if self.filter and not table.total else table.problem, "clash")]
        self.query_one(Bar).show(*parts)
        self.console.refresh_footer()

    def repaint(self) -> None:
        """Another zone or theme."""
        super().repaint()
        self._inspect()

    # --- which one --------------------------------------------------------------------------------------------------
    def _endpoint_of(self, delivery: Delivery) -> Webhook | None:
        return next((e.webhook for e in self.endpoints.items[1:] if e.id == delivery.webhook_id), None)

    def _chosen_endpoint(self) -> Webhook | None:
        """The endpoint of the list; with all of them shown, that of the delivery under the cursor, or the only one."""
        item = self.endpoints.row
        if item is not None and not isinstance(item, str):
            found: Webhook = item.webhook
            return found
        if len(self.endpoints.items) == 2:
            only: Webhook = self.endpoints.items[1].webhook
            return only
        row = self.table.row if not self.endpoints.has_focus else None
        return self._endpoint_of(row) if row is not None else None

    def needs_endpoint(self) -> str:
        """No endpoint is meant."""
        return "" if self._chosen_endpoint() is not None else "choose an endpoint first"

    def needs_active(self) -> str:
        """None, or one that is told nothing."""
        hook = self._chosen_endpoint()
        return self.needs_endpoint() or ("" if hook is not None and hook.active else "it is disabled: d enables it")

    def needs_delivery(self) -> str:
        """No delivery is under the cursor, or its endpoint is stopped."""
        row = self.table.row
        if row is None or self.shows_requests:
            return "no delivery is chosen"
        hook = self._endpoint_of(row)
        return "" if hook is not None and hook.active else "its endpoint is disabled or gone"

    def needs_payload(self) -> str:
        """No delivery, or one never tried."""
        row = self.table.row
        if row is None or self.shows_requests:
            return "no delivery is chosen"
        return "" if row.payload is not None else "it was not tried yet"

    # --- commands ---------------------------------------------------------------------------------------------------
    async def redeliver(self) -> None:
        """Send it again: same id, same bytes. Marked rows all at once."""
        from callboard.services import deliveries

        rows = self.table.chosen
        done = [await self.perform(deliveries.redeliver, self.org, row.id) for row in rows]
        sent = sum(d is not None for d in done)
        if sent:
            self.table.unmark()
            self.console.say(f"{words.plural(sent, 'delivery', 'deliveries')} on the way again")

    async def new(self) -> None:
        """A new endpoint."""
        await verbs.new(self)

    async def edit(self) -> None:
        """Change it."""
        await self._with_endpoint(verbs.edit)

    async def unsubscribe(self) -> None:
        """Remove it."""
        await self._with_endpoint(verbs.remove)

    async def rotate(self) -> None:
        """A new secret."""
        await self._with_endpoint(verbs.rotate)

    async def toggle(self) -> None:
        """Stop or start it."""
        await self._with_endpoint(verbs.toggle)

    async def test(self) -> None:
        """Send a test."""
        await self._with_endpoint(verbs.test)

    async def recover(self) -> None:
        """Send again what it missed."""
        await self._with_endpoint(verbs.recover)

    async def _with_endpoint(self, verb: Any) -> None:
        hook = self._chosen_endpoint()
        if hook is not None:
            await verb(self, hook)

    def curl(self) -> None:
        """The request as a command line."""
        row: Delivery = self.table.row
        hook = self._endpoint_of(row)
        self.console.copy(inspect.curl(row, hook.url if hook is not None else "https://example.com"), "curl command")

    def payload(self) -> None:
        """The body as it was sent."""
        self.console.copy(self.table.row.payload or "", "payload")

    def requests(self) -> None:
        """The API log in place of the deliveries, or back."""
        self._show_log("deliveries" if self.shows_requests else "requests", "")

    def take_view(self, view: dict[str, Any]) -> None:
        """Another log, endpoint and filter."""
        self.endpoints.select(str(view.get("endpoint") or lists.ALL))
        self._show_log("requests" if view.get("log") == "requests" else "deliveries", str(view.get("filter", "")))

    def _show_log(self, wanted: str, text: str) -> None:
        self.query_one(ContentSwitcher).current = wanted
        self.filter = text
        self.set_class(wanted == "requests", "asked")
        self._say_why_empty()
        table = self.asked if wanted == "requests" else self.table
        table.reload(top=True)
        table.focus()
        self._show_pane(1)
        self._inspect()
        self._tell()

    # --- filter and panes -------------------------------------------------------------------------------------------
    def open_filter(self) -> None:
        """In sight where there is room for one pane."""
        self._show_pane(1)
        super().open_filter()

    def filtered(self) -> PagedTable:
        """The log shown."""
        return self.asked if self.shows_requests else self.table

    def narrow(self) -> None:
        """Ask for it again, and say how much there is once that is known."""
        self._say_why_empty()
        self.filtered().reload(top=True)
        self.set_timer(0.3, self._tell)

    def bottom(self) -> Sequence[Command]:
        """What can be done with a delivery and its endpoint; before there is one, how to make it."""
        if not self.endpoints.items or self.shows_requests:
            log = {"requests": "deliveries" if self.shows_requests else "API log"}
            return self.named({"new": "", **log} if not self.endpoints.items else {**log, "filter": "filter", "new": ""})
        hook = self._chosen_endpoint()
        turn = "enable" if hook is not None and not hook.active else "disable"
        first = {"redeliver": "", "recover": "recover", "test": "test", "toggle": turn, "pane": "next pane"}
        return self.named(
            {**first, "filter": "filter", "new": "new", "requests": "API log", "curl": "", "rotate": "", "edit": "edit"}
        )

    def next_pane(self) -> None:
        """Endpoints, log, request, response, round and round."""
        self._turn(1)

    def pane_before(self) -> None:
        """The other way round."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        table = self.asked if self.shows_requests else self.table
        panes: tuple[Widget, ...] = (self.endpoints, table, self.sent, self.answer)
        if self.shows_requests:
            panes = (table,) if self.app.screen_stack[0].has_class("narrow") else (self.endpoints, table)
        at = next((n for n, pane in enumerate(panes) if pane.has_focus), -1 if by > 0 else 0)
        at = (at + by) % len(panes)
        self._show_pane(1 if panes[at] is table else min(at, 2))
        panes[at].focus()
        self._tell()

    def _show_pane(self, pane: int) -> None:
        self._pane = pane
        for n in (1, 2):
            self.set_class(n == pane, f"pane-{n}")

    def state(self) -> dict[str, Any]:
        """The filter, which log, whose, and where the cursor stood."""
        log = "requests" if self.is_mounted and self.shows_requests else "deliveries"
        return {"filter": self.filter, "log": log, "endpoint": self.only or "", "row": self.table.place}

    def restore(self, state: dict[str, Any]) -> None:
        """See state."""
        self.filter = str(state.get("filter", "")) if state.get("log") != "requests" else ""
        self.endpoints.begin_at(state.get("endpoint"))
        self.table.begin_at(state.get("row"))

    def linear(self) -> list[str]:
        """Endpoints, then the log, then the delivery."""
        hooks = [f"{lists.bare(e.webhook.url)}, {e.state}" for e in self.endpoints.items[1:]]
        rows = [self.table.row_at(n) for n in range(self.table.cursor, self.table.cursor + 20)]
        log = [lists.as_text(r) for r in rows if r is not None]
        return ["Endpoints", *hooks, "", "Deliveries", *log, "", *self.sent.text, "", *self.answer.text]

    def linear_here(self) -> int:
        """The line the cursor is on."""
        return len(self.endpoints.items[1:]) + 3
