"""The headers that bind a page: what it may load, which devices it may open, who may learn its address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from callboard.domain.bookings import Features
from callboard.domain.rooms import Role
from callboard.web.rooms.sdp import may_send

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?\Z|\[[0-9A-Fa-f:.]+\](:\d{1,5})?\Z")
_NEVER = ("geolocation", "payment", "usb", "serial", "midi", "magnetometer", "gyroscope", "accelerometer")


def permissions(role: Role | None, features: Features | None) -> str:
    """Permissions-Policy: the browser itself refuses a device that the room does not have for this role."""
    allowed = may_send(role, features) if role is not None and features is not None else (False, False, False)
    own = dict(zip(("microphone", "camera", "display-capture"), allowed, strict=True))
    yes = role is not None
    own |= {"autoplay": yes, "fullscreen": yes, "speaker-selection": yes, "picture-in-picture": yes}
    return ", ".join([f"{name}={'(self)' if on else '()'}" for name, on in own.items()] + [f"{n}=()" for n in _NEVER])


def content(nonce: str, host: str, frames: tuple[str, ...] = ()) -> str:
    """Content-Security-Policy: our own files only. ``frames`` are origins a room gateway's page comes from."""
    # 'self' does not cover the WebSocket in older Safari, so it is named as well.
    frame_src = " ".join(frames) or "'none'"
    sockets = f" ws://{host} wss://{host}" if _HOST.match(host) else ""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "media-src 'self' blob: data:",
            f"connect-src 'self'{sockets}",
            f"frame-src {frame_src}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
    )


def page(nonce: str, host: str, role: Role | None, features: Features | None, frames: tuple[str, ...] = ()) -> dict[str, str]:
    """Everything a page is sent with."""
    return {
        "Content-Security-Policy": content(nonce, host, frames),
        "Permissions-Policy": permissions(role, features),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }


def same_origin(origin: str | None, host: str | None, public_url: str) -> bool:
    """Whether a WebSocket's Origin is this server, as it was addressed or as it is known to customers."""
    if not origin:
        return False  # every browser sends one; whoever does not is none
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    return parts.netloc.lower() in {(host or "").lower(), urlsplit(public_url).netloc.lower()} - {""}
