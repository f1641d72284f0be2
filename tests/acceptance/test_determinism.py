"""Same deliveries, same figures: whatever the order of arrival and rows, threads, time zone or locale."""

from __future__ import annotations

from tests.acceptance import cases
from tests.acceptance.conftest import Nights


def table_hashes(nights: Nights) -> dict[str, tuple[int, str]]:
    """Rows and content of every table; `snapshot` names the commit, and says the rest in one hash."""
    tables = nights.last.manifest["tables"]
    return {
        name: (table["rows"], table["content_sha256"]) for name, table in tables.items() if name != "snapshot"
    }


def content_of(nights: Nights) -> str:
    return str(nights.installation.query("select content_sha256 from marts.snapshot").iloc[0, 0])


def test_arrival_order_threads_zone_and_locale_change_no_table(healthy: Nights, reordered: Nights) -> None:
    assert table_hashes(reordered) == table_hashes(healthy)
    assert content_of(reordered) == content_of(healthy)


def test_and_no_organisation(healthy: Nights, reordered: Nights) -> None:
    assert reordered.last.manifest["organisations"] == healthy.last.manifest["organisations"]


def test_the_first_of_the_two_runs_did_differ(healthy: Nights, reordered: Nights) -> None:
    assert table_hashes(reordered)["kpi"] != (
        len(reordered.first.kpi),
        reordered.first.manifest["tables"]["kpi"]["content_sha256"],
    )


def test_row_order_changes_no_figure(healthy: Nights, troubled: Nights) -> None:
    # In the troubled installation test0001's rows are shuffled: another file, the same answers.
    assert (
        healthy.first.receipt("test0001", "processed")["sha256"]
        != (troubled.first.receipt("test0001", "processed")["sha256"])
    )
    assert troubled.first.hashes("test0001") == healthy.first.hashes("test0001")
    assert "test0001" in cases.healthy_ids()
