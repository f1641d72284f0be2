"""What a survey tool's profile forbids in a mapping.

Belongs here: personal data that the tool adds by itself: it may become a pseudonymised key and nothing else.
Does not belong here: which columns those are (`sources.profiles`), and what a file shows (the readers).
"""

from collections.abc import Iterator

from sources.mapping.issues import FieldPath, Finding, quoted
from sources.mapping.shape import Draft
from sources.profiles import profile_of


def profile_findings(draft: Draft) -> Iterator[Finding]:
    """Every column of personal data that the mapping would store, with the field that names it."""
    profile = profile_of(draft.source.profile) if draft.source is not None else None
    if profile is None:
        return
    for path, column in _stored(draft):
        if column is not None and profile.is_personal(column):
            allowed = f"no personal data of {profile.title}: such a column may stand under keys only"
            yield Finding(path, quoted(column), allowed)


def _stored(draft: Draft) -> Iterator[tuple[FieldPath, str | None]]:
    """Every column that is read for something else than a key, and the field in which it stands."""
    if draft.when is not None:
        yield ("when", "column"), draft.when.column
        if draft.when.period_override is not None:
            yield ("when", "period_override", "column"), draft.when.period_override.column
    for name, dimension in draft.dimensions.items():
        yield ("dimensions", name, "column"), dimension.column
    if draft.language is not None:
        yield ("language", "column"), draft.language.column
    if draft.completed is not None:
        yield ("completed", "column"), draft.completed.column
    for index, rule in enumerate(draft.exclude):
        yield ("exclude", index, "column"), rule.column
    if draft.design is not None:
        yield ("design", "weights", "column"), draft.design.weights.column
        for name, count in draft.design.frame.sources().items():
            if count.file is None:
                yield ("design", "frame", name), count.column
    for index, item in draft.items.items():
        yield ("items", index, "column"), item.column
        for column in item.counts or ():
            yield ("items", index, "counts", column), column
