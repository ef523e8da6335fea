"""The dialects: each a folder here and ONE line in ``REGISTRY``.

A dialect knows services, the domain and what ``web`` offers it (contract, shapes, refusing); no other dialect, no storage.
What a folder holds (``qubesheets`` is the pattern):

``shapes.py``    pydantic shapes of bodies, queries and answers (``Shape``, or ``Camel`` for camelCase) with their bounds;
                 types from ``web.shapes``: Line, Words, Email, Phone, Zone, Instant, and Count/Flag for what arrives as text.
``words.py``     shape ↔ noun, pure: a body into a ``Wish``, a ``Booking`` into the dict that goes out, ids and instants as
                 spelled here.
``routes.py``    ``routes = Routes()`` and handlers ``(work, call) -> Answer``. Each runs in ONE transaction (a reader's for
                 GET), calls service verbs with ``work``, and declares scope, shapes, answers and examples in its decorator.
``examples.py``  the contract's own examples: shown in the document, used by the tests.
``refusals.py``  ``refuse(error, operation) -> Answer``, total over the family of errors: the status by ``refusing.status(error,
                 OWN)``, the body in the contract's error shape, field names of services translated to the wire's.
``hooks.py``     its webhook form (``domain.webhooks.Form``: ``body``, ``headers``), where the contract has webhooks.
``__init__.py``  ``DIALECT = Dialect(name=…, base=…, routes=…, refuse=…, error=…, limit=…, hooks=…)``.

The seam has done before a handler runs: route, key, scope (``None`` only for what any key may ask), rate limit, strict JSON
or form, shape, Idempotency-Key (every POST). A handler never sees HTTP; whatever domain error it raises becomes the dialect's
refusal and rolls back. What is only known after the commit (did a carrier take the message?) goes into the operation's
``after``. Another organization's object is NotFound by itself, because every service verb asks for the organization; an id
that does not parse is NotFound too.

In tests: one adapter in ``tests/dialects/adapters.py`` runs every story through it; the contract's examples in
``test_<name>.py``. Hostile input, scopes, other organizations and schemathesis walk ``DIALECT.operations`` by themselves.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from callboard.web.contract import Dialect

REGISTRY = (  # one line a dialect
    "callboard.web.dialects.qubesheets",
    "callboard.web.dialects.qualifybase",
    "callboard.web.dialects.qtvoice",
    "callboard.web.dialects.involve",
    "callboard.web.dialects.apifycloud",
)


@cache
def load() -> tuple[Dialect, ...]:
    """Every registered dialect, in order."""
    return tuple(import_module(name).DIALECT for name in REGISTRY)
