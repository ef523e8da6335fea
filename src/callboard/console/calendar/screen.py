"""The calendar screen."""

from __future__ import annotations

from callboard.console.page import Page


class Calendar(Page):
    """To come."""

    ID = "calendar"
