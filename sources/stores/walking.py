"""Walking a store that has folders: what a listing of them gives, however the folders are asked.

Belongs here: descending, and telling files from what is none. Does not belong here: asking for the entries of a folder
(`local`, `sftp`).
"""

import stat
from collections.abc import Callable
from dataclasses import dataclass

from sources.object_names import MAX_CHARACTERS, is_left_alone
from sources.stores.store import Listed, ObjectChanged, ObjectUnreadable, utc_text


@dataclass(frozen=True)
class Entry:
    """One name in a folder; `mode` as in `stat`, `modified_at` in seconds since 1970."""

    name: str
    mode: int
    size: int
    modified_at: float

    def listed(self, path: str) -> Listed:
        """The entry as an object of the store."""
        is_file = stat.S_ISREG(self.mode)
        return Listed(
            path, self.size if is_file else 0, utc_text(self.modified_at), "file" if is_file else "special"
        )


Entries = Callable[[str], list[Entry]]


def tree(folder: str, entries_of: Entries) -> list[Listed]:
    """Everything under a folder; a folder inside it that may not be listed stands in the place of its files."""
    found: list[Listed] = []
    ahead = [""]
    while ahead:
        inner = ahead.pop()
        try:
            entries = entries_of(joined(folder, inner))
        except ObjectUnreadable:
            if not inner:
                raise
            found.append(Listed(joined(folder, inner), 0, utc_text(0), "closed"))
            continue
        for one in entries:
            key = joined(inner, one.name)
            if is_left_alone(key):
                continue
            if stat.S_ISDIR(one.mode) and len(key) <= MAX_CHARACTERS:
                ahead.append(key)
            else:
                found.append(one.listed(joined(folder, key)))
    return found


def files(folder: str, entries_of: Entries) -> list[Listed]:
    """What lies directly in a folder, folders left out; nothing when it is not there."""
    try:
        entries = entries_of(folder)
    except ObjectChanged:
        return []
    return [one.listed(joined(folder, one.name)) for one in entries if not stat.S_ISDIR(one.mode)]


def joined(folder: str, name: str) -> str:
    """A path below a folder; either may be empty."""
    return f"{folder}/{name}" if folder and name else folder or name
