"""Sending to addresses that customers name: a client that looks at where it dials, and the webhook sender on top of it."""

from callboard.gateways.webhooks.guard import Blocked, guarded_client
from callboard.gateways.webhooks.sender import Sender

__all__ = ["Blocked", "Sender", "guarded_client"]
