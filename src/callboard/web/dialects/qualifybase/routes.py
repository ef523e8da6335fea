"""QualifyBase's eighteen operations, gathered from the modules of their nouns in the contract's order."""

from __future__ import annotations

from callboard.web.contract import Routes
from callboard.web.dialects.qualifybase import appointments, availability, campaigns, clinic, leads, webhooks

routes = Routes()
for part in (clinic, leads, appointments, availability, campaigns, webhooks):
    routes.operations += part.routes.operations
