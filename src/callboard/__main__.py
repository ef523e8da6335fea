"""The door. The console's own path imports no command-line parser: its first frame waits for nothing it does not show."""

from __future__ import annotations

import sys


def main() -> None:
    """Run callboard with the process's arguments and exit with its status."""
    arguments = sys.argv[1:]
    if not arguments or arguments == ["demo"]:
        from callboard.bootstrap import open_console

        sys.exit(open_console(demo=bool(arguments)))
    from callboard.cli import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
