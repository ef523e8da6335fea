"""The ApifyCloud dialect: scheduled video calls of an app, which is an organization."""

from callboard.services.limits import RateLimit
from callboard.web.contract import Dialect
from callboard.web.dialects.apifycloud import examples, refusals, routes, shapes

DIALECT = Dialect(
    name="apifycloud",
    title="ApifyCloud",
    base="/apifycloud",
    summary="Scheduled video calls with guests.",
    routes=routes.routes,
    refuse=refusals.refuse,
    error=shapes.Error,
    error_example=examples.ERROR,
    # The contract speaks of a client rate limit and gives no number.
    limit=RateLimit(6_000, 60),
)
