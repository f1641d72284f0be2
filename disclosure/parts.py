"""Which organisations are decided, audited or published together.

Belongs here: dividing cells and figures into parts, so that memory does not grow with them. Does not belong here: what
happens to a part. Cells of different organisations are never tied by an equation, so any division is a right one.
"""

from collections.abc import Iterable, Iterator

_CELLS_AT_ONCE = 100_000


def parts(sizes: Iterable[tuple[str, int]], at_once: int = _CELLS_AT_ONCE) -> Iterator[str]:
    """SQL lists of organisation ids, each of at most about `at_once` rows; `sizes` gives each organisation's number.

    Without organisations there is one part, of none.
    """
    taken: list[str] = []
    rows = 0
    for organisation_id, size in sizes:
        if taken and rows + size > at_once:
            yield _sql_list(taken)
            taken, rows = [], 0
        taken.append(organisation_id)
        rows += size
    yield _sql_list(taken)


def _sql_list(organisation_ids: list[str]) -> str:
    quoted = ("'" + one.replace("'", "''") + "'" for one in organisation_ids)
    return f"({', '.join(quoted) or 'null'})"
