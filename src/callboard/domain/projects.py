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
    """One file of a customer's. ``name`` is theirs, to show; ``path`` is ours, relative to the data folder; ``size`` in bytes."""

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
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"})


def sniff(head: bytes) -> str | None:
    """The content type of a photo or PDF by its first 16 bytes, whatever its name and sender claim; None for anything else."""
    for start, kind in _MAGIC:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if head[4:8] == b"ftyp" and head[8:12] in _HEIC else None


def display_name(name: str) -> str:
    """What a customer called a file, fit to be shown: no path, no control or direction characters, at most 120 long."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in text if c.isprintable() and unicodedata.category(c) not in {"Cf", "Cs", "Co"})
    return _UNSAFE.sub("_", text).strip(" .")[:120] or "file"
