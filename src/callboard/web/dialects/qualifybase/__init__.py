"""The QualifyBase dialect: /api/v1 under keys that begin with qbk_live_."""

from callboard.web.contract import Dialect
from callboard.web.dialects.qualifybase import clinic, examples, hooks, refusals, routes
from callboard.web.dialects.qualifybase.answers import Error

DIALECT = Dialect(
    name="qualifybase",
    title="QualifyBase",
    base="/qualifybase",
    summary="Leads, availability, appointments, campaigns and webhooks of one clinic.",
    routes=routes.routes,
    refuse=refusals.refuse,
    error=Error,
    error_example=examples.ERROR,
    limit=clinic.LIMIT,
    openapi_path="/api/v1/openapi.json",
    hooks=hooks,
)
