"""Projects: one customer's job, to which calls and the customer's own photos belong. What a file is, its first bytes say."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LINK_DAYS = 30
MAX_FILES = 200  # a project
_UNSAFE = re.compile(r"[^\w .()-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One customer's job. Its upload link dies at ``link_expires_at`` (UTC seconds) or with ``link_version``."""

    id: str
    organization_id: str
    customer_name: str
    person_id: str | None = None
    customer_phone: str | None = None
    customer_email: str | None = None
    link_version: int = 1
    link_expires_at: int | None = None
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file a customer sent. ``name`` is theirs, for display; ``path`` is ours, relative to the data folder; bytes in ``size``."""

    id: str
    organization_id: str
    project_id: str
    name: str
    path: str
    content_type: str
    size: int
    created_at: int = 0


# content type → the extension we give it
KINDS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
}
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"})


def sniff(head: bytes) -> str | None:
    """The content type of a photo or PDF by its first 16 bytes, whatever its name and sender claim; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "image/heic"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    return None


def display_name(name: str) -> str:
    """What a customer called a file, fit to be shown: no path, no control or direction characters, at most 120 long."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in text if c.isprintable() and unicodedata.category(c) not in {"Cf", "Cs", "Co"})
    return _UNSAFE.sub("_", text).strip(" .")[:120] or "file"
