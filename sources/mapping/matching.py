"""Which files of an organisation's folder a mapping covers.

Belongs here: the glob of `source.match` and of frame files. Does not belong here: the names of columns
(`model`) and what happens to a file that no mapping, or more than one, covers (intake).
"""

import fnmatch
import re
from functools import lru_cache

from sources.mapping.fields import normalised

_CROSSING = "**"


def matches(pattern: str, relative_key: str) -> bool:
    """Whether a key, relative to the organisation's folder, is covered by the glob; case-sensitive.

    `*`, `?` and `[...]` stay within a folder, `**` crosses folders (also none). A key with a part that begins
    with `_` or `.` is never covered.
    """
    parts = tuple(normalised(relative_key).split("/"))
    if any(part.startswith(("_", ".")) or not part for part in parts):
        return False
    return any(_covers(variant, parts) for variant in _variants(normalised(pattern)))


@lru_cache(maxsize=4096)
def _variants(pattern: str) -> tuple[tuple[str, ...], ...]:
    """The pattern as lists of parts in which `**` stands alone: `a**b` is both `a*b` and `a*/**/*b`."""
    variants: list[tuple[str, ...]] = [()]
    for part in pattern.split("/"):
        spelled: list[tuple[str, ...]] = [(part,)]
        if _CROSSING in part and part != _CROSSING:
            before, after = part.split(_CROSSING, 1)
            spelled = [(f"{before}*{after}",), (f"{before}*", _CROSSING, f"*{after}")]
        variants = [(*variant, *parts) for variant in variants for parts in spelled]
    return tuple(variants)


def _covers(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    # reachable[i]: the first i parts of the key are covered by the part of the pattern seen so far.
    reachable = [True] + [False] * len(parts)
    for piece in pattern:
        if piece == _CROSSING:
            for index in range(1, len(reachable)):
                reachable[index] = reachable[index] or reachable[index - 1]
            continue
        rule = _rule(piece)
        fits = [rule.match(part) is not None for part in parts]
        reachable = [False] + [reachable[index] and fits[index] for index in range(len(parts))]
    return reachable[-1]


@lru_cache(maxsize=4096)
def _rule(piece: str) -> re.Pattern[str]:
    # fnmatch takes `**` inside a part as `*`; its expressions do not backtrack over several stars.
    return re.compile(fnmatch.translate(piece))
