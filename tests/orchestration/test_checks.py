"""Every Dagster check of ours, shown green and shown red."""

from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from expectations import RuleResult, rules
from orchestration.audit import recoverable_figures
from orchestration.checks import conservation_law, disclosure_check, gate_results, manifest_check
from orchestration.count_audit import counts_told_without_history
from orchestration.publication import publish
from sources.outcome import Outcome, Rows

CELLS = """
create schema intermediate;
create schema reference;
create table reference.ref_threshold as select 'suppression_min_n' as threshold, 10 as value;
create table intermediate.int_period as
    select '2025' as period_id, 'year' as period_type, date '2025-01-01' as period_start;
create table intermediate.int_cell_candidate as
    select 'uwv' as organisation_id, 'kpi.a' as kpi_id, 'panel' as instrument_kind, '2025' as period_id,
        'all' as breakdown, 'all' as breakdown_value, 'all' as service_group, channel, 'all' as audience, n,
        3 as n_values, hash(channel) as answers_hash, {was_published} as was_published, false as was_suppressed,
        false as was_pending
    from (values ('all', 100), ('web', 50), ('phone', 40), ('desk', 5), ('mail', 5)) as cell (channel, n);
create table intermediate.int_cell_change as
    select cell.* exclude (n, n_values, answers_hash, was_published, was_suppressed, was_pending),
        's' as scale_id, 1 as value, change as n_change, change as n_since
    from intermediate.int_cell_candidate as cell
    inner join (values {changes}) as listed (channel, change) using (channel);
create table intermediate.int_revision as
    select cell.* exclude (n, n_values, answers_hash, was_published, was_suppressed, was_pending),
        channel in ({hidden}) as is_suppressed, channel in ({standing}) as is_revision_pending
    from intermediate.int_cell_candidate as cell;
"""

# The marts of plain counts: 100 started a survey and 80 completed it; an analysis of 550 is one of 300 and one of 250.
COUNTS = """
create schema marts;
create table marts.kpi as
    select organisation_id, instrument_kind, kpi_id, period_id, channel, service_group, audience,
        false as is_suppressed, '' as flags
    from intermediate.int_revision;
create table marts.response as
    select 'uwv' as organisation_id, 'kto' as instrument_id, 'panel' as instrument_kind, '2025' as period_id,
        'all' as channel, {hides_started} as is_suppressed,
        * replace (case when not {hides_started} then started end as started)
    from (
        select null::integer as population, null::integer as invited, null::integer as delivered, 100 as started,
            80 as completed, {partials} as partials, null::integer as screened_out
    ) as listed;
alter table marts.response add column response_rate double;
alter table marts.response add column response_rate_low double;
alter table marts.response add column response_rate_with_partials double;
alter table marts.response add column break_off_rate double;
alter table marts.response add column coverage_share double;
create table intermediate.int_response_candidate as
    select organisation_id, instrument_id, instrument_kind, period_id, channel, count_name, n,
        null::bigint as n_published, null::bigint as n_before, false as was_published, false as was_suppressed,
        false as was_pending
    from marts.response
    cross join (values ('started', 100), ('completed', 80), ('partials', {partials}), ('broken_off', 20 - {partials}))
        as listed (count_name, n);
create table intermediate.int_response_protection as
    select *, false as is_revision_pending from intermediate.int_response_candidate;
create table intermediate.int_process_candidate as
    select 'uwv' as organisation_id, 's' as service_id, '2025' as period_id, 'cases' as metric, 40 as n,
        null::bigint as n_published, null::bigint as n_before, false as was_published, false as was_suppressed,
        false as was_pending;
create table intermediate.int_process_protection as
    select *, false as is_revision_pending from intermediate.int_process_candidate;
create table marts.process as
    select *, 'year' as period_type, date '2025-01-01' as period_start, n as value, false as is_suppressed
    from intermediate.int_process_candidate;
create table marts.driver as
    select organisation_id, instrument_kind, 'kpi.a' as outcome_id, 'drv.b' as driver_id, channel, period_id,
        0.5 as importance, channel in ({hidden_analyses}) as is_suppressed
    from intermediate.int_cell_candidate where channel in ('all', 'web', 'phone');
create table marts.reliability as
    select *, outcome_id as construct_id from marts.driver limit 0;
create table marts.driver_summary as
    select outcome_id, driver_id, instrument_kind, channel, period_id, 3 as n_organisations from marts.driver limit 0;
create table intermediate.int_driver_analysis as
    select 'importance' as analysis, outcome_id as subject_id, * exclude (is_suppressed),
        case channel when 'all' then 550 when 'web' then 300 else 250 end as n
    from marts.driver;
insert into reference.ref_threshold values ('peers_min_organisations', 3);
"""
PROTECTED = {"hides_started": "true", "partials": "11", "hidden_analyses": "''"}


def audited(
    folder: Path, hidden: str, standing: str = "''", changes: str = "('none', 0)", **counts: str
) -> bool:
    """Whether the audit passes on a table of channels: 100 = 50 web + 40 phone + 5 desk + 5 mail."""
    path = folder / "warehouse.duckdb"
    was_published = "false" if standing == "''" else "true"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            CELLS.format(hidden=hidden, standing=standing, changes=changes, was_published=was_published)
        )
        connection.execute(COUNTS.format(**PROTECTED | counts))
    return bool(disclosure_check("no_hidden_figure_recoverable", recoverable_figures(path)).passed)


@pytest.mark.parametrize(
    ("rows", "passed"),
    [
        (Rows(10, processed=7, quarantined=1, duplicate=2), True),
        (Rows(10, processed=7, quarantined=1, duplicate=1), False),
        (Rows(10, processed=10, quarantined=1), False),
        (None, True),
    ],
)
def test_rows_add_up(rows: Rows | None, passed: bool) -> None:
    outcome = Outcome("uwv", "ab" * 32, "processed", rows=rows)
    assert conservation_law("rows_add_up", [outcome]).passed is passed


@pytest.mark.parametrize(
    ("hidden", "passed"),
    [("'desk'", False), ("'desk', 'phone'", True), ("'desk', 'mail', 'phone'", True)],
)
def test_no_hidden_figure_is_recoverable(tmp_path: Path, hidden: str, passed: bool) -> None:
    assert audited(tmp_path, hidden) is passed


@pytest.mark.parametrize(
    ("standing", "changes", "passed"),
    [
        ("'web'", "('all', 15), ('web', 5), ('phone', 10)", False),
        ("'web', 'phone'", "('all', 15), ('web', 5), ('phone', 10)", True),
        ("'web', 'phone'", "('all', 9), ('web', 5), ('phone', 4)", False),
    ],
)
def test_no_small_change_is_recoverable(tmp_path: Path, standing: str, changes: str, passed: bool) -> None:
    """The total is told on both nights."""
    assert audited(tmp_path, "''", standing, changes) is passed


@pytest.mark.parametrize(
    ("counts", "passed"),
    [
        ({}, True),
        # Sixteen who were partial leave four who broke off.
        ({"partials": "16"}, True),
        ({"partials": "16", "hides_started": "false"}, False),
        ({"hidden_analyses": "'phone'"}, False),
        ({"hidden_analyses": "'phone', 'web'"}, True),
    ],
)
def test_no_hidden_count_is_recoverable(tmp_path: Path, counts: dict[str, str], passed: bool) -> None:
    assert audited(tmp_path, "''", **counts) is passed


@pytest.mark.parametrize(
    ("completed", "hides_started", "found"),
    [(80, "true", 0), (95, "true", 0), (84, "true", 1), (80, "false", 1)],
)
def test_without_a_history_no_count_may_differ_a_little(
    tmp_path: Path, completed: int, hides_started: str, found: int
) -> None:
    """Last night 80 completed, and how many started was hidden."""
    audited(tmp_path, "''")
    (tmp_path / "warehouse.duckdb").rename(tmp_path / "published.duckdb")
    audited(tmp_path, "''", hides_started=hides_started)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'published.duckdb'}' as published (read_only)")
        connection.execute(f"attach '{tmp_path / 'warehouse.duckdb'}' as warehouse")
        connection.execute(f"update warehouse.marts.response set completed = {completed}")
        assert len(counts_told_without_history(connection, 10)) == found


@pytest.mark.parametrize("passed", [True, False])
def test_manifest_holds(tmp_path: Path, passed: bool) -> None:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            "create schema marts; create table marts.kpi as select 'uwv' as organisation_id, 1 as n"
        )
    published = tmp_path / "published"
    publish(tmp_path / "w.duckdb", published, "s1", "2026-01-01T00:00:00+00:00", tmp_path / "states.json")
    if not passed:
        with duckdb.connect(str(published / "snapshots" / "s1.duckdb")) as connection:
            connection.execute("update marts.kpi set n = 2")
    assert manifest_check("manifest_holds", published).passed is passed


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
@pytest.mark.parametrize("failed", [0, 1])
def test_every_rule_of_the_gate_has_a_check(rule: object, failed: int) -> None:
    one = next(known for known in rules() if known == rule)
    result = RuleResult(one.code, one.check_name, one.severity, 3, failed, ("ab" * 32,) * failed)
    (check,) = gate_results([result])
    assert check.passed is (failed == 0)
    serious = one.severity in ("reject", "hold")
    assert check.severity == (dg.AssetCheckSeverity.ERROR if serious else dg.AssetCheckSeverity.WARN)


def test_the_evidence_names_organisations_and_no_counts_of_people() -> None:
    frame = pd.DataFrame(
        {"organisation_id": ["uwv", "uwv"], "kpi_id": ["a", "b"], "method": ["equations"] * 2}
    )
    result = disclosure_check("no_hidden_figure_recoverable", frame)
    assert result.metadata["organisations"].value == ["uwv"]
