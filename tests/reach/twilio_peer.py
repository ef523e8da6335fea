"""A Twilio of our own on loopback: Messages.json and Calls.json over real HTTP, Basic auth, Twilio's words for errors.

What it calls back it signs with the vendor's own RequestValidator, so our check is held against theirs, and theirs against ours.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from support import Peer

SID = "AC" + "1" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER = "+15005550006"
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used on http; making one anew for each request costs 20 ms


@dataclass
class TwilioPeer:
    """``messages`` and ``calls`` are what was asked for; ``breaks`` answers the next requests with these statuses instead."""

    now: Callable[[], float] = time.time
    messages: list[dict] = field(default_factory=list)
    calls: list[dict] = field(default_factory=list)
    breaks: list[tuple[int, dict, dict]] = field(default_factory=list)
    swallow: int = 0  # take this many, answer nothing: the connection drops after the message was accepted
    unsubscribed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.validator = RequestValidator(TOKEN)
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args) -> None:
                pass

            def answer(self, status: int, body: dict, headers: dict | None = None) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def authorized(self) -> bool:
                wanted = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
                if self.headers.get("Authorization") == wanted:
                    return True
                self.answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
                return False

            def do_GET(self) -> None:
                if self.authorized():
                    to = parse_qs(urlsplit(self.path).query).get("To", [None])[0]
                    found = [m for m in reversed(peer.messages) if to in {None, m["to"]}]
                    self.answer(200, {"messages": found, "page": 0, "page_size": 50})

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if self.authorized():
                    peer.take(self, dict(parse_qsl(raw, keep_blank_values=True)))

        self._server = Peer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # a caller that was killed in the middle is what some tests are about
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, handler, form: dict[str, str]) -> None:
        if self.breaks:
            return handler.answer(*self.breaks.pop(0))
        resource = urlsplit(handler.path).path
        if resource == f"/2010-04-01/Accounts/{SID}/Messages.json":
            return self._message(handler, form)
        if resource == f"/2010-04-01/Accounts/{SID}/Calls.json":
            return self._call(handler, form)
        return handler.answer(404, {"code": 20404, "message": "not found", "status": 404})

    def _message(self, handler, form: dict[str, str]) -> None:
        if not form.get("Body"):
            return handler.answer(400, {"code": 21602, "message": "Message body is required.", "status": 400})
        if not form.get("To", "").startswith("+"):
            return handler.answer(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400})
        if form["To"] in self.unsubscribed:
            return handler.answer(400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400})
        made = {
            "sid": "SM" + secrets.token_hex(16),
            "account_sid": SID,
            "to": form["To"],
            "from": form.get("From"),
            "body": form["Body"],
            "status": "queued",
            "direction": "outbound-api",
            "date_created": formatdate(self.now(), usegmt=True),
            "error_code": None,
        }
        self.messages.append({**made, "form": form})
        if self.swallow:
            self.swallow -= 1
            handler.close_connection = True
            return handler.connection.close()
        return handler.answer(201, made)

    def _call(self, handler, form: dict[str, str]) -> None:
        if not (form.get("To") and form.get("From") and (form.get("Url") or form.get("Twiml"))):
            return handler.answer(400, {"code": 21205, "message": "Url parameter is required.", "status": 400})
        made = {"sid": "CA" + secrets.token_hex(16), "to": form["To"], "from": form["From"], "status": "queued"}
        self.calls.append({**made, "form": form})
        return handler.answer(201, made)

    # --- calling back ---
    def post(self, url: str, fields: dict[str, str], *, token: str = TOKEN) -> httpx.Response:
        """A signed webhook, as Twilio sends it."""
        signed = RequestValidator(token).compute_signature(url, fields)
        return httpx.post(url, data=fields, headers={"X-Twilio-Signature": signed}, trust_env=False, verify=_PLAIN)

    def report(self, message: dict, status: str, **more: str) -> httpx.Response:
        fields = {"MessageSid": message["sid"], "MessageStatus": status, "To": message["to"], "AccountSid": SID, **more}
        return self.post(message["form"]["StatusCallback"], fields)

    def report_call(self, call: dict, status: str, **more: str) -> httpx.Response:
        fields = {"CallSid": call["sid"], "CallStatus": status, "To": call["to"], "From": call["from"], **more}
        return self.post(call["form"]["StatusCallback"], fields)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
