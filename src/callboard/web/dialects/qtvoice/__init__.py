"""The QTvoice dialect: calls, text messages, contacts, voicemails and extensions under ``/qtvoice``."""

from callboard.services.limits import RateLimit
from callboard.web.contract import Dialect
from callboard.web.dialects.qtvoice import examples, hooks, refusals, routes, shapes

DIALECT = Dialect(
    name="qtvoice",
    title="QTvoice",
    base="/qtvoice",
    summary="Calls, text messages, contacts with a screen pop, voicemails and extensions.",
    routes=routes.routes,
    refuse=refusals.refuse,
    error=shapes.Error,
    error_example=examples.ERROR,
    limit=RateLimit(1000, 3600),
    schemes=("Bearer", "ApiKey"),
    limit_headers=True,
    hooks=hooks,
)
