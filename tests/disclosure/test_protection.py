"""Hand-computed decisions of `protect`."""

from decimal import Decimal

import pandas as pd
import pytest

from disclosure import DIMENSIONS, audit, protect
from tests.disclosure.published_grid import KEYS, THRESHOLDS, by_hand, channels


def hidden(cells: pd.DataFrame, *columns: str) -> set[object]:
    """The hidden cells, named by the given key columns."""
    decided = protect(cells, THRESHOLDS)
    found = decided[decided["is_suppressed"]]
    return (
        set(found[columns[0]])
        if len(columns) == 1
        else set(found[list(columns)].itertuples(index=False, name=None))
    )


def months(first: int, second: int, third: int, undated: int = 0) -> pd.DataFrame:
    starts = ("2025-10-01", "2025-11-01", "2025-12-01")
    cells = {
        ("month", start, "all", "all", "all"): n
        for start, n in zip(starts, (first, second, third), strict=True)
    }
    cells["quarter", "2025-10-01", "all", "all", "all"] = first + second + third + undated
    return by_hand(cells)


def test_large_cells_are_all_shown() -> None:
    assert hidden(by_hand(channels(web=50, phone=40, desk=10)), "channel") == set()


def test_one_small_cell_takes_the_smallest_of_its_line_with_it() -> None:
    assert hidden(by_hand(channels(web=50, phone=40, desk=4)), "channel") == {"desk", "phone"}


def test_a_tie_is_broken_by_the_name() -> None:
    assert hidden(by_hand(channels(web=40, phone=40, mail=40, desk=4)), "channel") == {"desk", "mail"}


def test_two_small_cells_whose_sum_is_small_take_a_third_with_them() -> None:
    assert hidden(by_hand(channels(web=50, phone=40, desk=4, chat=3)), "channel") == {"desk", "chat", "phone"}


def test_two_small_cells_whose_sum_reaches_the_threshold_protect_each_other() -> None:
    assert hidden(by_hand(channels(web=50, phone=40, desk=9, chat=3)), "channel") == {"desk", "chat"}


def test_hidden_rows_that_can_only_be_one_each_take_another_with_them() -> None:
    ten = {f"c{i}": 1 for i in range(10)}
    assert "web" in hidden(by_hand(channels(web=50, **ten)), "channel")


def test_a_total_without_another_child_is_hidden_with_its_child() -> None:
    cells = channels(web=8)
    assert hidden(by_hand(cells), "channel") == {"all", "web"}


def test_a_total_is_hidden_when_no_child_is_left() -> None:
    assert hidden(by_hand(channels(desk=5, chat=4)), "channel") == {"all", "desk", "chat"}


def test_a_single_child_follows_its_total_and_its_column_gets_a_partner() -> None:
    month, n = ("month", "2025-11-01"), {"s1": 5, "s2": 20, "s3": 40}
    cells = {(*month, "all", "all", "all"): 65, (*month, "all", "web", "all"): 65}
    for service, count in n.items():
        cells[*month, service, "all", "all"] = count
        cells[*month, service, "web", "all"] = count
    assert hidden(by_hand(cells), "service_group", "channel") == {
        ("s1", "all"), ("s1", "web"), ("s2", "all"), ("s2", "web")
    }  # fmt: skip


def test_a_partner_on_another_hidden_line_is_preferred_over_a_smaller_one() -> None:
    month = ("month", "2025-11-01")
    table = {("s1", "c1"): 5, ("s1", "c2"): 60, ("s1", "c3"): 50,
             ("s2", "c1"): 70, ("s2", "c2"): 6, ("s2", "c3"): 80,
             ("s3", "c1"): 30, ("s3", "c2"): 90, ("s3", "c3"): 95}  # fmt: skip
    cells = {(*month, service, channel, "all"): n for (service, channel), n in table.items()}
    for name in ("s1", "s2", "s3"):
        cells[*month, name, "all", "all"] = sum(n for key, n in table.items() if key[0] == name)
    for name in ("c1", "c2", "c3"):
        cells[*month, "all", name, "all"] = sum(n for key, n in table.items() if key[1] == name)
    cells[*month, "all", "all", "all"] = sum(table.values())
    # c3 is the smaller partner of (s1, c1), but c2 already holds a hidden cell: a rectangle of four suffices.
    assert hidden(by_hand(cells), "service_group", "channel") == {
        ("s1", "c1"),
        ("s1", "c2"),
        ("s2", "c1"),
        ("s2", "c2"),
    }


def test_a_hidden_total_is_never_alone_above_shown_children() -> None:
    cells = channels(web=15, phone=12)
    total = ("month", "2025-11-01", "all", "all", "all")
    assert hidden(by_hand(cells, no_spread=(total,)), "channel") == {"all", "phone"}


def test_a_small_month_takes_another_month_of_its_quarter() -> None:
    assert hidden(months(30, 4, 25), "period_id") == {"month 2025-11-01", "month 2025-12-01"}


def test_a_month_without_a_quarter_is_tied_to_the_half_year() -> None:
    cells = months(30, 4, 25)
    cells = cells.assign(period_type=cells["period_type"].replace("quarter", "half_year"))
    cells.loc[cells["period_type"] == "half_year", "period_start"] = pd.Timestamp("2025-07-01")
    assert hidden(cells, "period_type", "period_start") == {
        ("month", pd.Timestamp("2025-11-01")), ("month", pd.Timestamp("2025-12-01"))
    }  # fmt: skip


def test_a_year_follows_from_its_half_years_and_they_from_their_quarters() -> None:
    whole = ("all", "all", "all")
    cells = {("year", "2025-01-01", *whole): 100, ("half_year", "2025-01-01", *whole): 60}
    cells |= {("half_year", "2025-07-01", *whole): 40, ("quarter", "2025-01-01", *whole): 55}
    cells |= {("quarter", "2025-04-01", *whole): 5, ("quarter", "2025-07-01", *whole): 22}
    cells |= {("quarter", "2025-10-01", *whole): 18}
    assert hidden(by_hand(cells), "period_id") == {"quarter 2025-01-01", "quarter 2025-04-01"}


def test_a_few_answers_that_only_the_longer_period_holds_hide_a_month() -> None:
    assert hidden(months(30, 35, 25, undated=5), "period_id") == {"month 2025-12-01"}


def test_many_answers_that_only_the_longer_period_holds_are_a_group_of_their_own() -> None:
    assert hidden(months(30, 35, 25, undated=10), "period_id") == set()


def test_a_remainder_protects_a_small_month_when_together_they_are_large() -> None:
    assert hidden(months(30, 4, 25, undated=6), "period_id") == {"month 2025-11-01"}


def test_a_few_answers_missing_from_an_old_total_count_as_a_hidden_difference() -> None:
    assert hidden(months(30, 35, 25, undated=-3), "period_id") == {"month 2025-12-01"}


def test_no_spread_hides_below_its_threshold_only() -> None:
    cells = channels(web=60, phone=29, desk=35)
    same = tuple(("month", "2025-11-01", "all", channel, "all") for channel in ("phone", "desk"))
    assert hidden(by_hand(cells, no_spread=same), "channel") == {"phone", "desk"}
    assert hidden(by_hand(channels(web=60, phone=30, desk=35), no_spread=same), "channel") == set()


def test_a_frame_without_answer_values_knows_no_spread_rule() -> None:
    cells = by_hand(channels(web=60, phone=20)).assign(n_values=pd.array([None, None, None], dtype="Int64"))
    assert hidden(cells, "channel") == set()


def test_more_dimensions_share_the_total() -> None:
    cells = by_hand(channels(web=20, phone=25)).assign(age_band="all")
    ages = by_hand({("month", "2025-11-01", "all", "all", "all"): 1} | {}).loc[[0, 0]]
    ages = ages.assign(age_band=["18-34", "35-64"], n=[41, 4], n_values=2)
    both = pd.concat([cells, ages], ignore_index=True)
    decided = protect(both, THRESHOLDS, dimensions=["service_group", "channel", "audience", "age_band"])
    assert set(decided.loc[decided["is_suppressed"], "age_band"]) == {"18-34", "35-64"}


def test_thresholds_are_data() -> None:
    cells = by_hand(channels(web=50, phone=40, desk=4))
    lower = protect(cells, {"suppression_min_n": Decimal("4"), "no_spread_min_n": Decimal("4")})
    assert not lower["is_suppressed"].any()


def test_rows_and_index_are_those_of_the_input() -> None:
    cells = by_hand(channels(web=50, phone=40, desk=4)).iloc[::-1]
    decided = protect(cells, THRESHOLDS)
    assert list(decided.columns) == [*KEYS, "is_suppressed"]
    pd.testing.assert_frame_equal(decided[KEYS], cells[KEYS])
    assert decided["is_suppressed"].dtype == bool


def test_an_empty_frame_gives_an_empty_decision() -> None:
    decided = protect(by_hand(channels(web=50)).iloc[:0], THRESHOLDS)
    assert list(decided.columns) == [*KEYS, "is_suppressed"]
    assert decided.empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda cells: cells.drop(columns="channel"), "lack the column"),
        (lambda cells: cells.assign(n=0), "below 1"),
        (lambda cells: cells.assign(n=pd.array([None] * len(cells), dtype="Int64")), "empty values"),
        (lambda cells: cells.assign(channel=None), "column channel has empty values"),
        (lambda cells: cells.assign(period_type="week"), "period_type must be one of"),
        (lambda cells: cells.assign(period_start=pd.NaT), "period_start has empty values"),
        (lambda cells: pd.concat([cells, cells]), "same key"),
    ],
)
def test_a_faulty_frame_is_refused(change: object, message: str) -> None:
    cells = by_hand(channels(web=50, phone=40))
    with pytest.raises(ValueError, match=message):
        protect(change(cells), THRESHOLDS)  # type: ignore[operator]


def test_the_audit_names_the_cell_that_follows_by_subtraction() -> None:
    cells = by_hand(channels(web=50, phone=40, desk=4))
    exposed = audit(cells.assign(is_suppressed=cells["channel"] == "desk"))
    assert exposed[["channel", "method"]].to_numpy().tolist() == [["desk", "equations"]]
    assert "n" not in exposed.columns


def test_the_audit_sees_that_rows_hold_at_least_one_answer() -> None:
    cells = by_hand(channels(web=50, desk=1, chat=1))
    exposed = audit(cells.assign(is_suppressed=cells["channel"].isin(["desk", "chat"])))
    assert set(exposed["channel"]) == {"desk", "chat"}
    assert set(exposed["method"]) == {"intervals"}


def test_the_audit_finds_nothing_where_nothing_is_hidden() -> None:
    cells = by_hand(channels(web=50, phone=40, desk=4))
    assert audit(cells.assign(is_suppressed=False)).empty


def test_a_breakdown_is_protected_by_its_own_total_only() -> None:
    """Services add up to their group, ages to the whole: a small part takes a part of its own line along."""
    cells = {
        ("all", "all", "all"): 190,
        ("care", "all", "all"): 70,
        ("taxes", "all", "all"): 120,
        ("care", "wmo", "all"): 64,
        ("care", "jeugdhulp", "all"): 6,
        ("taxes", "ozb", "all"): 60,
        ("taxes", "afvalstoffenheffing", "all"): 60,
        ("all", "all", "18-34"): 100,
        ("all", "all", "35-66"): 82,
        ("all", "all", "67+"): 8,
    }
    month = ("month", "2025-11-01")
    frame = by_hand({(*month, group, service, age): n for (group, service, age), n in cells.items()})
    frame = frame.rename(columns={"channel": "service", "audience": "age_band"})
    frame[["channel", "audience", "touchpoint", "life_event"]] = "all"
    decided = protect(frame, THRESHOLDS, DIMENSIONS)["is_suppressed"]
    shown = frame[~decided]
    assert set(frame.loc[decided, "service"]) == {"wmo", "jeugdhulp", "all"}
    assert set(frame.loc[decided, "age_band"]) == {"35-66", "67+", "all"}
    assert {"care", "taxes"} <= set(shown.loc[shown["service"] == "all", "service_group"])
    assert audit(frame.assign(is_suppressed=decided), DIMENSIONS).empty
    alone = frame.assign(is_suppressed=frame["n"] < 10)
    assert set(audit(alone, DIMENSIONS)["service"]) == {"jeugdhulp", "all"}
