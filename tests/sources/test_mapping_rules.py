"""Contradictions within one mapping, and names that the reference model does not know."""

from datetime import date
from pathlib import Path

import pytest

from sources.mapping import load_mapping_file
from tests.sources.mapping_files import BASE, Edit, edited, issues, line_with, load, product_reference, write

AGGREGATE = edited(
    ("delivery: respondent, format: csv", "delivery: aggregate, format: xlsx"),
    ("{column: v1, item: kpi.tevredenheid", "{counts: {Blij: 5, Boos: 1}, item: kpi.tevredenheid"),
    ("  - {column: v2, item: drv.meedenken, scale: eens5, comparability: B}\n", ""),
    ("keys: {response: {column: id}}\n", ""),
)
AGES = "age_band: {column: lft, bands"
V1 = "{column: v1, item: kpi.tevredenheid, scale: eens5, comparability: A}"
V2 = "{column: v2, item: drv.meedenken, scale: eens5, comparability: B}"
PROCESS = """\
mapping_id: kto
mapping_version: 1.0.0
valid_from: 2025-01-01
organisation: {org_id: gm0344}
source: {delivery: process, format: csv, match: "proces/*.csv", snapshot: full}
when: {column: Maand, type: month, format: "%Y-%m"}
dimensions: {service: {column: Dienst, map: {Paspoort: paspoort}}}
metrics:
  - {column: P50, metric: lead_time_p50, n: {column: Af}}
  - {column: Klachten, metric: complaints}
"""


def only_issue(folder: Path, edit: Edit, text: str = BASE) -> tuple[str, str, str]:
    """Field, found and allowed of the one issue, which must stand on the edited line."""
    (issue,) = issues(folder, edit, text=text)
    changed = edited(edit, text=text)
    assert issue.file == "gm0344/kto.yml"
    assert issue.line is not None
    assert any(part.strip() in changed.splitlines()[issue.line - 1] for part in edit[1].splitlines() or [""])
    return issue.field, issue.found, issue.allowed


@pytest.mark.parametrize(
    ("edit", "field", "allowed"),
    [
        (("valid_to: null", "valid_to: 2024-12-31"), "valid_to", "2025-01-01 or later"),
        (("snapshot: full", "snapshot: full, sheet: Blad1"), "source.sheet", "only with format xlsx"),
        (("snapshot: full", "snapshot: full, range: A1:B9"), "source.range", "only with format xlsx"),
        (("snapshot: full", "snapshot: full, decimal: ',', thousands: ','"), "source.thousands", "another mark"),
        (("snapshot: full", "snapshot: full, delimiter: ';', quote: ';'"), "source.quote", "another character"),
        (('"kto/*.csv"', '"/kto/*.csv"'), "source.match", "relative"),
        (('"kto/*.csv"', '"kto/../*.csv"'), "source.match", "relative"),
        (('"kto/*.csv"', '"kto//*.csv"'), "source.match", "relative"),
        (('"kto/*.csv"', '"_ontvangst/*.csv"'), "source.match", "do not begin with _ or ."),
        (('"kto/*.csv"', '"kto/.*.csv"'), "source.match", "do not begin with _ or ."),
        (('"kto/*.csv"', '"**/a**/b**/c**/d**"'), "source.match", "at most 4 times"),
        (('"kto/*.csv"', "[]"), "source.match", "at least one pattern"),
        (("{method: none}", "{method: delivered}"), "design.weights.column", "the column that holds the weights"),
        (("{method: none}", "{method: rake}"), "design.weights.by", "dimensions to rake by"),
        (("{method: none}", "{method: none}, frame: {invited: {file: f.csv}}"), "design.frame.invited", "file, column"),
        (("{response: {column: id}}", "{}"), "keys.response", "identify a response"),
        (("{response: {column: id}}", "{response: {columns: []}}"), "keys.response.columns", "at least one column"),
        (("when: {column: datum, ", "when: {"), "when", "one of column, path, const"),
        (("when: {column: datum", "when: {column: datum, const: 2025-01-01"), "when", "one of column, path, const"),
        (("when: {column: datum", "when: {column: datum, path: datum2"), "when", "one of column, path, const"),
        (("when: {column: datum", "when: {const: 31-12-2025"), "when.const", "2025-12-31"),
        (("when: {column: datum, type: date", "when: {const: 2025-13, type: month"), "when.const", "as 2025-11"),
        (('format: "%d-%m-%Y"', 'format: "%d-%m"'), "when.format", "a year, a month and a day"),
        (('format: "%d-%m-%Y"', 'format: ["%Y-%m-%d", "%Y-%m"]'), "when.format", "a year, a month and a day"),
        (('format: "%d-%m-%Y"', 'format: "dd-mm-jjjj"'), "when.format", "a year, a month and a day"),
        (('format: "%d-%m-%Y"', 'format: "%x"'), "when.format", "out of"),
        (('format: "%d-%m-%Y"', 'format: "%-d-%m-%Y"'), "when.format", "out of"),
        (('format: "%d-%m-%Y"', 'format: "%d-%m-%Y%"'), "when.format", "out of"),
        (("type: date", "period_override: {map: {a: 2025-H1}}, type: date"), "when.period_override", "one of column"),
        (("audience: {const: citizen}", "audience: {const: citizen, column: wie}"), "dimensions.audience", "one of"),
        (("audience: {const: citizen}", "audience: {default: citizen}"), "dimensions.audience", "one of column"),
        (("{Balie: desk, Web: web}", "{Balie: desk, BALIE: web}"), "dimensions.channel.map.BALIE", "one value"),
        (("Web: web}}", "Web: web}, bands: [1, 2]}"), "dimensions.channel.bands", "only for age_band"),
        (("  audience", f"  {AGES}: [35, 18]}}\n  audience"), "dimensions.age_band.bands", "rising"),
        (("  audience", f"  {AGES}: [0, 18]}}\n  audience"), "dimensions.age_band.bands", "above 0"),
        (("items:\n", "completed: {values: [ja]}\nitems:\n"), "completed", "column or path"),
        (("items:\n", "exclude: [{values: [ja]}]\nitems:\n"), "exclude[0]", "column or path"),
        (("items:\n", "language: {map: {a: nl}}\nitems:\n"), "language", "one of column, path, const"),
        ((V1, V1.replace("column: v1, ", "")), "items[0]", "column or path"),
        ((V1, V1.replace("column: v1, ", "column: v1, path: v2, ")), "items[0]", "column or path"),
        ((V1, V1.replace("scale: eens5, ", "")), "items[0].scale", "name of a scale"),
        ((V1, V1.replace("scale: eens5", "scale: eens6")), "items[0].scale", "did you mean 'eens5'?"),
        ((V1, V1.replace(", comparability: A", "")), "items[0].comparability", "A, B, C, X, impossible"),
        ((V1, V1.replace("comparability: A", "comparability: impossible")), "items[0].reason", "cannot be measured"),
        ((V1, V1.replace("column: v1", "counts: {a: 1}")), "items[0].counts", "aggregate delivery"),
        ((V1, V1.replace("}", ", valid_from: 2025-06-01, valid_to: 2025-05-31}")), "items[0].valid_to", "or later"),
        ((V1, V1.replace("}", ", valid_to: 2024-12-31}")), "items[0]", "within the mapping's"),
        (
            (V1, "{column: t, item: open.toelichting, kind: open_text, scale: eens5}"),
            "items[0].scale", "no scale where kind is open_text",
        ),
        ((V2, V2.replace("drv.meedenken", "kpi.tevredenheid")), "items[1]", "set role: secondary"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named(tmp_path: Path, edit: Edit, field: str, allowed: str) -> None:
    issue = only_issue(tmp_path, edit)
    assert issue[0] == field
    assert allowed in issue[2]


@pytest.mark.parametrize(
    ("edit", "field", "allowed"),
    [
        (("mapping_id: kto", "mapping_id: klanten"), "mapping_id", "kto, the name of the file"),
        (("{org_id: gm0344, cbs: GM0344}", "{org_id: gm0855}"), "organisation.org_id", "the name of the folder"),
        (("cbs: GM0344", "cbs: GM0855"), "organisation.cbs", "GM0344"),
        (("cbs: GM0344", 'tooi: "https://example.org/id/gm0855"'), "organisation.tooi", "/gm0344"),
        (("kind: transactional", "kind: transactionel"), "instrument.kind", "did you mean 'transactional'?"),
        (("sample: self_selected", "sample: selfselected"), "design.sample", "did you mean 'self_selected'?"),
        (("mode: [web]", "mode: [web, wep]"), "design.mode", "did you mean 'web'?"),
        (("Web: web}", "Web: website}"), "dimensions.channel.map.Web", "one of app, chat"),
        (("Web: web}}", "Web: web}, default: all}"), "dimensions.channel.default", "multichannel"),
        (("audience: {const: citizen}", "audience: {const: citizens}"), "dimensions.audience.const", "'citizen'?"),
        ((V1, V1.replace("kpi.tevredenheid", "kpi.tevredenhid")), "items[0].item", "did you mean 'kpi.tevredenheid'?"),
        ((V1, V1.replace("kpi.tevredenheid", "open.toelichting")), "items[0].kind", "kind: open_text"),
        ((V1, "{column: t, item: kpi.tevredenheid, kind: open_text}"), "items[0].kind", "floor open"),
        (("kind: likert_agree", "kind: likert_agre"), "scales.eens5.kind", "a kind in ref_scale"),
        (("min: 1, max: 5, points: 5", "min: 1, max: 8, points: 8"), "scales.eens5", "in ref_scale: likert_agree"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_named(tmp_path: Path, edit: Edit, field: str, allowed: str) -> None:
    issue = only_issue(tmp_path, edit)
    assert issue[0] == field
    assert allowed in issue[2]


def test_an_own_item_needs_no_node_of_the_model(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        (
            V1,
            V1.replace("kpi.tevredenheid", "eigen.wachttijd").replace("comparability: A", "comparability: X"),
        ),
    )
    assert mapping.items[0].node == "eigen.wachttijd"


def test_an_impossible_item_needs_a_reason_and_nothing_else(tmp_path: Path) -> None:
    reason = "wordt niet gevraagd"
    mapping = load(tmp_path, (V1, f"{{item: kpi.tevredenheid, comparability: impossible, reason: {reason}}}"))
    item = mapping.items[0]
    assert (item.is_measured, item.column, item.scale, item.reason) == (False, None, None, reason)


def test_touchpoints_services_and_life_events_need_not_be_registered(tmp_path: Path) -> None:
    own = "service: {const: eigen-dienst}\n  touchpoint: {const: x}\n  life_event: {const: y}\n  channel: {"
    assert load(tmp_path, ("channel: {", own)).dimensions.service is not None


def satisfaction(column: str, extra: str = "") -> str:
    """A primary item for satisfaction; `extra` follows its other fields."""
    return f"{{column: {column}, item: kpi.tevredenheid, scale: eens5, comparability: A{extra}}}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        (", valid_to: 2025-06-30", ", valid_from: 2025-06-01"),
        (", valid_from: 2025-06-01", ", valid_from: 2025-02-01, valid_to: 2025-06-02"),
        (", valid_from: 2025-06-01", ""),
        (", valid_to: 2025-06-30", ", valid_to: 2025-09-30"),
    ],
)
def test_two_primary_items_for_one_node_at_one_date_are_an_error(
    tmp_path: Path, first: str, second: str
) -> None:
    edits = ((V1, satisfaction("v1", first)), (V2, satisfaction("v2", second)))
    (issue,) = issues(tmp_path, *edits)
    assert (issue.field, issue.found) == ("items[1]", "a second primary item")
    assert issue.line == line_with("column: v2", edited(*edits))


def test_an_item_that_cannot_be_measured_and_is_measured_is_an_error(tmp_path: Path) -> None:
    impossible = "{item: kpi.tevredenheid, comparability: impossible, reason: x}"
    assert [one.field for one in issues(tmp_path, (V2, impossible))] == ["items[1]"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (", role: secondary", ""),
        (", valid_to: 2025-06-30", ", valid_from: 2025-07-01"),
        (", valid_to: 2025-07-01", ", valid_from: 2025-07-01"),
        (", valid_to: 2025-06-30", ""),
    ],
)
def test_items_that_follow_each_other_are_sound(tmp_path: Path, first: str, second: str) -> None:
    mapping = load(tmp_path, (V1, satisfaction("v1", first)), (V2, satisfaction("v2", second)))
    for day in (date(2025, 6, 30), date(2025, 7, 1)):
        counting = [item for item in mapping.items if item.role == "primary" and item.is_valid_on(day)]
        assert len(counting) == 1


def test_several_comments_for_one_node_are_sound(tmp_path: Path) -> None:
    comment = "{{column: {}, item: open.toelichting, kind: open_text}}"
    mapping = load(tmp_path, (V1, comment.format("t1")), (V2, comment.format("t2")))
    assert [item.scale for item in mapping.items] == [None, None]


def test_an_aggregate_counts_answers_per_column(tmp_path: Path) -> None:
    mapping = load(tmp_path, text=AGGREGATE)
    assert mapping.items[0].counts == {"Blij": "5", "Boos": "1"}
    assert mapping.keys.response is None


@pytest.mark.parametrize(
    ("edit", "field", "allowed"),
    [
        (("Blij: 5", "Blij: 6"), "items[0].counts.Blij", "a value, label or missing code"),
        (("{Blij: 5, Boos: 1}", "{}"), "items[0].counts", "a column for every answer"),
        (("{counts: {Blij: 5, Boos: 1}", "{column: v1"), "items[0].counts", "counts: {column: scale value}"),
        (("{counts:", "{column: v1, counts:"), "items[0]", "counts alone"),
    ],
)
def test_counts_of_an_aggregate_must_be_answers(tmp_path: Path, edit: Edit, field: str, allowed: str) -> None:
    issue = only_issue(tmp_path, edit, text=AGGREGATE)
    assert issue[0] == field
    assert allowed in issue[2]


def test_counts_may_stand_for_codes_and_reasons(tmp_path: Path) -> None:
    counts = "{Blij: 5, Boos: 1, Geen mening: 9, Leeg: not_answered}"
    mapping = load(tmp_path, ("{Blij: 5, Boos: 1}", counts), text=AGGREGATE)
    assert mapping.items[0].counts["Leeg"] == "not_answered"


def test_process_data_need_no_survey(tmp_path: Path) -> None:
    mapping = load(tmp_path, text=PROCESS)
    assert [(one.column, one.metric) for one in mapping.metrics] == [
        ("P50", "lead_time_p50"),
        ("Klachten", "complaints"),
    ]
    assert mapping.mapped_columns == ("Maand", "Dienst", "P50", "Af", "Klachten")
    assert mapping.instrument.id == "kto"


@pytest.mark.parametrize(
    ("edit", "field", "allowed"),
    [
        (("metric: complaints", "metric: klachten"), "metrics[1].metric", "complaints"),
        (
            ("metric: complaints", "metric: lead_time_p50"),
            "metrics[1].metric",
            "one column for lead_time_p50",
        ),
        (("{column: Klachten, ", "{"), "metrics[1]", "column or path"),
        (("n: {column: Af}", "n: Af"), "metrics[0].n", "fields"),
        (("metrics:\n", f"items:\n  - {V1}\nmetrics:\n"), "items", "metrics where delivery is process"),
        (("delivery: process", "delivery: respondent"), "metrics", "metrics only where"),
    ],
)
def test_faults_of_process_data(tmp_path: Path, edit: Edit, field: str, allowed: str) -> None:
    found = {one.field: one.allowed for one in issues(tmp_path, edit, text=PROCESS)}
    assert allowed in found[field], found


def test_process_data_need_a_metric(tmp_path: Path) -> None:
    text = PROCESS[: PROCESS.index("metrics:")]
    assert [(one.field, one.allowed) for one in issues(tmp_path, text=text)] == [
        ("metrics", "at least one metric")
    ]


@pytest.mark.parametrize(
    ("frame", "field", "allowed"),
    [
        (
            "{invited: {file: v_*.csv, column: n, when: {column: m, format: '%d'}}}",
            "format",
            "a year, a month",
        ),
        ("{invited: {column: n, when: {column: m}}}", "when", "when beside file only"),
        ("{invited: {file: ../x.csv, column: n}}", "file", "relative to the organisation's folder"),
    ],
)
def test_faults_of_frame_files(tmp_path: Path, frame: str, field: str, allowed: str) -> None:
    (issue,) = issues(tmp_path, ("weights: {method: none}", f"frame: {frame}"))
    assert issue.field.startswith("design.frame.invited") and issue.field.endswith(field)
    assert allowed in issue.allowed


def test_a_respondent_delivery_needs_an_item(tmp_path: Path) -> None:
    found = issues(tmp_path, ("items:\n", "items: []\n"), (f"  - {V1}\n", ""), (f"  - {V2}\n", ""))
    assert [(one.field, one.allowed) for one in found] == [("items", "at least one item")]


def test_an_unused_scale_need_not_be_known(tmp_path: Path) -> None:
    spare = "scales:\n  spaar: {min: 1, max: 8, kind: likert_agree}\n"
    assert set(load(tmp_path, ("scales:\n", spare)).scales) == {"eens5"}


def test_column_names_that_differ_for_the_tool_are_free(tmp_path: Path) -> None:
    path = write(tmp_path, edited((V1, V1.replace("v1", '"likert5[satisgen1]"'))))
    (mapping,) = load_mapping_file(path, product_reference())
    assert mapping.items[0].column == "likert5[satisgen1]"
