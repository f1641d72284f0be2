"""The console that summaries are printed on."""

import sys

from rich.console import Console

_WIDTH = 140


def console_for_people() -> Console:
    """A console for people; wide enough for a line each when it is no terminal that has a width of its own."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDTH)
