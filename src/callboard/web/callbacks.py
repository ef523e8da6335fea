"""Where carriers call back: delivery receipts, what customers write, how calls go. Every request proves who sent it.

The signed URL is rebuilt from our public address, not from the request's Host: behind a proxy the two differ, and a Host header
is the caller's to choose.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response

from callboard.domain.errors import CallboardError, Forbidden, Invalid, NotFound
from callboard.domain.events import Actor
from callboard.gateways import sms, telephony
from callboard.gateways.telephony.twilio import EMPTY, TwilioCalls
from callboard.services import callers, calls, carriage, dialling, organizations
from callboard.services.service import Desk, Session

LONGEST_BODY = 64 * 1024
MAX_FIELDS = 200
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Knock:
    """One call back, read: the URL as the carrier knows it, its fields (query and form together) and headers."""

    url: str
    fields: Fields
    form: Fields
    headers: Fields


def mount(app: FastAPI, desk: Desk) -> None:
    """Add the routes of the configured carriers; others answer 404."""
    _Texts(desk).mount(app)
    _Voices(desk).mount(app)


async def _read(request: Request, desk: Desk) -> Knock:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise Invalid("body", "is too long")
    query = request.url.query
    try:
        form = _pairs(body.decode("ascii")) if request.method == "POST" else {}
        fields = _pairs(query) | form
    except (UnicodeError, ValueError) as error:
        raise Invalid("body", "must be a form in UTF-8") from error
    url = desk.public_url + request.url.path + (f"?{query}" if query else "")
    return Knock(url=url, fields=fields, form=form, headers={k.lower(): v for k, v in request.headers.items()})


def _pairs(text: str) -> Fields:
    found = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    if any("\0" in v for v in found.values()):
        raise ValueError("NUL")
    return found


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 6 else None


def _answer(text: str = EMPTY) -> Response:
    return Response('<?xml version="1.0" encoding="UTF-8"?>' + text, media_type="text/xml")


def _refuse(error: CallboardError) -> Response:
    status = 403 if isinstance(error, Forbidden) else 404 if isinstance(error, NotFound) else 400
    return Response("refused\n", status_code=status, media_type="text/plain")


Handler = Callable[[Request], Awaitable[Response]]


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Handler:
    """A refusal as a status; nothing of what was sent is echoed."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except CallboardError as error:
            return _refuse(error)

    return handle


def _route(app: FastAPI, path: str, handler: Callable[[Request], Awaitable[Response]], methods: list[str]) -> None:
    app.router.add_route(path, _guarded(handler), methods=methods, include_in_schema=False)


class _Texts:
    """Receipts and inbound texts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._made: sms.SmsGateway | None = None

    def mount(self, app: FastAPI) -> None:
        _route(app, "/callbacks/sms/{name}/status", self.status, ["GET", "POST"])
        _route(app, "/callbacks/sms/{name}/inbound", self.inbound, ["GET", "POST"])

    def _gateway(self, request: Request) -> sms.SmsGateway:
        name = self._desk.settings.sms_gateway
        if request.path_params["name"] != name:
            raise NotFound("carrier")
        if self._made is None:  # not at mount: a server that chose its own port knows its address only now
            self._made = sms.make(name, self._desk.settings.gateway(name), self._desk.public_url)
        return self._made

    def _session(self, gateway: sms.SmsGateway) -> Session:
        return self._desk.acting(Actor(kind="carrier", name=gateway.name))

    async def status(self, request: Request) -> Response:
        """A carrier says how far a message got."""
        gateway = self._gateway(request)
        knock = await _read(request, self._desk)
        found = gateway.read_status(knock.url, knock.form or knock.fields, knock.headers)
        if found is not None:
            await self._session(gateway).run(carriage.receipt, gateway=gateway.name, **asdict(found))
        return Response(status_code=204)

    async def inbound(self, request: Request) -> Response:
        """A customer wrote."""
        gateway = self._gateway(request)
        knock = await _read(request, self._desk)
        found = gateway.read_inbound(knock.url, knock.form or knock.fields, knock.headers)
        whose = gateway.organization
        await self._session(gateway).run(carriage.receive, gateway=gateway.name, organization=whose, **asdict(found))
        return _answer() if gateway.name == "twilio" else Response(status_code=204)


class _Voices:
    """How calls go: Twilio's voice webhooks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._made: TwilioCalls | None = None

    def mount(self, app: FastAPI) -> None:
        for name in ("status", "incoming", "picked", "dialled", "voicemail", "transcription"):
            _route(app, f"/callbacks/voice/twilio/{name}", getattr(self, name), ["POST"])

    def _gateway(self) -> TwilioCalls:
        if self._made is None:
            settings = self._desk.settings
            if settings.telephony_gateway != "twilio":
                raise NotFound("carrier")
            made = telephony.make("twilio", settings.gateway("twilio"), self._desk.public_url)
            if not isinstance(made, TwilioCalls):
                raise NotFound("carrier")
            self._made = made
        return self._made

    async def _signed(self, request: Request) -> tuple[TwilioCalls, Fields, Session]:
        gateway = self._gateway()
        knock = await _read(request, self._desk)
        gateway.check(knock.url, knock.form, knock.headers)
        return gateway, knock.fields, self._desk.acting(Actor(kind="carrier", name=gateway.name))

    async def status(self, request: Request) -> Response:
        """A call rings, was answered, is over."""
        gateway = self._gateway()
        knock = await _read(request, self._desk)
        found = gateway.read_status(knock.url, knock.form, knock.headers)
        if found is not None:
            session = self._desk.acting(Actor(kind="carrier", name=gateway.name))
            await session.run(dialling.progress, gateway=gateway.name, **asdict(found))
        return Response(status_code=204)

    async def incoming(self, request: Request) -> Response:
        """Somebody calls our number."""
        gateway, fields, session = await self._signed(request)
        caller = fields.get("From", "")
        org = await session.read(callers.home_of, caller, gateway.organization)
        if org is not None:
            await session.run(
                calls.incoming,
                org,
                from_number=caller,
                to_number=fields.get("To", ""),
                gateway=gateway.name,
                provider_id=fields.get("CallSid"),
            )
        return _answer(gateway.welcome(caller if caller.startswith("+") else ""))

    async def picked(self, request: Request) -> Response:
        """The operator's telephone was picked up for an inbound call: a long one must not look like one nobody took."""
        gateway, fields, session = await self._signed(request)
        if fields.get("CallStatus") == "in-progress":
            sid = fields.get("ParentCallSid", "")
            await session.run(dialling.progress, gateway=gateway.name, provider_id=sid, status="answered")
        return Response(status_code=204)

    async def dialled(self, request: Request) -> Response:
        """The operator's telephone was rung for an inbound call: with what result."""
        gateway, fields, session = await self._signed(request)
        sid, result = fields.get("CallSid", ""), fields.get("DialCallStatus", "")
        if result in {"completed", "answered"}:
            length = _seconds(fields.get("DialCallDuration"))
            await session.run(dialling.joined, gateway=gateway.name, provider_id=sid, duration_seconds=length)
            return _answer()
        call = await session.run(dialling.progress, gateway=gateway.name, provider_id=sid, status="missed")
        if call is None:
            return _answer()
        home = await session.read(organizations.get, call.organization_id)
        return _answer(gateway.record_instruction(home.display_name))

    async def voicemail(self, request: Request) -> Response:
        """A caller left a message."""
        gateway, fields, session = await self._signed(request)
        await session.run(
            dialling.left_message,
            gateway=gateway.name,
            provider_id=fields.get("CallSid", ""),
            recording_url=fields.get("RecordingUrl"),
            duration_seconds=_seconds(fields.get("RecordingDuration")) or 0,
        )
        return _answer()

    async def transcription(self, request: Request) -> Response:
        """The words of a message."""
        gateway, fields, session = await self._signed(request)
        text = fields.get("TranscriptionText", "")
        if fields.get("TranscriptionStatus") == "completed" and text:
            sid = fields.get("CallSid", "")
            await session.run(dialling.transcribed, gateway=gateway.name, provider_id=sid, text=text)
        return Response(status_code=204)
