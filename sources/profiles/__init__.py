"""Survey tools: what every export of a tool has in common, one description (`<profile>.yml`) per tool.

Belongs here: the shape of the header, the tool's own columns and which of them are personal data, what shows a
summary instead of responses. Does not belong here: finding all this in a file (the readers) or in a mapping
(`sources.mapping`). An export without responses needs no description: a header alone, or one blank row, is empty.
"""

from sources.profiles.description import (
    Profile,
    ProfileError,
    Summary,
    parse_profile,
    profile_ids,
    profile_of,
    summaries,
)

__all__ = [
    "Profile",
    "ProfileError",
    "Summary",
    "parse_profile",
    "profile_ids",
    "profile_of",
    "summaries",
]
