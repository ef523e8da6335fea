"""A sixth dialect, made of the same parts and mounted by one line in conftest.py: proof that nothing else must change."""

from callboard.services.limits import RateLimit
from callboard.web.contract import Dialect
from dialects.toy import routes

DIALECT = Dialect(
    name="toy",
    title="Toy",
    base="/toy",
    summary="The smallest dialect that can book.",
    routes=routes.routes,
    refuse=routes.refuse,
    error=routes.No,
    error_example={"no": "slot_taken"},
    limit=RateLimit(1_000_000, 60),
)
