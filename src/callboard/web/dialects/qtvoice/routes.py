"""QTvoice's operations, in the order of the contract. A module a resource: together they would be too long a file."""

from __future__ import annotations

from callboard.web.contract import Routes
from callboard.web.dialects.qtvoice import contacts, sms, telephony

routes = Routes()
for part in (telephony.routes, sms.routes, contacts.routes):
    routes.operations += part.operations
