"""What the audit finds in counts, rates and analyses, worked out by hand: with a protection left out, and with it."""

from __future__ import annotations

from math import sqrt

import pandas as pd
import pytest

from disclosure.audit_driver import audit_driver, audit_driver_summary
from disclosure.audit_process import audit_process
from disclosure.audit_response import audit_response

YEAR = {"period_type": "year", "period_id": "2025", "period_start": pd.Timestamp(2025, 1, 1)}
ROW = {"organisation_id": "o", "instrument_id": "i", "instrument_kind": "panel", "channel": "all", **YEAR}
FIRST_NIGHT = {
    "n_before": 0, "n_published": 0, "was_published": False, "was_suppressed": False, "was_pending": False,
    "is_standing": False,
}  # fmt: skip
RATES = [
    "response_rate",
    "response_rate_low",
    "response_rate_with_partials",
    "break_off_rate",
    "coverage_share",
]
NO_FIGURES = pd.DataFrame(
    columns=["organisation_id", "instrument_kind", "period_id", "channel"], dtype="object"
)


def counts(n: dict[str, int], hidden: set[str], **row: object) -> pd.DataFrame:
    """The counts of one row of the response table on a first night."""
    rows = pd.DataFrame(
        [ROW | FIRST_NIGHT | {"count_name": name, "n": value} | row for name, value in n.items()]
    )
    return rows.assign(
        shown=rows["n"].where(~rows["count_name"].isin({*hidden, "broken_off"})).astype("float64")
    )


def rates(**given: float) -> pd.DataFrame:
    return pd.DataFrame([ROW | given]).reindex(columns=[*ROW, *RATES]).astype(dict.fromkeys(RATES, "float64"))


def wilson_low(share: float, n: int) -> float:
    z = 1.959963984540054
    middle, margin = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return round((middle - margin) / (1 + z * z / n), 10)


PEOPLE = {"population": 900, "invited": 210, "delivered": 200, "started": 160, "completed": 90, "partials": 40,
          "screened_out": 20, "broken_off": 10}  # fmt: skip


@pytest.mark.parametrize(
    ("hidden", "given", "found"),
    [
        ({"completed", "started"}, {}, set()),
        # .5 x (200 - 20): the number completed.
        ({"completed", "started"}, {"response_rate": 0.5}, {"completed"}),
        ({"completed", "partials"}, {"response_rate_with_partials": 130 / 180}, {"completed", "partials"}),
        ({"screened_out", "started"}, {"response_rate": 0.5}, {"screened_out"}),
        # The width of the interval tells how many it is a rate of.
        (
            {"screened_out", "delivered", "completed", "started"},
            {"response_rate": 0.5, "response_rate_low": wilson_low(0.5, 180)},
            {"completed", "screened_out", "delivered"},
        ),
        ({"completed", "started"}, {"break_off_rate": 50 / 160}, {"completed", "started"}),
        ({"completed", "started"}, {"coverage_share": 0.1}, {"completed"}),
        # Made of those invited, because those delivered are hidden.
        ({"delivered"}, {"response_rate": round(90 / 190, 10)}, set()),
    ],
)
def test_a_rate_tells_the_counts_that_it_is_made_of(
    hidden: set[str], given: dict[str, float], found: set[str]
) -> None:
    told = audit_response(counts(PEOPLE, hidden), rates(**given), NO_FIGURES, 10)
    assert set(told.loc[told["method"] == "rate", "count_name"]) == found


def test_a_rate_of_counts_that_stand_tells_nothing_of_tonight() -> None:
    """One fewer of each tonight: 38 of 854 is nearly 38 of 853."""
    before = {"started": 854, "completed": 816}
    rows = counts({"started": 853, "completed": 815}, set(), is_standing=True, was_published=True)
    rows["n_published"] = rows["n_before"] = rows["shown"] = rows["count_name"].map(before)
    assert audit_response(rows, rates(break_off_rate=0.0444964871), NO_FIGURES, 10).empty


def test_started_tells_the_one_part_that_is_hidden() -> None:
    """As long as nobody broke off who is counted nowhere."""
    told = audit_response(
        counts(PEOPLE | {"partials": 50, "broken_off": 0}, {"partials"}), rates(), NO_FIGURES, 10
    )
    assert told[["count_name", "method"]].to_numpy().tolist() == [["partials", "equations"]]
    assert audit_response(counts(PEOPLE, {"partials"}), rates(), NO_FIGURES, 10).empty


def test_a_few_who_broke_off_follow_from_the_others() -> None:
    few = PEOPLE | {"partials": 46, "broken_off": 4}
    told = audit_response(counts(few, set()), rates(), NO_FIGURES, 10)
    assert told[["count_name", "method"]].to_numpy().tolist() == [["broken_off", "equations"]]
    assert audit_response(counts(few, {"started"}), rates(), NO_FIGURES, 10).empty


def test_the_number_completed_beside_a_hidden_figure_is_found() -> None:
    figure = pd.DataFrame(
        [{"organisation_id": "o", "instrument_kind": "panel", "period_id": "2025", "channel": "all"}]
    )
    own = {name: n for name, n in PEOPLE.items() if name in ("completed", "invited")}
    assert list(audit_response(counts(own, set()), rates(), figure, 10)["method"]) == ["figure"]
    assert audit_response(counts(own, {"completed"}), rates(), figure, 10).empty
    kept = counts(own, set(), n_before=90, n_published=90, was_published=True)
    assert audit_response(kept[kept["count_name"] == "completed"], rates(), figure, 10).empty


def test_a_small_number_that_stands_there_is_found() -> None:
    told = audit_response(counts({"completed": 9}, set()), rates(), NO_FIGURES, 10)
    assert list(told["method"]) == ["shown"]


def figures(hidden: set[tuple[str, str]], **sizes: tuple[int, ...]) -> pd.DataFrame:
    """Three months and their quarter of one service; hidden are pairs of metric and period."""
    rows = []
    for metric, months in sizes.items():
        for number, n in zip((10, 11, 12), months, strict=True):
            rows.append((metric, "month", f"2025-{number}", pd.Timestamp(2025, number, 1), n))
        rows.append((metric, "quarter", "2025-Q4", pd.Timestamp(2025, 10, 1), sum(months)))
    found = pd.DataFrame(rows, columns=["metric", "period_type", "period_id", "period_start", "n"])
    is_hidden = [pair in hidden for pair in zip(found["metric"], found["period_id"], strict=True)]
    shown = found["n"].where(~pd.Series(is_hidden)).astype("float64")
    return found.assign(organisation_id="o", service_id="paspoort", **FIRST_NIGHT, shown=shown, value=shown)


def test_a_month_alone_follows_from_its_quarter() -> None:
    alone = audit_process(figures({("complaints", "2025-11")}, complaints=(40, 4, 60)), 10)
    assert alone[["period_id", "method"]].to_numpy().tolist() == [["2025-11", "equations"]]
    two = {("complaints", "2025-10"), ("complaints", "2025-11")}
    assert audit_process(figures(two, complaints=(40, 4, 60)), 10).empty


def test_the_number_beside_a_lead_time_is_the_number_of_cases() -> None:
    cases = {("cases", "2025-10"), ("cases", "2025-11")}
    found = audit_process(figures(cases, cases=(40, 4, 60), lead_time=(40, 9, 60)), 10)
    assert ["cases", "2025-10", "alike"] in found[["metric", "period_id", "method"]].to_numpy().tolist()
    both = cases | {("lead_time", period) for _, period in cases}
    assert audit_process(figures(both, cases=(40, 4, 60), lead_time=(40, 4, 60)), 10).empty


def test_a_value_over_an_unknown_number_of_cases_is_found() -> None:
    rows = figures(set(), lead_time=(0, 0, 0)).assign(shown=None, value=4.5)
    assert set(audit_process(rows, 10)["method"]) == {"small"}


def analyses(hidden: set[str], **n: int) -> pd.DataFrame:
    rows = pd.DataFrame(n.items(), columns=["channel", "n"]).assign(
        organisation_id="o",
        instrument_kind="panel",
        analysis="importance",
        subject_id="kpi.a",
        period_id="2025",
    )
    return rows.assign(is_suppressed=rows["channel"].isin(hidden))


def resting(rows: pd.DataFrame, kpi_id: str) -> pd.DataFrame:
    return rows.drop(columns=["n", "is_suppressed"]).assign(kpi_id=kpi_id)


@pytest.mark.parametrize(
    ("hidden", "n", "found"),
    [
        ({"phone"}, {"all": 550, "web": 300, "phone": 250}, [["phone", "equations"]]),
        ({"phone"}, {"all": 590, "web": 300, "phone": 250}, []),
        ({"phone", "web"}, {"all": 550, "web": 300, "phone": 250}, []),
        (set(), {"all": 556, "web": 300, "phone": 250}, [["all", "rest"]]),
    ],
)
def test_the_total_tells_the_channel_that_is_hidden(
    hidden: set[str], n: dict[str, int], found: list[list[str]]
) -> None:
    rows = analyses(hidden, **n)
    told = audit_driver(rows, resting(rows, "kpi.a"), NO_FIGURES.assign(kpi_id=""), 10)
    assert told[["channel", "method"]].to_numpy().tolist() == found


def test_an_analysis_of_a_hidden_figure_is_found() -> None:
    figure = pd.DataFrame([{"organisation_id": "o", "instrument_kind": "panel", "kpi_id": "drv.b", "channel": "web",
                            "period_id": "2025"}])  # fmt: skip
    rows = analyses(set(), all=550, web=300, phone=250)
    rests_on = pd.concat([resting(rows, "kpi.a"), resting(rows, "drv.b")])
    told = audit_driver(rows, rests_on, figure, 10)
    assert told[["channel", "method"]].to_numpy().tolist() == [["web", "figure"]]


@pytest.mark.parametrize(("n_organisations", "is_found"), [(3, False), (4, True), (2, True)])
def test_a_summary_in_which_a_hidden_analysis_takes_part_is_found(
    n_organisations: int, is_found: bool
) -> None:
    """Three organisations show their analysis; below three there is no summary."""
    key = {
        "outcome_id": "kpi.a",
        "driver_id": "drv.b",
        "instrument_kind": "panel",
        "channel": "all",
        "period_id": "2025",
    }
    drivers = pd.DataFrame([key | {"organisation_id": f"o{number}"} for number in range(3)])
    found = audit_driver_summary(pd.DataFrame([key | {"n_organisations": n_organisations}]), drivers, 3)
    assert len(found) == is_found
