"""Widgets every screen may use: header, footer, choices, the paged table, master and detail."""
