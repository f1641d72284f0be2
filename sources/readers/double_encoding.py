"""Text that was encoded twice, or read in another codec on the way: an accented letter shows as two odd characters.

Belongs here: recognising it. Does not belong here: repairing it; what was meant cannot be told with certainty.
"""

from __future__ import annotations

import re

# What the first byte of a two-byte character, and of a curly quote, becomes in the codecs of office computers.
_CODECS = {"cp1252": ("\u00c3", "\u00c2", "\u00e2\u20ac"), "mac_roman": ("\u221a",), "cp850": ("\u251c",)}
_MARKS = tuple(mark.encode() for marks in _CODECS.values() for mark in marks)
_NOT_ASCII = re.compile("[^\0-\x7f]{2,}")


def double_encoded_lines(block: bytes) -> int:
    """How many lines of a UTF-8 block hold characters that, put back in an older codec, are UTF-8 again."""
    if block.isascii() or not any(mark in block for mark in _MARKS):
        return 0
    return sum(1 for line in block.split(b"\n") if any(mark in line for mark in _MARKS) and _is_double(line))


def _is_double(line: bytes) -> bool:
    return any(_is_utf8_again(run, codec) for run in _NOT_ASCII.findall(line.decode()) for codec in _CODECS)


def _is_utf8_again(run: str, codec: str) -> bool:
    try:
        # The five bytes that cp1252 lacks are kept as they are by most programs.
        before = b"".join(
            sign.encode("latin-1") if "\x80" <= sign <= "\x9f" else sign.encode(codec) for sign in run
        )
        before.decode()
    except UnicodeError:
        return False
    return True
