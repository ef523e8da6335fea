"""Reading beside the drawing: of several questions of a group only the newest is worth an answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.widget import Widget


def newest(widget: Widget, group: str, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
    """Run ``work`` soon; an older one of the group is dropped.

    The function is handed over, not its coroutine: one that never gets to run is then never made.
    """

    async def made() -> None:
        await work(*args)

    widget.run_worker(cast("Any", made), group=group, exclusive=True, exit_on_error=False)
