"""Whom this program trusts on the network, read once: the list of authorities costs 20 ms each time it is read."""

from __future__ import annotations

import contextlib
import ssl
from functools import cache

import httpx


@cache
def of_this_computer() -> ssl.SSLContext:
    """The authorities this computer trusts, a company's own among them: for addresses that people give."""
    context = ssl.create_default_context()
    with contextlib.suppress(NotImplementedError):
        context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def public() -> ssl.SSLContext:
    """The public authorities as httpx ships them: for the carriers' own addresses."""
    return httpx.create_ssl_context(trust_env=False)
