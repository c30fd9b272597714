"""What is piped into a command: JSON and people's own words are UTF-8, whatever the machine's locale says."""

import io
import sys
from typing import TextIO


def utf8_stdin() -> TextIO:
    """Standard input, read as UTF-8; what is none is replaced, so that one bad line does not end the others."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    return sys.stdin
