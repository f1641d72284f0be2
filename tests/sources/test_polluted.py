"""Over five hundred polluted files through the readers: each is read right or refused, none is silently wrong."""

import csv
import io

import pytest
import yaml

from sources.pseudonyms import response_key
from tests.acceptance.mappings import mapping
from tests.acceptance.polluted import (
    CLEAN,
    HEADER,
    PARTS,
    Outcome,
    Variant,
    fault,
    reading,
    variants,
)
from tests.sources.reader_desk import KEY, Desk, codes

IDS = {response_key(KEY, "test0001", [row[0]]): row[0] for row in CLEAN}


@pytest.fixture(scope="module")
def all_variants() -> list[Variant]:
    return variants()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("polluted"))
    document = mapping("test0001", mapping_id="proef", **PARTS)
    made.mapping_file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return made


def outcome_of(desk: Desk, variant: Variant) -> tuple[Outcome, list[str]]:
    """What landed, read back from the landed files; and the codes."""
    found = desk.read(variant.content)
    if found.outcome == "rejected":
        return Outcome(None), codes(found)
    keys = IDS | {response_key(KEY, "test0001", [one[0]]): one[0] for one in variant.readings}
    said = {row["row_number"]: " ".join(row["text_redacted"].split()) for row in desk.comments}
    landed = tuple(
        (
            keys.get(row["response_key"], "?"),
            row["contact_date"].isoformat(),
            row["channel"],
            *(answer or "" for answer in row["answers"][:2]),
            said.get(row["row_number"], ""),
        )
        for row in desk.landed
    )
    return Outcome(landed, found.rows_quarantined, found.rows_in_file or 0), codes(found)


def test_there_are_enough_of_them(all_variants: list[Variant]) -> None:
    assert len(all_variants) >= 500


def test_none_is_silently_wrong(desk: Desk, all_variants: list[Variant]) -> None:
    wrong, accused = [], []
    for variant in all_variants:
        outcome, found = outcome_of(desk, variant)
        problem = fault(variant, outcome)
        if problem is not None:
            wrong.append(f"{variant.name}: {problem} {found}")
        if outcome.landed is None and not found:
            wrong.append(f"{variant.name}: refused without a reason")
        accused += [variant.name for code in found if code in ("MH-INTERN", "MH-LEZER")]
    assert wrong == []
    assert accused == []


def loosely(variant: Variant) -> Outcome:
    """What a tolerant reader makes of it: short rows filled up, long rows cut off, nothing refused or put aside."""
    text = variant.content.decode("utf-8", "replace")
    _, *rows = csv.reader(io.StringIO(text, newline="")) if "\0" not in text else [[]]
    full = [[*row, *[""] * len(HEADER)][: len(HEADER)] for row in rows]
    landed = tuple(reading(row) for row in full if any(row))
    return Outcome(landed, 0, len(landed))


def test_a_tolerant_reader_is_found_out(all_variants: list[Variant]) -> None:
    faults = [fault(variant, loosely(variant)) for variant in all_variants]
    assert sum(problem is not None for problem in faults) > len(all_variants) / 2


def test_a_shifted_a_lost_and_a_repeated_row_are_found_out() -> None:
    rows = tuple(map(reading, CLEAN))
    sound = Variant("sound", b"", records=len(CLEAN), is_sound=True)
    shifted = (rows[0][:-2] + (rows[0][-1], rows[0][-2]), *rows[1:])
    assert fault(sound, Outcome(rows, 0, len(rows))) is None
    assert fault(sound, Outcome(None)) is not None
    for landed in (shifted, rows[1:], (*rows, rows[0])):
        assert fault(sound, Outcome(landed, len(rows) - len(landed), len(rows))) is not None
    assert fault(sound, Outcome(rows, 1, len(rows))) is not None
