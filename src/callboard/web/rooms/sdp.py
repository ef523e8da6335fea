"""What the server does to session descriptions on their way: bandwidth, and who may send what.

Enforced here because a page can be rewritten by whoever runs it: a browser that was served nothing but our signalling still gets
an answer that does not let the other side send. The order of media sections is fixed (audio, camera, screen), so that a section's
place says what it is for; data channels are refused, because chat goes through the server.
"""

from __future__ import annotations

from callboard.domain.bookings import Features
from callboard.domain.errors import NotAllowed
from callboard.domain.rooms import Role

MAX_SDP = 48 * 1024
SECTIONS = ("audio", "video", "video")  # microphone, camera, screen
_AUDIO_KBPS = 64
_SENDING = {"a=sendrecv": "a=recvonly", "a=sendonly": "a=inactive"}
_DIRECTIONS = frozenset({"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"})


def may_send(role: Role, features: Features) -> tuple[bool, bool, bool]:
    """Whether a role may send microphone, camera, screen."""
    camera = features.webcam_agent if role == "agent" else features.webcam_customer
    return features.microphone, camera, features.screen_sharing


def police(sdp: str, role: Role, features: Features) -> str:
    """A description from ``role`` as the other side may see it; NotAllowed when it asks for what the room does not have."""
    if len(sdp) > MAX_SDP or "\0" in sdp:
        raise NotAllowed("that description is too long")
    head, *sections = _split(sdp)
    if len(sections) > len(SECTIONS):
        raise NotAllowed("a call has one microphone, one camera and one screen")
    out = [*(line for line in head if not line.startswith("b="))]
    for section, kind, allowed in zip(sections, SECTIONS, may_send(role, features), strict=False):
        if not section[0].startswith(f"m={kind} "):
            raise NotAllowed("only audio, camera and screen, in that order")
        out += _section(section, allowed=allowed, kbps=_share(kind, features.bandwidth_kbps))
    return "\r\n".join(out) + "\r\n"


def _split(sdp: str) -> list[list[str]]:
    """The session's lines, then each media section's."""
    parts: list[list[str]] = [[]]
    for line in sdp.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.startswith("m="):
            parts.append([])
        if line:
            parts[-1].append(line)
    return parts


def _share(kind: str, kbps: int | None) -> int | None:
    """One section's part of the call's bandwidth: speech first, the rest for pictures."""
    if kbps is None:
        return None
    audio = min(_AUDIO_KBPS, max(16, kbps // 4))
    return audio if kind == "audio" else max(32, kbps - audio)


def _section(lines: list[str], *, allowed: bool, kbps: int | None) -> list[str]:
    kept = [line for line in lines if not line.startswith("b=")]
    if not allowed:
        # A section without a direction means sendrecv (RFC 8866), so leaving it out must not help.
        if not any(line in _DIRECTIONS for line in kept):
            kept.append("a=recvonly")
        kept = [_SENDING.get(line, line) for line in kept if not line.startswith(("a=ssrc", "a=msid"))]
    if kbps is not None:
        # b= comes after c= (RFC 8866 orders the lines); Chromium reads AS, Firefox reads TIAS.
        place = 2 if len(kept) > 1 and kept[1].startswith("c=") else 1
        kept[place:place] = [f"b=AS:{kbps}", f"b=TIAS:{kbps * 1000}"]
    return kept


def candidate(value: object) -> dict[str, object] | None:
    """A network candidate with nothing in it but what one has; None for the end of candidates."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise NotAllowed("that is not a candidate")
    line, mid, index = value.get("candidate"), value.get("sdpMid"), value.get("sdpMLineIndex")
    if not isinstance(line, str) or len(line) > 1024 or not line.isprintable():
        raise NotAllowed("that is not a candidate")
    found: dict[str, object] = {"candidate": line}
    if isinstance(mid, str) and len(mid) <= 32:
        found["sdpMid"] = mid
    if isinstance(index, int) and 0 <= index < len(SECTIONS):
        found["sdpMLineIndex"] = index
    return found
