"""Webhooks: who is told, how it went, what was said and answered; and what the API was asked."""
