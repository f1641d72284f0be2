"""Raw answers to scores: decoding, reverse coding and the two category boundaries."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.codebook import (
    INVALID,
    CodebookRow,
    ItemCodebook,
    NumberFormat,
    category,
    compile_mapping,
    plain_number,
    reverse_coded,
)
from sources.mapping import Scale, load_mapping_file
from tests.sources.mapping_files import Edit, load, product_reference
from tests.sources.reference_folder import ROOT

SCALE = 'eens5: {min: 1, max: 5, points: 5, kind: likert_agree, direction: high_is_good, missing: {"9": dont_know}}'
EXAMPLES = ROOT / "tests" / "fixtures" / "mappings"

# Written down by hand: lowest value, highest value, negative, neutral, positive.
CATEGORIES = [
    (0, 1, [0], [], [1]),
    (1, 3, [1], [2], [3]),
    (1, 4, [1, 2], [], [3, 4]),
    (1, 5, [1, 2], [3], [4, 5]),
    (1, 6, [1, 2, 3], [], [4, 5, 6]),
    (1, 7, [1, 2, 3], [4], [5, 6, 7]),
    (1, 10, [1, 2, 3, 4], [5, 6], [7, 8, 9, 10]),
    (0, 10, [0, 1, 2, 3, 4], [5], [6, 7, 8, 9, 10]),
]


def codebook(folder: Path, scale: str, *edits: Edit) -> ItemCodebook:
    """The codebook of the first item of a mapping with this scale."""
    mapping = load(folder, (SCALE, f"eens5: {scale}"), *edits)
    return compile_mapping(mapping)[0]


def by_raw(book: ItemCodebook) -> dict[str, tuple[Decimal | None, int | None, str | None]]:
    return {row.raw_value: (row.value, row.category, row.missing_reason) for row in book.rows()}


def scale(low: int, high: int, direction: str = "high_is_good") -> Scale:
    return Scale.model_validate(
        {
            "scale_id": "numeric", "scale_family": "numeric", "kind": "numeric", "min": low, "max": high,
            "points": high - low + 1, "direction": direction, "allow_decimals": False, "takes_numbers": True,
            "labels": {}, "missing": {},
        }
    )  # fmt: skip


@pytest.mark.parametrize(("low", "high", "negative", "neutral", "positive"), CATEGORIES)
def test_categories_follow_the_published_conventions(
    low: int, high: int, negative: list[int], neutral: list[int], positive: list[int]
) -> None:
    found = {x: category(Decimal(x), Decimal(low), Decimal(high)) for x in range(low, high + 1)}
    assert [x for x, one in found.items() if one == -1] == negative
    assert [x for x, one in found.items() if one == 0] == neutral
    assert [x for x, one in found.items() if one == 1] == positive


INTEGER_SCALES = st.tuples(st.integers(-10, 10), st.integers(1, 100)).map(
    lambda one: (one[0], one[0] + one[1])
)


@given(INTEGER_SCALES)
def test_categories_rise_with_the_answer(ends: tuple[int, int]) -> None:
    low, high = Decimal(ends[0]), Decimal(ends[1])
    found = [category(Decimal(x), low, high) for x in range(ends[0], ends[1] + 1)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (-1, 1)


@given(INTEGER_SCALES)
def test_reversal_turns_every_category_round(ends: tuple[int, int]) -> None:
    low, high = Decimal(ends[0]), Decimal(ends[1])
    turned = scale(ends[0], ends[1], "low_is_good")
    for x in range(ends[0], ends[1] + 1):
        assert category(reverse_coded(Decimal(x), turned), low, high) == -category(Decimal(x), low, high)
        assert reverse_coded(reverse_coded(Decimal(x), turned), turned) == x


@given(INTEGER_SCALES)
def test_thresholds_are_exact(ends: tuple[int, int]) -> None:
    low, high = ends
    for x in range(low, high + 1):
        pomp = Fraction(100 * (x - low), high - low)
        expected = 1 if pomp >= 60 else -1 if pomp <= 40 else 0
        assert category(Decimal(x), Decimal(low), Decimal(high)) == expected


def test_every_scale_of_2_to_101_points_is_covered_by_the_properties() -> None:
    for points in range(2, 102):
        found = [category(Decimal(x), Decimal(1), Decimal(points)) for x in range(1, points + 1)]
        turned = scale(1, points, "low_is_good")
        assert found == sorted(found)
        assert [
            category(reverse_coded(Decimal(x), turned), Decimal(1), Decimal(points))
            for x in range(1, points + 1)
        ] == [-one for one in found]


def test_rows_hold_values_reasons_the_empty_cell_and_invalid(tmp_path: Path) -> None:
    book = codebook(tmp_path, '{min: 1, max: 5, kind: likert_agree, missing: {"9": dont_know}}')
    assert by_raw(book) == {
        "1": (Decimal(1), -1, None), "2": (Decimal(2), -1, None), "3": (Decimal(3), 0, None),
        "4": (Decimal(4), 1, None), "5": (Decimal(5), 1, None),
        "9": (None, None, "dont_know"), "": (None, None, "not_answered"), INVALID: (None, None, "invalid"),
    }  # fmt: skip
    assert {row.item_seq for row in book.rows()} == {1}
    assert (book.node_id, book.allows_decimals) == ("kpi.tevredenheid", False)


def test_a_reversed_scale_is_turned_round_in_its_rows(tmp_path: Path) -> None:
    found = by_raw(codebook(tmp_path, "{min: 1, max: 5, kind: likert_agree, direction: low_is_good}"))
    assert found["1"] == (Decimal(5), 1, None)
    assert found["2"] == (Decimal(4), 1, None)
    assert found["5"] == (Decimal(1), -1, None)


@pytest.mark.parametrize("raw", ["7", " 7 ", "7.0", "07", "+7", "7.000000", "\u00a07", "7.0000000001"])
def test_one_number_has_one_canonical_form(tmp_path: Path, raw: str) -> None:
    assert codebook(tmp_path, "{min: 1, max: 10, kind: rapportcijfer}").decode(raw) == "7"


@pytest.mark.parametrize(
    "raw", ["0", "11", "7.5", "7,0", "zeven", "1e1", "7 8", "٧", "--7", "NaN", "-", INVALID, "=7"]
)
def test_anything_else_is_invalid(tmp_path: Path, raw: str) -> None:
    assert codebook(tmp_path, "{min: 1, max: 10, kind: rapportcijfer}").decode(raw) == INVALID


def test_decimals_count_only_where_they_are_allowed(tmp_path: Path) -> None:
    book = codebook(tmp_path, "{min: 1, max: 10, kind: rapportcijfer, allow_decimals: true}")
    assert [book.decode(raw) for raw in ("7.5", "7.50", "7.0", "10", "10.1", "0.9", "7.1234567")] == [
        "7.5", "7.5", "7", "10", INVALID, INVALID, "7.123457",
    ]  # fmt: skip
    assert book.allows_decimals
    assert book.row_for_decimal("5.5") == CodebookRow(1, "5.5", Decimal("5.5"), 0, None)
    assert book.row_for_decimal("6.4") == CodebookRow(1, "6.4", Decimal("6.4"), 1, None)


def test_a_reversed_decimal_is_turned_round(tmp_path: Path) -> None:
    book = codebook(
        tmp_path, "{min: 1, max: 10, kind: rapportcijfer, allow_decimals: true, direction: low_is_good}"
    )
    assert book.row_for_decimal("2.5") == CodebookRow(1, "2.5", Decimal("8.5"), 1, None)


@pytest.mark.parametrize("raw", ["11", "zeven", ""])
def test_a_decimal_outside_the_scale_has_no_row(tmp_path: Path, raw: str) -> None:
    book = codebook(tmp_path, "{min: 1, max: 10, kind: rapportcijfer, allow_decimals: true}")
    with pytest.raises(ValueError, match="decode the cell first"):
        book.row_for_decimal(raw)


@pytest.mark.parametrize(
    ("options", "raw", "expected"),
    [
        ("decimal: ','", "7,5", "7.5"),
        ("decimal: ','", "7.5", "7.5"),
        ("decimal: ','", "7.0", "7"),
        ("decimal: ','", "7.500", INVALID),
        ("decimal: ',', thousands: '.'", "7.5", INVALID),
        ("decimal: ',', thousands: '.'", "7,5", "7.5"),
        ("decimal: '.'", "7,5", INVALID),
        ("thousands: ','", "7,500", INVALID),
    ],
)
def test_numbers_are_read_as_the_file_writes_them(
    tmp_path: Path, options: str, raw: str, expected: str
) -> None:
    book = codebook(
        tmp_path,
        "{min: 1, max: 10, kind: rapportcijfer, allow_decimals: true}",
        ("snapshot: full", f"snapshot: full, {options}"),
    )
    assert book.decode(raw) == expected


def test_thousands_marks_must_stand_in_their_places(tmp_path: Path) -> None:
    numbers = NumberFormat(",", ".")
    assert [numbers.parse(raw) for raw in ("1.234,5", "1.234.567", "12.34", "1234", ".5")] == [
        Decimal("1234.5"), Decimal(1234567), None, Decimal(1234), None,
    ]  # fmt: skip


def test_typed_cells_arrive_with_a_point_whatever_texts_use(tmp_path: Path) -> None:
    book = codebook(
        tmp_path,
        "{min: 1, max: 10, kind: rapportcijfer, allow_decimals: true}",
        ("format: csv", "format: xlsx"),
        ("snapshot: full", "snapshot: full, decimal: ',', thousands: '.'"),
    )
    assert [book.decode(raw) for raw in ("7.5", "7,5", "7.125")] == ["7.5", "7.5", "7.125"]


LABELS = (
    '{kind: likert_agree, missing: {"N.v.t.": not_applicable}, '
    "labels: {Oneens: 1, Neutraal: 2, Caf\u00e9: 3, Eens: 4, Zeer: 5}}"
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Eens", "Eens"), (" EENS ", "Eens"), ("eens", "Eens"), ("cafe\u0301", "Caf\u00e9"), ("n.v.t.", "N.v.t."),
        ("", ""), ("  ", ""), ("Oneens.", INVALID), ("3", INVALID), ("Mee eens", INVALID),
    ],
)  # fmt: skip
def test_labels_match_after_trimming_and_case_folding(tmp_path: Path, raw: str, expected: str) -> None:
    assert codebook(tmp_path, LABELS).decode(raw) == expected


def test_numbers_are_answers_beside_labels_only_where_the_ends_are_written(tmp_path: Path) -> None:
    ends = "{kind: likert_agree, min: 1, max: 5, labels: {1 (zeer oneens): 1, 5 (zeer eens): 5}}"
    book = codebook(tmp_path, ends)
    assert [book.decode(raw) for raw in ("1 (zeer oneens)", "2", "5", "6")] == [
        "1 (zeer oneens)",
        "2",
        "5",
        INVALID,
    ]


def test_a_numeric_label_wins_over_the_bare_number(tmp_path: Path) -> None:
    book = codebook(tmp_path, "{kind: likert_agree, min: 1, max: 5, labels: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}}")
    assert [by_raw(book)[book.decode(raw) or ""][0] for raw in ("1", "2.0", "5")] == [5, 4, 1]


def test_two_languages_share_a_scale(tmp_path: Path) -> None:
    book = codebook(tmp_path, "{kind: yes_no, labels: {Nee: 0, Ja: 1, No: 0, Yes: 1}}")
    assert {raw: by_raw(book)[book.decode(raw) or ""][0] for raw in ("ja", "YES", "no")} == {
        "ja": 1,
        "YES": 1,
        "no": 0,
    }


def test_a_missing_code_is_found_by_its_number_too(tmp_path: Path) -> None:
    book = codebook(
        tmp_path, "{min: 1, max: 5, kind: likert_agree, missing: {99: dont_know, '-1': not_offered}}"
    )
    assert [book.decode(raw) for raw in ("99", "99.0", "-1", "-1.00", "98")] == [
        "99",
        "99",
        "-1",
        "-1",
        INVALID,
    ]


def test_an_empty_cell_may_have_a_reason_of_its_own(tmp_path: Path) -> None:
    book = codebook(tmp_path, '{min: 1, max: 5, kind: likert_agree, missing: {"": not_offered}}')
    assert by_raw(book)[""] == (None, None, "not_offered")


@pytest.mark.parametrize(
    ("form", "reason"), [("ndjson", "not_offered"), ("json", "not_offered"), ("csv", "not_answered")]
)
def test_null_covers_an_absent_path_in_json_only(tmp_path: Path, form: str, reason: str) -> None:
    book = codebook(
        tmp_path,
        '{min: 1, max: 5, kind: likert_agree, missing: {"null": not_offered}}',
        ("format: csv", f"format: {form}"),
    )
    assert by_raw(book)[book.decode("") or ""] == (None, None, reason)
    assert by_raw(book)["null"] == (None, None, "not_offered")


def test_items_without_a_scale_have_an_empty_codebook() -> None:
    (mapping,) = load_mapping_file(EXAMPLES / "uwv" / "uwv-ko-halfjaar.yml", product_reference())
    books = compile_mapping(mapping)
    assert [book.item_seq for book in books] == [1, 2, 3, 4, 5, 6, 7]
    assert books[-1].rows() == []
    assert books[-1].decode("Prima geholpen") is None
    assert not books[-1].allows_decimals


def test_counted_answers_are_in_the_codebook_of_an_aggregate() -> None:
    (mapping,) = load_mapping_file(EXAMPLES / "gm0855" / "tilburg-kanalen-maand.yml", product_reference())
    (book,) = compile_mapping(mapping)
    values = {column: by_raw(book)[raw][0] for column, raw in mapping.items[0].counts.items()}
    assert values == {"Heel blij": 5, "Blij": 4, "Neutraal": 3, "Boos": 2, "Heel boos": 1}


@given(st.text(max_size=12))
def test_every_cell_decodes_to_a_row_of_the_codebook(raw: str) -> None:
    (mapping,) = load_mapping_file(EXAMPLES / "gm0344" / "utrecht-contactmomenten.yml", product_reference())
    for book in compile_mapping(mapping)[:6]:
        decoded = book.decode(raw)
        assert decoded is not None
        assert decoded in by_raw(book) or book.row_for_decimal(decoded).value is not None
        assert book.decode(decoded) == decoded


@given(st.decimals(-1000, 1000, places=4, allow_nan=False))
def test_the_canonical_form_of_a_number_reads_back_as_the_same_number(number: Decimal) -> None:
    text = plain_number(number)
    assert NumberFormat().parse(text) == number
    assert "E" not in text
    assert "." not in text or not text.endswith("0")
