"""The commands, by noun. Bad input: exit 2 and one line that names the field; a refused booking: exit 3 with what is open instead."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from callboard import __version__
from callboard.cli.common import EXIT_FAILED, EXIT_INPUT, EXIT_REFUSED, Denied, say_error
from callboard.domain.errors import CallboardError, Forbidden, Invalid, KeyReused, NotFound, Refused

NOUNS = (
    "organizations",
    "agents",
    "availability",
    "bookings",
    "blocks",
    "keys",
    "messages",
    "calls",
    "campaigns",
    "calendars",
    "webhooks",
    "people",
)


def build() -> App:
    """The command tree; a noun's module is imported when its command is used."""
    app = App(
        name="callboard",
        version=__version__,
        help="Schedule and run customer video calls: a terminal console, a booking engine, an HTTP API in five dialects.",
        help_format="plaintext",
    )
    for noun in NOUNS:
        app.command(f"callboard.cli.{noun}:app", name=noun)
    app.command("callboard.cli.faces:open_console", name="console")
    app.command("callboard.cli.faces:demo", name="demo")
    app.command("callboard.cli.faces:serve", name="serve")
    app.command("callboard.cli.faces:web", name="web")
    app.command("callboard.cli.system:locate", name="locate")
    app.command("callboard.cli.system:doctor", name="doctor")
    app.command("callboard.cli.system:completion", name="completion")
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status."""
    words = list(arguments)
    if words and words[0].startswith("--") and words[0] not in {"--help", "--version"}:
        words.insert(0, "console")  # `callboard --serve` is the console with the API beside it
    try:
        build()(words, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        say_error(" ".join(str(error).split()))
        return EXIT_INPUT
    except Denied as denied:
        return denied.report()
    except (Invalid, NotFound) as error:
        say_error(str(error))
        return EXIT_INPUT
    except Refused as error:
        say_error(f"refused: {error}")
        return EXIT_REFUSED
    except (Forbidden, KeyReused, CallboardError) as error:
        say_error(str(error))
        return EXIT_FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_FAILED
    return 0
