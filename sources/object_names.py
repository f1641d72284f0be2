"""Names of objects in an organisation's folder: which are left alone, and which no file may have.

Belongs here: rules over a key relative to that folder. Does not belong here: listing, and the receipt that follows.
"""

import unicodedata

# What we write, and what we look for ourselves.
OUR_FOLDERS = frozenset({"_ontvangst", "_besluiten", "_verwijderverzoeken"})
MAX_CHARACTERS = 800

# Control characters, lone surrogates, invisible and bidirectional formatting: names that deceive or cannot be written.
_UNNAMEABLE = frozenset({"Cc", "Cs", "Cf", "Zl", "Zp"})
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_BEING_EDITED = ("~$", ".~lock")
_CLUTTER = ("thumbs.db", ".ds_store", "desktop.ini")
_STEPS = (".", "..")


def is_left_alone(key: str) -> bool:
    """Whether the key lies in a folder of ours at the top, or in a hidden folder or under a hidden name anywhere."""
    first, *rest = key.split("/")
    return _is_hidden(first) or any(_is_hidden(part) and part not in OUR_FOLDERS for part in rest)


def _is_hidden(part: str) -> bool:
    return part.startswith(("_", ".")) and part not in _STEPS and not part.startswith(_BEING_EDITED)


def is_misnamed(key: str) -> bool:
    """Whether no file may have this key: content under it is not read."""
    parts = key.split("/")
    return (
        len(key) > MAX_CHARACTERS
        or any(not part or part in _STEPS for part in parts)
        or any(part in OUR_FOLDERS for part in parts)
        or any(unicodedata.category(sign) in _UNNAMEABLE for sign in key)
    )


def is_unfinished(key: str) -> bool:
    """Whether the name says that somebody's program is still busy with the file."""
    name = _name(key)
    return name.endswith(_UNFINISHED) or name.startswith(_BEING_EDITED)


def is_clutter(key: str) -> bool:
    """Whether a desktop left the file behind."""
    return _name(key) in _CLUTTER


def _name(key: str) -> str:
    return key.rpartition("/")[2].lower()
