"""What becomes of the thirty nastiest inputs: status, codes, counts, figures, and no cell in any receipt.

One test per row of that table, through the command line. Where the contract decides otherwise than the table, the
test says so. `processed` is the table's accept or repair, `partial` its quarantine, `rejected` and `held` its refusal.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.acceptance import nasty_inputs, polluted
from tests.acceptance.harness import Installation, Night, codes
from tests.acceptance.mappings import grades
from tests.acceptance.test_privacy import places_of

GRADE = "kpi.tevredenheid"
MONTH = "2025-11"
PARTS = ("processed", "quarantined", "duplicate", "erased")
MEAN_OF_ALL = 6.5


@dataclass(frozen=True)
class Nasty:
    """One night over all cases, and who is who."""

    installation: Installation
    ids: dict[str, str]
    records: dict[tuple[str, str], int]
    night: Night
    answers: pd.DataFrame

    def receipt(self, case: str, name: str | None = None) -> dict[str, Any]:
        """The one receipt of a case; of its file `name` when there are several."""
        found = [
            receipt
            for receipt in self.night.receipts_of(self.ids[case])
            if name is None or name in receipt["files"]
        ]
        assert len(found) == 1, [receipt["status"] for receipt in found]
        return found[0]

    def came_of(self, case: str, name: str | None = None) -> tuple[str, set[str]]:
        """Status and codes."""
        receipt = self.receipt(case, name)
        return receipt["status"], codes(receipt)

    def rows(self, case: str, name: str | None = None) -> tuple[int | None, ...]:
        """Rows in the file, processed, quarantined, duplicate."""
        counts = self.receipt(case, name)["rows"]
        return tuple(counts[part] for part in ("in_file", "processed", "quarantined", "duplicate"))

    def problem(self, case: str, code: str, name: str | None = None) -> dict[str, Any]:
        """The one problem with that code."""
        (found,) = (one for one in self.receipt(case, name)["problems"] if one["code"] == code)
        return dict(found)

    def mean(self, case: str, period: str = MONTH) -> tuple[int, float]:
        """How many marks the period has and their mean."""
        figure = self.night.figure(self.ids[case], GRADE, "mean_grade", period)
        return int(figure["n"]), round(float(figure["value"]), 9)

    def is_unpublished(self, case: str) -> bool:
        """Whether nothing of a case is published."""
        return self.night.kpi.query("organisation_id == @self.ids[@case]").empty

    def marks(self, case: str) -> Counter[tuple[str, float | None]]:
        """How often each (node, value) stands in the harmonised answers."""
        own = self.answers[self.answers["organisation_id"] == self.ids[case]]
        values = [None if pd.isna(value) else float(value) for value in own["value"]]
        return Counter(zip(own["node_id"], values, strict=True))

    def is_whole(self, case: str) -> bool:
        """Whether all sixty plain rows came through: counted, without a warning, with the right mean."""
        status, _ = self.came_of(case)
        return (status, self.rows(case), self.mean(case)) == (
            "processed",
            (60, 60, 0, 0),
            (60, MEAN_OF_ALL),
        )

    def lost_one(self, case: str, row_number: int) -> bool:
        """Whether row `row_number` alone is in quarantine, and the mean is that of the other fifty-nine."""
        (problem,) = self.receipt(case)["problems"]
        others = [grade for number, (_, _, grade) in enumerate(grades(60), start=1) if number != row_number]
        mean = round(sum(map(float, others)) / 59, 9)  # type: ignore[arg-type]
        return (problem["code"], problem["example_rows"], self.rows(case)) == (
            "MH-VELDEN",
            [row_number],
            (60, 59, 1, 0),
        ) and math.isclose(self.mean(case)[1], mean, rel_tol=1e-8)


@pytest.fixture(scope="session")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Nasty:
    """All cases in one installation, and one run."""
    installation = Installation(tmp_path_factory.mktemp("nasty"))
    given = nasty_inputs.Given(installation)
    nasty_inputs.all_deliveries(given)
    night = installation.run("--threads", "2")
    with duckdb.connect(str(installation.work / "warehouse.duckdb"), read_only=True) as warehouse:
        answers = warehouse.execute(
            "select organisation_id, row_number, node_id, value from harmonised.answer"
        ).df()
    return Nasty(installation, given.ids, given.records, night, answers)


# --- what holds for all of them -----------------------------------------------------------------------------


def test_every_receipt_obeys_the_law_with_the_count_of_who_wrote_the_file(nasty: Nasty) -> None:
    for receipt in nasty.night.receipts:
        rows = receipt["rows"]
        if rows["in_file"] is None:
            assert all(rows[part] is None for part in PARTS), receipt["files"]
            continue
        assert rows["in_file"] == sum(rows[part] for part in PARTS), receipt["files"]
        identity = (receipt["organisation_id"], receipt["sha256"])
        if identity in nasty.records:
            assert rows["in_file"] == nasty.records[identity], (identity, receipt["files"])


def test_no_receipt_holds_a_cell(nasty: Nasty) -> None:
    receipts = json.dumps(nasty.night.receipts).lower()
    texts = "".join(path.read_text() for path in nasty.installation.receipt_files(".txt")).lower()
    assert nasty_inputs.CANARY not in receipts + texts
    spoken = nasty.night.outcome.stdout + nasty.night.outcome.stderr
    assert nasty_inputs.CANARY not in spoken.lower()


def test_nothing_is_our_own_fault(nasty: Nasty) -> None:
    assert "Traceback" not in nasty.night.outcome.stderr
    found = {code for receipt in nasty.night.receipts for code in codes(receipt)}
    assert not found & {"MH-INTERN", "MH-LEZER", "MH-TELLING"}


# --- the table ----------------------------------------------------------------------------------------------


def test_01_one_delimiter_too_few_or_too_many(nasty: Nasty) -> None:
    assert nasty.lost_one("01_less", 31)
    assert nasty.lost_one("01_more", 31)
    status, found = nasty.came_of("01_many")
    assert (status, nasty.rows("01_many")) == ("rejected", (60, 0, 60, 0))
    assert {"MH-VELDEN", "MH-K-VELDEN"} <= found
    assert nasty.is_unpublished("01_many")


def test_02_extra_delimiter_before_an_empty_last_cell(nasty: Nasty) -> None:
    assert nasty.lost_one("02_empty_last_cell", 31)


def test_03_stray_and_open_quotes(nasty: Nasty) -> None:
    assert nasty.lost_one("03_stray_quote", 31)
    assert nasty.lost_one("03_two_quotes", 20)
    assert nasty.came_of("03_open_quote") == ("rejected", {"MH-AFGEKAPT"})


def test_04_the_declared_delimiter_is_absent(nasty: Nasty) -> None:
    assert nasty.came_of("04_delimiter") == ("rejected", {"MH-SCHEIDING"})
    assert nasty.rows("04_delimiter") == (60, 0, 60, 0)


@pytest.mark.parametrize("codec", ["cp1252", "cp850", "mac_roman"])
def test_05_not_the_declared_encoding(nasty: Nasty, codec: str) -> None:
    # The table wants candidate readings shown; the contract lets no cell into a receipt: only the place is named.
    assert nasty.came_of(f"05_{codec}") == ("rejected", {"MH-CODERING"})
    problem = nasty.problem(f"05_{codec}", "MH-CODERING")
    byte = len("r0031,2025-11-12,4,kanarie kostte ") + 1
    for language in ("text_nl", "text_en"):
        assert "32" in problem[language] and str(byte) in problem[language]


def test_06_text_encoded_twice_is_reported(nasty: Nasty) -> None:
    for case in ("06_double", "06_other_codec"):
        assert nasty.is_whole(case)
        assert nasty.problem(case, "MH-CODERING-DUBBEL")["count"] == 1


def test_07_byte_order_mark(nasty: Nasty) -> None:
    assert nasty.is_whole("07_mark")
    assert nasty.is_whole("07_mark_before_quote")


def test_08_utf_16_only_with_a_mark(nasty: Nasty) -> None:
    assert nasty.is_whole("08_marked")
    for codec in ("utf-16-le", "utf-16-be"):
        assert nasty.came_of(f"08_{codec}") == ("rejected", {"MH-CODERING"})


@pytest.mark.parametrize("case", ["crcrlf", "cr", "mixed", "blank_lines", "in_cells"])
def test_09_line_ends(nasty: Nasty, case: str) -> None:
    assert nasty.is_whole(f"09_{case}")
    assert nasty.came_of(f"09_{case}") == ("processed", set())


def test_10_another_number_of_header_rows(nasty: Nasty) -> None:
    assert nasty.is_whole("10_two_rows")
    assert nasty.came_of("10_one_of_two") == ("rejected", {"MH-KOLOM"})
    # All names are there, so the file is read; the second row is no answer and says so.
    assert nasty.came_of("10_two_of_one") == ("partial", {"MH-DATUM"})
    assert nasty.rows("10_two_of_one") == (61, 60, 1, 0)
    assert nasty.problem("10_two_of_one", "MH-DATUM")["example_rows"] == [1]
    assert nasty.mean("10_two_of_one") == (60, MEAN_OF_ALL)


def test_11_a_row_of_import_ids(nasty: Nasty) -> None:
    assert nasty.is_whole("11_json")
    assert nasty.is_whole("11_python")
    assert nasty.came_of("11_unknown") == ("rejected", {"MH-KOP"})


def test_12_titles_notes_and_totals_in_a_workbook(nasty: Nasty) -> None:
    assert nasty.is_whole("12_framed")
    assert nasty.is_whole("12_ranged")
    for case in ("12_totaal", "12_answered", "12_skipped", "12_totaal_csv"):
        assert nasty.came_of(case) == ("rejected", {"MH-TOTAALRIJ"})
        assert nasty.rows(case) == (61, 0, 61, 0)
        assert nasty.problem(case, "MH-TOTAALRIJ")["example_rows"] == [61]


@pytest.mark.parametrize("case", ["13_profile", "13_plain"])
def test_13_a_summary_instead_of_responses(nasty: Nasty, case: str) -> None:
    assert nasty.came_of(case) == ("rejected", {"MH-SAMENVATTING"})


def test_14_repeated_and_blank_column_names(nasty: Nasty) -> None:
    assert nasty.is_whole("14_unmapped")
    assert nasty.came_of("14_mapped") == ("rejected", {"MH-KOLOM-DUBBEL"})
    assert nasty.is_whole("14_by_position")


def test_15_new_renamed_and_vanished_columns(nasty: Nasty) -> None:
    assert nasty.is_whole("15_report")
    assert nasty.problem("15_report", "MH-KOLOM-NIEUW")["count"] == 1
    assert nasty.came_of("15_hold")[0] == "held"
    assert nasty.came_of("15_reject") == ("rejected", {"MH-KOLOM-NIEUW"})
    assert nasty.came_of("15_renamed") == ("rejected", {"MH-KOLOM"})
    assert nasty.problem("15_renamed", "MH-KOLOM")["column"] == "cijfer"


def test_16_another_order_of_columns(nasty: Nasty) -> None:
    # A mapping names columns and states no order, so there is nothing to report.
    assert nasty.is_whole("16_order")


def test_17_answers_that_no_label_covers(nasty: Nasty) -> None:
    # By the contract the cell is invalid and the row stays; over 1 per cent in a KPI item holds the delivery.
    assert nasty.came_of("17_few") == ("processed", {"MH-ONGELDIG"})
    assert nasty.receipt("17_few")["invalid_cells"] == 1
    assert nasty.marks("17_few") == {(GRADE, 1.0): 49, (GRADE, 3.0): 50, (GRADE, 5.0): 100, (GRADE, None): 1}
    assert nasty.came_of("17_many")[0] == "held"
    assert nasty.receipt("17_many")["invalid_cells"] == 5


def test_18_another_scale_or_a_reversed_one(nasty: Nasty) -> None:
    status, found = nasty.came_of("18_wider")
    assert (status, "MH-K-ONGELDIG" in found) == ("held", True)
    for case in ("18_narrower", "18_reversed"):
        assert nasty.came_of(case, "november.csv")[0] == "processed"
        status, found = nasty.came_of(case, "december.csv")
        assert status == "held" and found & {"MH-K-VERDELING", "MH-K-GEMIDDELDE"}
        december = nasty.night.kpi.query("organisation_id == @nasty.ids[@case] and period_id == '2025-12'")
        assert december.empty
    assert nasty.came_of("18_same", "december.csv")[0] == "processed"


def test_19_dont_know_as_an_ordinary_code(nasty: Nasty) -> None:
    assert nasty.mean("19_declared") == (60, MEAN_OF_ALL)
    assert nasty.receipt("19_declared")["invalid_cells"] == 0
    # By the contract an undeclared code is an invalid cell, not a row in quarantine.
    assert nasty.came_of("19_undeclared") == ("processed", {"MH-ONGELDIG"})
    assert nasty.problem("19_undeclared", "MH-ONGELDIG")["example_rows"] == [241, 242]
    assert nasty.mean("19_undeclared") == (240, MEAN_OF_ALL)


def test_20_the_same_code_missing_here_and_valid_there(nasty: Nasty) -> None:
    assert nasty.marks("20_per_question") == {
        ("kpi.vertrouwen", None): 30,
        ("kpi.vertrouwen", 4.0): 15,
        ("kpi.vertrouwen", 5.0): 15,
        ("kpi.aanbeveling", 9.0): 60,
    }
    assert nasty.receipt("20_per_question")["invalid_cells"] == 0


def test_21_partial_and_preview_responses(nasty: Nasty) -> None:
    rows = nasty.receipt("21_partials")["rows"]
    assert (rows["processed"], rows["incomplete"], rows["excluded"]) == (90, 30, 10)
    marks = [float(str(row[2])) for row in grades(50)]
    count, mean = nasty.mean("21_partials")
    assert count == 50 and math.isclose(mean, sum(marks) / 50)


def test_22_the_same_responses_again(nasty: Nasty) -> None:
    assert nasty.came_of("22_full", "twee.csv") == ("processed", {"MH-VERVANGT"})
    assert nasty.came_of("22_full", "een.csv")[0] == "replaced"
    count, mean = nasty.mean("22_full")
    assert count == 60 and math.isclose(mean, MEAN_OF_ALL + 6 / 60)
    # Nine known responses, one edited at a later date, ten new ones.
    assert nasty.rows("22_added", "een.csv") == (60, 50, 0, 10)
    assert nasty.rows("22_added", "twee.csv") == (20, 20, 0, 0)
    assert nasty.mean("22_added")[0] == 70


def test_23_ids_that_excel_made_numbers(nasty: Nasty) -> None:
    assert nasty.came_of("23_some") == ("partial", {"MH-ID"})
    assert nasty.rows("23_some") == (60, 54, 6, 0)
    assert nasty.came_of("23_all")[0] == "rejected"
    # 1.0 .. 60.0 and 1 .. 60 are the same responses: the second file counts once.
    counted = [nasty.rows("23_integral", name=name) for name in ("een.csv", "twee.csv")]
    assert sorted(counted) == [(60, 0, 0, 60), (60, 60, 0, 0)]
    assert nasty.mean("23_integral") == (60, MEAN_OF_ALL)


def test_24_the_order_of_day_and_month(nasty: Nasty) -> None:
    assert nasty.came_of("24_undeclared") == ("rejected", {"MH-DATUM"})
    for case in ("24_dutch", "24_american"):
        assert nasty.came_of(case) == ("processed", set())
        assert nasty.mean(case) == (120, MEAN_OF_ALL)
    # The evidence: rows in which the month would be above 12.
    above = sum(date.fromisoformat(str(row[1])).day > 12 for row in grades(120))
    above_in_half = sum(date.fromisoformat(str(row[1])).day > 12 for row in grades(120)[60:])
    for case, count in (("24_swapped", above), ("24_both", above_in_half)):
        status, found = nasty.came_of(case)
        assert status == "rejected"
        assert {"MH-DAGVOLGORDE", "MH-K-DAGVOLGORDE"} <= found
        assert nasty.problem(case, "MH-DAGVOLGORDE")["count"] == count
        assert nasty.rows(case) == (120, 0, 120, 0)
        assert nasty.is_unpublished(case)


def test_25_hours_that_do_not_exist_or_occur_twice(nasty: Nasty) -> None:
    assert nasty.came_of("25_hours") == ("partial", {"MH-TIJD", "MH-TIJD-DUBBEL"})
    assert nasty.rows("25_hours") == (65, 63, 2, 0)
    assert nasty.problem("25_hours", "MH-TIJD")["example_rows"] == [61, 62]
    assert nasty.problem("25_hours", "MH-TIJD-DUBBEL")["example_rows"] == [63, 64]
    assert nasty.marks("25_hours")[GRADE, 1.0] == 0
    assert nasty.came_of("25_stated") == ("processed", set())


def test_26_excel_dates(nasty: Nasty) -> None:
    assert nasty.is_whole("26_native")
    assert nasty.is_whole("26_1904")
    # Not dates of the file and not text in the agreed format: another text format, 1900, 1980, a bare serial, a word.
    assert nasty.rows("26_mixed") == (67, 61, 6, 0)
    assert nasty.problem("26_mixed", "MH-DATUM")["example_rows"] == [61, 64, 65, 66, 67]
    assert nasty.problem("26_mixed", "MH-DATUM-TOEKOMST")["example_rows"] == [63]
    assert nasty.marks("26_mixed")[GRADE, 1.0] == 0
    assert nasty.came_of("26_serials_csv") == ("rejected", {"MH-DATUM"})


def test_27_decimal_commas_and_thousands(nasty: Nasty) -> None:
    count, mean = nasty.mean("27_comma")
    assert count == 60 and math.isclose(mean, (59 * 7.5 + 6.5) / 60)
    # By the contract a number that cannot be read is an invalid cell, and over 1 per cent of them holds the delivery.
    for case in ("27_undeclared", "27_ambiguous"):
        assert nasty.came_of(case)[0] == "held"
        assert nasty.receipt(case)["invalid_cells"] == 60
    assert nasty.is_whole("27_thousands")


def test_28_personal_data(nasty: Nasty) -> None:
    assert nasty.is_whole("28_personal")
    assert nasty.problem("28_personal", "MH-KOLOM-NIEUW")["count"] == 4
    planted = ("kanarie@", "203.0.113.77", "52.3702", "zonnestraal", "123456782", "06-12345678")
    assert places_of(nasty.installation, planted) == []


def test_29_weights(nasty: Nasty) -> None:
    assert nasty.came_of("29_some") == ("partial", {"MH-WEGING"})
    assert nasty.rows("29_some") == (200, 196, 4, 0)
    assert nasty.came_of("29_too_many") == ("rejected", {"MH-WEGING", "MH-K-WEGING"})
    # A design weight may add up to the population, so a mean other than 1 is told and does not stop the figures.
    assert nasty.came_of("29_mean") == ("processed", {"MH-K-WEGING-GEMIDDELDE"})
    assert nasty.came_of("29_extreme") == ("processed", {"MH-K-WEGING-UITERST"})
    assert nasty.came_of("29_good") == ("processed", set())
    figure = nasty.night.figure(nasty.ids["29_good"], GRADE, "mean_grade", MONTH)
    marks = [float(str(row[2])) for row in grades(60)]
    weights = [0.8, 1.2] * 30
    weighted = sum(mark * weight for mark, weight in zip(marks, weights, strict=True)) / 60
    assert figure["n"] == 60
    assert math.isclose(figure["value"], weighted) and math.isclose(figure["value_unweighted"], MEAN_OF_ALL)


@pytest.mark.parametrize(
    "case", ["nothing", "header_only", "one_blank_row", "nothing_xlsx", "header_only_xlsx"]
)
def test_30_no_responses(nasty: Nasty, case: str) -> None:
    assert nasty.came_of(f"30_{case}") == ("rejected", {"MH-LEEG"})
    assert nasty.rows(f"30_{case}") == (0, 0, 0, 0)


def test_30_no_responses_as_announced(nasty: Nasty) -> None:
    assert nasty.came_of("30_announced_empty") == ("processed", set())


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("password", "MH-FORMAAT"),
        ("password_as_csv", "MH-FORMAAT"),
        ("damaged_xlsx", "MH-FORMAAT"),
        ("bomb", "MH-LIMIET"),
        ("zip_of_two", "MH-ARCHIEF"),
        ("zip_as_xlsx", "MH-FORMAAT"),
    ],
)
def test_30_another_kind_of_file(nasty: Nasty, case: str, code: str) -> None:
    assert nasty.came_of(f"30_{case}") == ("rejected", {code})


def test_30_the_one_file_of_an_archive_is_read(nasty: Nasty) -> None:
    assert nasty.came_of("30_zip_of_one") == ("processed", set())
    assert nasty.rows("30_zip_of_one") == (60, 60, 0, 0)


def test_30_a_file_that_is_not_all_there(nasty: Nasty) -> None:
    assert nasty.came_of("30_half_row") == ("rejected", {"MH-AFGEKAPT"})
    for announced in ("size", "hash"):
        assert nasty.came_of(f"30_half_by_{announced}") == ("waiting", {"MH-WACHT"})
    assert nasty.came_of("30_half_by_rows") == ("rejected", {"MH-RIJEN"})
    assert nasty.rows("30_half_by_rows") == (30, 0, 30, 0)
    assert nasty.problem("30_half_by_rows", "MH-RIJEN")["count"] == 60
    assert nasty.came_of("30_half_by_kept_rows") == ("processed", set())


def test_30_a_file_of_another_period_than_its_marker_says(nasty: Nasty) -> None:
    assert nasty.came_of("30_half_by_period") == ("rejected", {"MH-PERIODE"})
    assert nasty.rows("30_half_by_period") == (30, 0, 30, 0)
    assert nasty.came_of("30_half_by_kept_period") == ("processed", set())


def test_30_far_fewer_rows_than_the_period_before(nasty: Nasty) -> None:
    assert nasty.came_of("30_fewer", "december.csv") == ("held", {"MH-K-AFNAME"})
    assert nasty.rows("30_fewer", "december.csv") == (70, 70, 0, 0)
    assert nasty.mean("30_fewer")[0] == 120
    assert nasty.came_of("30_some_fewer", "december.csv") == ("processed", set())


# --- polluted files -----------------------------------------------------------------------------------------


def test_polluted_files_are_read_right_or_refused(nasty: Nasty) -> None:
    """Marks by row against the clean table; every cell is compared where the readers are tested by themselves."""
    refused = 0
    for variant in nasty_inputs.polluted_sample():
        receipt = nasty.receipt(variant.name)
        if receipt["status"] in ("rejected", "held"):
            assert receipt["problems"] and not variant.is_sound, variant.name
            refused += 1
            continue
        assert variant.records in (None, receipt["rows"]["in_file"]), variant.name
        marks = Counter(float(row[3]) for row in polluted.CLEAN)
        found = nasty.marks(variant.name)
        landed = Counter({mark: n for (node, mark), n in found.items() if node == GRADE and mark})
        assert not landed - marks, variant.name
        assert (marks - landed).total() <= len(variant.touched), variant.name
    assert 0 < refused < len(nasty_inputs.polluted_sample())


def test_a_check_says_of_a_polluted_file_what_the_night_says(nasty: Nasty) -> None:
    chosen = nasty_inputs.polluted_sample()[0]
    organisation_id = nasty.ids[chosen.name]
    file = nasty.installation.bucket / organisation_id / "kto.csv"
    said = nasty.installation.meethuis("check", str(file), "--organisation", organisation_id, "--json").json
    told = nasty.receipt(chosen.name)
    assert (said["status"], said["rows"], codes(said)) == (told["status"], told["rows"], codes(told))
