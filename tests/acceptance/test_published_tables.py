"""The published file: the contract's tables with at least its columns, readable by the dashboards' DuckDB."""

from __future__ import annotations

import pyreadstat
import pytest

from tests.acceptance.conftest import SAMPLE_BUCKET, Nights

KPI = """organisation_id organisation_name organisation_type province size_class kpi_id kpi_label_nl
    kpi_label_en statistic period_type period_id period_start service_group channel audience instrument_kind
    n n_eff value value_unweighted standard_error ci_low ci_high interval_basis comparability_grade
    model_version quote_nl quote_en flags is_suppressed suppression_reason is_publishable"""
COLUMNS = {
    "kpi": KPI,
    "breakdown": f"{KPI} dimension dimension_value",
    "trend": """organisation_id kpi_id statistic instrument_kind period_type period_id service_group channel
        audience comparison delta se_delta p_value q_value is_significant is_series_break""",
    "benchmark": """organisation_id kpi_id statistic instrument_kind period_id peer_group value
        peer_mean_organisation peer_mean_volume p25 p50 p75 n_organisations delta q_value rank_low rank_high""",
    "government": """kpi_id statistic instrument_kind period_id series weighting value standard_error ci_low ci_high
        n_organisations coverage_share""",
    "driver": """organisation_id instrument_kind outcome_id driver_id channel period_id performance importance
        importance_low importance_high correlation beta quadrant n r_squared""",
    "driver_summary": "outcome_id driver_id instrument_kind channel period_id importance n_organisations",
    "reliability": "organisation_id construct_id driver_id channel period_id alpha n is_reliable",
    "life_event": "life_event_id kpi_id statistic instrument_kind period_id value ci_low ci_high n_organisations",
    "distribution": "organisation_id kpi_id period_id scale_id n share is_suppressed",
    "response": """organisation_id instrument_id instrument_kind period_id channel invited delivered started completed
        response_rate break_off_rate flags""",
    "process": "organisation_id service_id period_id metric value n",
    "delivery": "organisation_id delivery_id is_current is_late received_at processed_at",
    "expected_delivery": "organisation_id mapping_id period_id due_at status",
    "change": "organisation_id change_date kind text_nl text_en",
    "catalogue": """organisation_id kpi_id is_measured item_text_nl scale_id comparability_grade valid_from
        valid_to item_response_rate item_response_period_id""",
    "snapshot": "snapshot_id published_at model_version git_commit is_sample content_sha256",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_every_column_of_the_contract_is_there(sample: Nights, table: str) -> None:
    found = sample.installation.query(f"select * from marts.{table} limit 0")
    assert set(COLUMNS[table].split()) <= set(found.columns)


def test_the_file_holds_tables_only_and_in_one_schema(sample: Nights) -> None:
    views = sample.installation.query("select view_name from duckdb_views() where not internal")
    schemas = sample.installation.query("select distinct schema_name from duckdb_tables()")
    assert views.empty
    assert schemas["schema_name"].tolist() == ["marts"]


def test_the_storage_version_is_one_that_duckdb_1_5_reads(sample: Nights) -> None:
    (version,) = sample.installation.query(
        "select tags['storage_version'] as v from duckdb_databases() where not internal"
    )["v"]
    major, minor = (int(part) for part in version.lstrip("v").split("+")[0].split(".")[:2])
    assert (major, minor) <= (1, 5), version


def test_every_shown_figure_can_be_quoted_in_both_languages(sample: Nights) -> None:
    shown = sample.first.kpi.dropna(subset=["value"])
    assert shown["quote_nl"].str.len().min() > 20
    assert shown["quote_en"].str.len().min() > 20
    assert (shown["quote_nl"] != shown["quote_en"]).all()
    assert shown["quote_nl"].str.contains("reconstructie").all()


def test_the_catalogue_knows_what_is_and_is_not_measured(sample: Nights) -> None:
    catalogue = sample.installation.query("select * from marts.catalogue where organisation_id = 'kvk'")
    measured = catalogue[catalogue["is_measured"].astype(bool)]
    assert {"kpi.aanbeveling", "kpi.gemak", "kpi.tevredenheid"} <= set(measured["kpi_id"])
    assert "kpi.vertrouwen" in set(catalogue.loc[~catalogue["is_measured"].astype(bool), "kpi_id"])
    nps = measured[measured["kpi_id"] == "kpi.aanbeveling"].iloc[0]
    assert (nps["scale_id"], nps["comparability_grade"]) == ("nps_0_10", "A")


def test_item_response_is_made_of_published_numbers(sample: Nights) -> None:
    told = sample.installation.query("""
        select catalogue.*, kpi.n / response.completed as expected
        from marts.catalogue as catalogue
        inner join marts.kpi as kpi
            on catalogue.organisation_id = kpi.organisation_id and catalogue.kpi_id = kpi.kpi_id
                and catalogue.item_response_period_id = kpi.period_id
        inner join marts.response as response
            on kpi.organisation_id = response.organisation_id and kpi.period_id = response.period_id
        where kpi.statistic = 'mean_pomp' and kpi.service_group = 'all' and kpi.channel = 'all'
            and kpi.audience = 'all' and response.channel = 'all'
    """).set_index(["organisation_id", "kpi_id"])
    assert len(told) >= 12
    assert (told["item_response_rate"] - told["expected"]).abs().max() < 1e-9
    # KVK asks for ease since October: the half-year holds effort as well.
    assert told.loc[("kvk", "kpi.gemak"), "item_response_period_id"] == "2025-Q4"
    trust = told.loc[("uwv", "kpi.vertrouwen")]
    waves = [
        pyreadstat.read_sav(path, user_missing=True)[0]["v02"].between(1, 5)
        for path in sorted((SAMPLE_BUCKET / "uwv").rglob("*.sav"))
    ]
    asked, answered = sum(map(len, waves)), sum(int(wave.sum()) for wave in waves)
    assert (trust["item_response_period_id"], trust["item_response_rate"]) == (
        "2025", pytest.approx(answered / asked, rel=1e-9),
    )  # fmt: skip


def test_new_targets_are_told_with_their_day_and_without_their_numbers(sample: Nights) -> None:
    """KVK's targets of 2025 begin with its survey; those of 2026 are another file of numbers."""
    change = sample.installation.query("select * from marts.change where kind = 'weighting'")
    assert set(change["organisation_id"]) == {"kvk"}
    told = change.set_index(change["change_date"].dt.strftime("%Y-%m-%d"))
    assert told["text_en"].to_dict() == {
        "2025-09-01": "Start of the weighting to targets of kvk-transactie (kvk-contactvolume).",
        "2026-01-01": "New targets for the weighting of kvk-transactie (kvk-contactvolume).",
    }
    assert told.loc["2026-01-01", "text_nl"] == (
        "Nieuwe populatieaantallen voor de weging van kvk-transactie (kvk-contactvolume)."
    )


def test_process_data_stand_beside_what_people_say(sample: Nights) -> None:
    """Of moves there were 9, 8 and 6 complaints a month: 23 in the quarter, which is shown."""
    process = sample.installation.query(
        "select * from marts.process where organisation_id = 'gm0344' and service_id = 'verhuizen'"
    ).set_index(["period_id", "metric"])
    complaints = process["value"].xs("complaints", level="metric")
    assert complaints["2025-Q4"] == 23
    assert complaints.drop("2025-Q4").isna().all() and len(complaints) > 4
    assert process.loc[("2025-12", "lead_time_p50"), ["value", "n"]].tolist() == [1.6, 1533]
    beside = sample.first.figure(
        "gm0344", "kpi.tevredenheid", "mean_pomp", "2025-Q4", service_group="registration"
    )
    quarter = process.loc[("2025-Q4", "complaints")]
    assert (quarter["perception_value"], quarter["perception_n"]) == (beside["value"], beside["n"])


def test_expected_deliveries_cover_the_months_of_the_sample(sample: Nights) -> None:
    expected = sample.installation.query(
        "select * from marts.expected_delivery where organisation_id = 'gm0344'"
    ).set_index("period_id")
    months = ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01"]
    assert (expected.loc[months, "status"] == "green").all()


def test_small_counts_of_deliveries_are_not_shown(sample: Nights) -> None:
    delivery = sample.first.delivery
    counts = [name for name in delivery.columns if name.startswith("rows_") or name == "invalid_cells"]
    assert "rows_processed" in counts
    for name in counts:
        numbers = delivery[name].dropna()
        assert ((numbers == 0) | (numbers >= 10)).all(), name
