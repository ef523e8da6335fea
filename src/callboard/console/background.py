"""Work beside the drawing. Functions are handed over, not their coroutines: one that never gets to run is then never made."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from textual.dom import DOMNode

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp

Work = Callable[..., Coroutine[Any, Any, Any]]


def soon(node: DOMNode, group: str, work: Work, *args: Any, exclusive: bool = False) -> None:
    """Run ``work``; ``exclusive`` drops what else runs in the group."""

    async def made() -> None:
        await work(*args)

    node.run_worker(cast("Any", made), group=group, exclusive=exclusive, exit_on_error=False)


def newest(node: DOMNode, group: str, work: Work, *args: Any) -> None:
    """Run ``work`` soon; an older one of the group is dropped: only the newest question is worth an answer."""
    soon(node, group, work, *args, exclusive=True)


def told(app: CallboardApp, group: str, work: Work, *args: Any, exclusive: bool = False) -> None:
    """Run ``work`` soon; what goes wrong is told to the person, not thrown."""

    async def guarded() -> None:
        try:
            await work(*args)
        except Exception as error:  # noqa: BLE001 - a refusal in its own words, anything else with where its report stands
            app.trouble(error)

    soon(app, group, guarded, exclusive=exclusive)
