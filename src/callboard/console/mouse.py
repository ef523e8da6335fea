"""The mouse, taken or left to the terminal while the program runs: left, the terminal's own selecting and copying works again.

On the driver's private methods: Textual takes the mouse at its start for good. A driver without them (a test's) has no mouse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callboard.console.app import CallboardApp


def turn(app: CallboardApp) -> None:
    """Take the mouse when the terminal has it, leave it when we have it, and say which."""
    driver: Any = app._driver  # noqa: SLF001 - the pinned Textual has no other way to it
    if not hasattr(driver, "_enable_mouse_support"):
        app.say("there is no mouse here", "warning")
    elif driver._mouse:  # noqa: SLF001 - as above
        driver._disable_mouse_support()  # noqa: SLF001 - as above
        driver._mouse = False  # noqa: SLF001 - what a return from the editor looks at
        app.say("the mouse is the terminal's now: select and copy as anywhere")
    else:
        driver._mouse = True  # noqa: SLF001 - as above
        driver._enable_mouse_support()  # noqa: SLF001 - as above
        app.say("the mouse clicks, scrolls and carries here again")
