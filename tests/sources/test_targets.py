"""Files of targets: what is read, every fault with its place, and the copy that stays while a file is faulty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sources.mapping import Mapping
from sources.mapping.response_parts import Dimension
from sources.targets import keep_targets, kept_targets, target_faults
from tests.sources.mapping_files import Edit, load, product_reference

WIDE: Edit = ("{method: none}", "{method: poststratify, by: [channel, age_band], targets: volumes}")
ONE: Edit = ("{method: none}", "{method: poststratify, by: [channel], targets: volumes}")
RAKED: Edit = ("{method: none}", "{method: rake, by: [channel, age_band], targets: volumes}")
AGES: Edit = (
    "  audience: {const: citizen}",
    "  audience: {const: citizen}\n  age_band: {column: lft, bands: [18, 65]}",
)
SOUND = "channel,population\nweb,600\ndesk,400\n"


def prepared(folder: Path, text: str | bytes | None, *edits: Edit) -> Mapping:
    """A mapping that names the targets, and the file beside it."""
    mapping = load(folder, *edits)
    path = folder / "gm0344" / "targets" / "volumes.csv"
    path.parent.mkdir(exist_ok=True)
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return mapping


def faults(folder: Path, text: str | bytes, *edits: Edit) -> list[tuple[int | None, str, str]]:
    """Line, field and found of everything wrong."""
    found = target_faults(folder, [prepared(folder, text, *edits)], product_reference())
    assert all(issue.file == "gm0344/targets/volumes.csv" for issue in found)
    return [(issue.line, issue.field, issue.found) for issue in found]


def test_a_wide_file_has_a_column_per_dimension(tmp_path: Path) -> None:
    text = (
        "valid_from,valid_to,age_band,channel,population\n2025-01-01,,0-17,web,5\n\n2025-01-01,,65+,web,7\n"
    )
    mapping = prepared(tmp_path, "\ufeff" + text, WIDE, AGES)
    assert target_faults(tmp_path, [mapping], product_reference()) == ()
    keep_targets(tmp_path, [mapping], tmp_path / "copies", is_sound=True)
    found = kept_targets(tmp_path / "copies", mapping, product_reference())
    assert found is not None
    assert [(one.line, one.population) for one in found] == [(2, 5), (4, 7)]
    assert found[0].valid_from == date(2025, 1, 1)
    assert found[0].valid_to is None
    assert dict(found[1].codes) == {"channel": "web", "age_band": "65+"}


def test_a_long_file_has_a_line_per_margin(tmp_path: Path) -> None:
    text = "dimension,value,population\nchannel,web,6\nchannel,desk,4\nage_band,18-64,9\nage_band,65+,1\n"
    assert faults(tmp_path, text, RAKED, AGES) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("channel,population,extra\nweb,1,2\n", (1, "header", "'channel, population, extra'")),
        ("channel;population\nweb;1\n", (1, "header", "'channel;population'")),
        ("", (1, "header", "''")),
        ("channel,population\n", (None, "line", "no lines")),
        ("channel,population\nweb,1,2\n", (2, "line", "3 cells")),
        ("channel,population\nweb,1\nshop,2\n", (3, "channel", "'shop'")),
        ("channel,population\nunknown,2\n", (2, "channel", "'unknown'")),
        ("channel,population\nweb,0\n", (2, "population", "'0'")),
        ("channel,population\nweb,-5\n", (2, "population", "'-5'")),
        ("channel,population\nweb,5.0\n", (2, "population", "'5.0'")),
        ("channel,population\nweb,1.000\n", (2, "population", "'1.000'")),
        ("channel,population\nweb,1000000000\n", (2, "population", "'1000000000'")),
        ("channel,population\nweb,1\ndesk,2\nweb,3\n", (2, "line", "'web' more than once")),
        ("valid_from,channel,population\n2025-02-30,web,1\n", (2, "valid_from", "'2025-02-30'")),
        ("valid_from,valid_to,channel,population\n2025-02-01,2025-01-01,web,1\n", (2, "valid_to", "'2025-01-01'")),
        (
            "valid_from,valid_to,channel,population\n2025-01-01,,web,1\n2025-06-01,,web,1\n",
            (3, "valid_from", "days that other lines cover too"),
        ),
        (b"channel,population\nweb,1\nd\xe9,2\n", (None, "file", "bytes that are no UTF-8 CSV")),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_place(
    tmp_path: Path, text: str | bytes, place: tuple[int | None, str, str]
) -> None:
    assert faults(tmp_path, text, ONE) == [place]


def test_age_bands_are_those_of_the_mapping(tmp_path: Path) -> None:
    text = "channel,age_band,population\nweb,0-17,1\nweb,18-34,1\n"
    assert faults(tmp_path, text, WIDE, AGES) == [(3, "age_band", "'18-34'")]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("channel,web,6\nchannel,desk,4\nage_band,65+,9\n", "totals age_band 9, channel 10"),
        ("channel,web,6\nchannel,desk,4\n", "no lines for age_band"),
        ("audience,citizen,6\n", "'audience'"),
    ],
)
def test_margins_are_complete_and_agree(tmp_path: Path, lines: str, found: str) -> None:
    assert [fault[2] for fault in faults(tmp_path, f"dimension,value,population\n{lines}", RAKED, AGES)] == [
        found
    ]


def test_margins_may_differ_by_a_millionth(tmp_path: Path) -> None:
    text = "dimension,value,population\nchannel,web,2000000\nage_band,65+,1999999\n"
    assert faults(tmp_path, text, RAKED, AGES) == []


def test_a_missing_file_is_no_fault_and_gives_no_targets(tmp_path: Path) -> None:
    mapping = prepared(tmp_path, None, ONE)
    assert target_faults(tmp_path, [mapping], product_reference()) == ()
    assert kept_targets(tmp_path / "copies", mapping, product_reference()) is None


def test_the_last_sound_file_stays_while_a_new_one_is_faulty(tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    keep_targets(tmp_path, [prepared(tmp_path, SOUND, ONE)], copies, is_sound=True)
    spoiled = prepared(tmp_path, "channel,population\nweb,many\n", ONE)
    keep_targets(tmp_path, [spoiled], copies, is_sound=False)
    found = kept_targets(copies, spoiled, product_reference())
    assert found is not None
    assert [one.population for one in found] == [600, 400]
    (tmp_path / "gm0344" / "targets" / "volumes.csv").unlink()
    keep_targets(tmp_path, [spoiled], copies, is_sound=True)
    assert kept_targets(copies, spoiled, product_reference()) is None


def test_a_mapping_names_dimensions_that_weights_can_have(tmp_path: Path) -> None:
    from tests.sources.mapping_files import issues

    (issue,) = issues(tmp_path, ("{method: none}", "{method: rake, by: [kanaal]}"))
    assert (issue.field, issue.found) == ("design.weights.by", "'kanaal'")
    (issue,) = issues(tmp_path, ("{method: none}", "{method: rake, by: [channel, channel]}"))
    assert issue.found == "a dimension named twice"


def test_bands_have_the_names_that_responses_get() -> None:
    dimension = Dimension(column="lft", bands=(18, 65))
    assert dimension.band_codes() == ("0-17", "18-64", "65+")
    assert {dimension.decode(age) for age in ("3", "17", "18", "64", "65", "99")} == set(
        dimension.band_codes()
    )
