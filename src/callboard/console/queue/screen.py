"""The queue screen."""

from __future__ import annotations

from callboard.console.page import Page


class Queue(Page):
    """To come."""

    ID = "queue"
