"""The Involve dialect: appointments under ``/involve``."""

from callboard.services.limits import RateLimit
from callboard.web.contract import Dialect
from callboard.web.dialects.involve import examples, pages, refusals, routes, shapes, words

DIALECT = Dialect(
    name="involve",
    title="Involve",
    base=routes.BASE,
    summary="Appointments with claimants, each with a room for agent and claimant.",
    routes=routes.routes,
    refuse=refusals.refuse,
    error=shapes.Error,
    error_example=examples.ERROR,
    # The contract names no limit: this one only keeps a runaway program from the rest, and is not meant to be felt.
    limit=RateLimit(120_000, 60),
    pages={words.SUMMARY: pages.summary},
)
