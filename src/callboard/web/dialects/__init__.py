"""The dialects: each a folder here and ONE line in ``REGISTRY``. A dialect knows services, the domain and ``web.contract``; no other
dialect, no storage.

What a folder holds (``qubesheets`` is the pattern):

``shapes.py``    pydantic shapes of bodies, queries and answers (``Shape``, or ``Camel`` for camelCase), with bounds and the contract's
                 own example values; types from ``web.shapes``: Line, Words, Email, Phone, Zone, Instant, and Count/Flag for text.
``words.py``     shape ↔ noun, pure: a body into a ``Wish``, a ``Booking`` into the dict that goes out, instants and ids as spelled here.
``routes.py``    ``routes = Routes()`` and handlers ``(work, call) -> Answer``: each runs in ONE transaction (a reader's for GET), calls
                 service verbs with ``work``, and declares scope, shapes, documented answers and examples in its decorator.
``refusals.py``  ``refuse(error, operation) -> Answer``, total over the family of errors: status by ``refusing.status(error, OWN)``, the
                 body in the contract's error shape; field names of services translated to the wire's.
``hooks.py``     its webhook form (``domain.webhooks.Form``: ``body``, ``headers``), where the contract has webhooks.
``__init__.py``  ``DIALECT = Dialect(name=…, base=…, routes=…, refuse=…, error=…, limit=…, hooks=…)``.

The seam has done before a handler runs: route, key, scope (``None`` only for what any key may ask), rate limit, strict JSON, shape,
Idempotency-Key (every POST). A handler never sees HTTP; whatever it raises becomes the dialect's refusal. For a fact that is only known
after the commit (was the message delivered?) an operation has ``after``. Another organization's object is NotFound by itself, because
services ask for the organization; an id that does not parse is NotFound too.

In tests: one adapter in ``tests/dialects/adapters.py`` runs every story through it, examples of the contract in ``test_<name>.py``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from callboard.web.contract import Dialect

REGISTRY = (
    "callboard.web.dialects.qubesheets",
)  # fmt: skip


@cache
def load() -> tuple[Dialect, ...]:
    """Every registered dialect, in order."""
    return tuple(import_module(name).DIALECT for name in REGISTRY)
