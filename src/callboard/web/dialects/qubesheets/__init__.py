"""The Qubesheets dialect: video calls and upload projects under ``/qubesheets``."""

from callboard.services.limits import RateLimit
from callboard.web.contract import Dialect
from callboard.web.dialects.qubesheets import examples, refusals, routes, shapes

DIALECT = Dialect(
    name="qubesheets",
    title="Qubesheets",
    base="/qubesheets",
    summary="Video calls with join links, and projects whose customers send photos.",
    routes=routes.routes,
    refuse=refusals.refuse,
    error=shapes.Error,
    error_example=examples.ERROR,
    # The contract names no limit: this one only keeps a runaway program from the rest, and is not meant to be felt.
    limit=RateLimit(120_000, 60),
)
