"""What rows say, in one hash: every difference in content shows, and nothing else does."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from orchestration.content_hash import digest_of

COLUMNS = {
    "text": ["a", "", None, "é"],
    "other": ["b", "bc", "d", ""],
    "number": [1, None, 0, -5],
    "figure": [0.5, -1.25, None, 0.0],
    "flag": [True, None, False, True],
    "day": [date(2025, 1, 1), None, date(1970, 1, 1), date(2026, 12, 31)],
    "moment": [datetime(2025, 1, 1, tzinfo=UTC), None, None, datetime(1970, 1, 1, tzinfo=UTC)],
    "value": [Decimal("1.5"), None, Decimal("0.0"), Decimal("10.0")],
}


def test_slices_and_chunks_say_the_same() -> None:
    whole = pa.table(COLUMNS)
    chunked = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 3)])
    within = pa.concat_tables([whole, whole]).combine_chunks().slice(4, 4)
    assert digest_of(whole) == digest_of(chunked) == digest_of(within)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_a_value_and_no_value_differ(name: str) -> None:
    seen = set()
    for values in (COLUMNS[name], COLUMNS[name][::-1], [None, *COLUMNS[name][1:]]):
        changed = {**COLUMNS, name: pa.array(values, pa.table(COLUMNS)[name].type)}
        seen.add(digest_of(pa.table(changed)))
    assert len(seen) == 3


def test_a_text_does_not_run_into_the_next() -> None:
    one, other = pa.table({"a": ["ab", "c"]}), pa.table({"a": ["a", "bc"]})
    assert digest_of(one) != digest_of(other)
    assert digest_of(pa.table({"a": [""]})) != digest_of(pa.table({"a": pa.array([None], pa.string())}))
