"""A calendar server on loopback: ETags, redirects, failures, and a count of what it was asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler

from support import Peer


def ics(*events: str, zone: str = "America/New_York") -> bytes:
    """A calendar file; each event is its lines between BEGIN and END, parted by newlines."""
    bodies = "".join(f"BEGIN:VEVENT\r\n{event.strip().replace(chr(10), chr(13) + chr(10))}\r\nEND:VEVENT\r\n" for event in events)
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nX-WR-TIMEZONE:{zone}\r\n"
    return f"{head}{bodies}END:VCALENDAR\r\n".encode()


@dataclass
class CalendarPeer:
    """``body`` is the calendar; ``status`` overrides the answer; ``asked`` the conditional headers of each request."""

    body: bytes = field(default_factory=ics)
    status: int = 200
    location: str = ""
    asked: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args) -> None:
                pass

            def do_GET(self) -> None:
                peer.asked.append(self.headers.get("If-None-Match"))
                tag = f'"{sha256(peer.body).hexdigest()[:16]}"'
                moved = peer.location and self.path == "/moved.ics"
                same = self.headers.get("If-None-Match") == tag
                status = 302 if moved else peer.status if peer.status != 200 else 304 if same else 200
                self.send_response(status)
                self.send_header("ETag", tag)
                if moved:
                    self.send_header("Location", peer.location)
                self.end_headers()
                if status == 200:
                    self.wfile.write(peer.body)

        self._server = Peer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
