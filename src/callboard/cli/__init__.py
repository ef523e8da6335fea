"""The commands, by noun. Bad input: exit 2 and one line naming the field; a refused booking: exit 3 with what is open instead."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from callboard import __version__
from callboard.cli.common import EXIT_FAILED, EXIT_INPUT, EXIT_REFUSED, Denied, say_error
from callboard.domain.errors import CallboardError, Forbidden, Invalid, KeyReused, NotFound, Refused

NOUNS = {
    "organizations": "Organizations: add, list, change (policy, branding).",
    "agents": "Agents: add, list, change, days off and time off.",
    "availability": "Open slots from a day to a day.",
    "bookings": "Bookings: add, list, show, move, cancel, confirm.",
    "blocks": "Blocked time: add, list, remove.",
    "people": "People (leads and contacts): add, find.",
    "keys": "API keys: add, list, revoke.",
    "messages": "Text messages: list, read, send.",
    "projects": "Upload projects: list, and the files customers sent.",
    "calls": "Telephone calls: list, place, mark.",
    "campaigns": "Outbound campaigns: add, import, start, next.",
    "calendars": "Calendars: feeds and imports.",
    "webhooks": "Webhook endpoints and their deliveries.",
}


COMMANDS = {
    "console": ("faces:open_console", "Open the console (also: callboard with no command)."),
    "demo": ("faces:demo", "Open the console on a sample day, thrown away at the end."),
    "serve": ("faces:serve", "Run headless: HTTP API and scheduler, until SIGTERM."),
    "web": ("faces:web", "Serve the console in a browser."),
    "locate": ("system:locate", "Say where the database, config, themes or log lie."),
    "doctor": ("system:doctor", "Name what is stuck."),
    "completion": ("system:completion", "Print a completion script for bash, zsh or fish."),
}

NO_TEXT = "an argument holds bytes that are no text"  # they arrive as half characters


def build() -> App:
    """The command tree; a noun's module is imported when its command is used."""
    app = App(
        name="callboard",
        version=__version__,
        help="Schedule and run customer video calls: a terminal console, a booking engine, an HTTP API in five dialects.",
        help_format="plaintext",
    )
    for noun, words in NOUNS.items():
        app.command(f"callboard.cli.{noun}:app", name=noun, help=words)
    for name, (where, words) in COMMANDS.items():
        app.command(f"callboard.cli.{where}", name=name, help=words)
    return app


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - one exit a kind of ending
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
    except (Invalid, NotFound, UnicodeEncodeError) as error:
        say_error(NO_TEXT if isinstance(error, UnicodeEncodeError) else str(error))
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
