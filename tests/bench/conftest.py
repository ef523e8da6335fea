"""Prints the figures of a run as one table."""

from __future__ import annotations

from typing import Any

import pytest

from bench.figures import ROWS, Figures


@pytest.fixture(scope="session")
def figures() -> Figures:
    return Figures()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not ROWS:
        return
    terminalreporter.section("figures")
    widths = [max(len(row[n]) for row in ROWS) for n in range(4)]
    for row in ROWS:
        terminalreporter.write_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    ROWS.clear()
