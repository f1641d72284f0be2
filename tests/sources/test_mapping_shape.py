"""Shape faults: each with file, line and field, all of a file together."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.mapping_files import BASE, Edit, edited, issues, line_with, load


def test_the_base_mapping_is_sound(tmp_path: Path) -> None:
    mapping = load(tmp_path)
    assert (mapping.mapping_id, mapping.organisation_id) == ("kto", "gm0344")
    assert [item.seq for item in mapping.items] == [1, 2]


@pytest.mark.parametrize(
    ("edit", "field", "found", "allowed"),
    [
        (("meethuis_mapping: 1", "meethuis_mapping: 2"), "meethuis_mapping", "'2'", "less than or equal to 1"),
        (("mapping_version: 1.0.0", "mapping_version: 1.0"), "mapping_version", "'1.0'", "three whole numbers"),
        (("mapping_version: 1.0.0", "mapping_version: 1.0.0-rc1"), "mapping_version", "1.0.0-rc1", "three whole"),
        (("mapping_version: 1.0.0", "mapping_version: 01.0.0"), "mapping_version", "'01.0.0'", "three whole"),
        (("valid_from: 2025-01-01", "valid_from: 01-01-2025"), "valid_from", "'01-01-2025'", "2025-12-31"),
        (("valid_from: 2025-01-01", "valid_from: 2025-02-30"), "valid_from", "'2025-02-30'", "a date that exists"),
        (("valid_from: 2025-01-01", "valid_from: null"), "valid_from", "nothing", "required"),
        (("format: csv", "format: parquet"), "source.format", "'parquet'", "csv, xlsx, sav, ndjson, json"),
        (("delivery: respondent", "delivery: people"), "source.delivery", "'people'", "respondent, aggregate, process"),
        (("snapshot: full", "snapshot: all"), "source.snapshot", "'all'", "full, incremental, correction"),
        ((", snapshot: full", ""), "source.snapshot", "nothing", "required"),
        (("snapshot: full", "snapshot: full, profile: qualtriks"), "source.profile", "'qualtriks'", "qualtrics"),
        (("snapshot: full", "snapshot: full, encoding: utf-99"), "source.encoding", "'utf-99'", "cp1252"),
        (("snapshot: full", "snapshot: full, encoding: hex"), "source.encoding", "'hex'", "text encoding"),
        (("snapshot: full", 'snapshot: full, delimiter: ";;"'), "source.delimiter", "';;'", "one character"),
        (("snapshot: full", "snapshot: full, decimal: x"), "source.decimal", "'x'", "one of ., ,"),
        (("snapshot: full", "snapshot: full, header_row: 0"), "source.header_row", "'0'", "greater than or equal to 1"),
        (("snapshot: full", "snapshot: full, skip_footer: two"), "source.skip_footer", "'two'", "a whole number"),
        (("snapshot: full", "snapshot: full, expected: {every: week}"), "source.expected.every", "'week'", "half_year"),
        (("format: csv", "format: xlsx, range: B4"), "source.range", "'B4'", "B4:K200"),
        (("kind: transactional, ", ""), "instrument.kind", "nothing", "required"),
        (("{method: none}", "{method: magic}"), "design.weights.method", "'magic'", "delivered, poststratify"),
        (("{column: id}", "{column: id, pseudonymise: md5}"), "keys.response.pseudonymise", "'md5'", "hmac"),
        (("type: date", "type: week"), "when.type", "'week'", "date, timestamp, month"),
        (("type: date", "type: date, timezone: Mars/Base"), "when.timezone", "'Mars/Base'", "Europe/Amsterdam"),
        (("type: date", "type: date, locale: xx_YY"), "when.locale", "'xx_YY'", "nl_NL"),
        (
            ("type: date", "type: date, period_override: {column: golf, map: {a: 2025-H3}}"),
            "when.period_override.map.a", "'2025-H3'", "2025-H2",
        ),
        (("Web: web}}", "Web: web}, unknown: ignore}"), "dimensions.channel.unknown", "'ignore'", "reject, quarantine"),
        (("min: 1, max: 5", "min: one, max: 5"), "scales.eens5.min", "'one'", "a number"),
        (("direction: high_is_good", "direction: up"), "scales.eens5.direction", "'up'", "high_is_good, low_is_good"),
        (('{"9": dont_know}', '{"9": refused}'), "scales.eens5.missing.9", "'refused'", "dont_know, not_applicable"),
        (('{"9": dont_know}', "[9]"), "scales.eens5.missing", "a list", "fields (name: value)"),
        (("comparability: A", "comparability: D"), "items[0].comparability", "'D'", "A, B, C, X, impossible"),
        (("comparability: A", "comparability: A, role: main"), "items[0].role", "'main'", "primary, secondary"),
        (("comparability: A", "comparability: A, kind: open"), "items[0].kind", "'open'", "closed, open_text"),
        (("item: kpi.tevredenheid, ", ""), "items[0].item", "nothing", "required"),
        (("column: v1", 'column: ""'), "items[0].column", "''", "not empty"),
        (("items:\n", "approval: {by: bzk}\nitems:\n"), "approval.date", "nothing", "required"),
        (("items:\n", "legal: {retention_months: 0}\nitems:\n"), "legal.retention_months", "'0'", "greater than 0"),
        (("items:\n", "on_new_column: shout\nitems:\n"), "on_new_column", "'shout'", "report, hold, reject"),
        (("items:\n", "exclude: [{column: test}]\nitems:\n"), "exclude[0].values", "nothing", "required"),
        (("items:\n", "ignore: {a: b}\nitems:\n"), "ignore", "a set of fields", "a list"),
    ],
)  # fmt: skip
def test_a_faulty_field_is_named(tmp_path: Path, edit: Edit, field: str, found: str, allowed: str) -> None:
    (issue,) = issues(tmp_path, edit)
    assert (issue.file, issue.field) == ("gm0344/kto.yml", field)
    assert found in issue.found
    assert allowed in issue.allowed
    text = edited(edit)
    changed = [
        n
        for n, pair in enumerate(zip(text.splitlines(), BASE.splitlines(), strict=False), 1)
        if len(set(pair)) > 1
    ]
    assert issue.line == changed[0]


@pytest.mark.parametrize(
    ("edit", "field", "suggestion"),
    [
        (("instrument: {", "instrumemt: {"), "instrumemt", "'instrument'"),
        (("snapshot: full", "snapshott: full"), "source.snapshott", "'snapshot'"),
        (("channel: {", "kanaal: {"), "dimensions.kanaal", None),
        (("audience: {const", "audience: {cosnt"), "dimensions.audience.cosnt", "'const'"),
        (("kind: likert_agree", "kindd: likert_agree"), "scales.eens5.kindd", "'kind'"),
        (
            ("scale: eens5, comparability: A", "scale: {mim: 1}, comparability: A"),
            "items[0].scale.mim",
            "'min'",
        ),
        (("comparability: A", "comparibility: A"), "items[0].comparibility", "'comparability'"),
    ],
)
def test_an_unknown_field_gets_a_suggestion(
    tmp_path: Path, edit: Edit, field: str, suggestion: str | None
) -> None:
    (issue,) = [one for one in issues(tmp_path, edit) if one.found == "an unknown field"]
    assert issue.field == field
    assert issue.line == line_with(edit[1], edited(edit))
    assert ("did you mean" in issue.allowed) == (suggestion is not None)
    assert suggestion is None or suggestion in issue.allowed


def test_every_issue_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    edits = (
        ("mapping_version: 1.0.0", "mapping_version: een"),
        ("snapshot: full", "snapshot: all"),
        ("sample: self_selected", "sample: self_selectd"),
        ("Balie: desk", "Balie: dsk"),
        (
            "points: 5, kind: likert_agree, direction: high_is_good",
            "points: 7, kind: likert_agre, direction: up",
        ),
        ("item: kpi.tevredenheid", "item: kpi.tevredenhid"),
        ("scale: eens5, comparability: B", "scale: eens6, comparability: B, colour: blue"),
    )
    assert [issue.field for issue in issues(tmp_path, *edits)] == [
        "mapping_version",
        "source.snapshot",
        "design.sample",
        "dimensions.channel.map.Balie",
        "scales.eens5.direction",
        "scales.eens5.kind",
        "scales.eens5.points",
        "items[0].item",
        "items[1].colour",
        "items[1].scale",
    ]


def test_a_faulty_field_brings_no_faults_that_only_follow_from_it(tmp_path: Path) -> None:
    found = issues(tmp_path, ("min: 1, max: 5", "min: one, max: 5"), ("column: v1", "column: [v1]"))
    assert [issue.field for issue in found] == ["scales.eens5.min", "items[0].column"]


def test_an_issue_reads_as_one_line(tmp_path: Path) -> None:
    (issue,) = issues(tmp_path, ("snapshot: full", "snapshot: all"))
    assert str(issue) == (
        "gm0344/kto.yml, line 7, source.snapshot: found 'all'; allowed: one of full, incremental, correction"
    )


def test_evidence_is_shortened(tmp_path: Path) -> None:
    (issue,) = issues(tmp_path, ("snapshot: full", f"snapshot: {'x' * 500}"))
    assert len(issue.found) < 100


@pytest.mark.parametrize("text", ["[1, 2]", "tekst", "- a: b"])
def test_a_document_must_be_fields(tmp_path: Path, text: str) -> None:
    (issue,) = issues(tmp_path, text=text)
    assert (issue.field, issue.allowed) == ("document", "the fields of a mapping")


def test_sections_of_the_wrong_kind_do_not_hide_the_rest(tmp_path: Path) -> None:
    found = issues(tmp_path, text="items: {a: b}\nscales: [1]\ndimensions: x\nmapping_id: [1]\n")
    fields = [issue.field for issue in found]
    assert {"items", "scales", "dimensions", "mapping_id"} <= set(fields)


def test_short_spellings_mean_the_same(tmp_path: Path) -> None:
    long = load(
        tmp_path,
        ("{response: {column: id}}", "{response: {columns: [id]}}"),
        ("mode: [web], weights: {method: none}", "mode: [web], weights: {method: delivered, column: w}"),
        ("items:\n", "language: {const: nl}\nexclude: [{column: t, values: [ja]}]\nignore: [q*]\nitems:\n"),
        ('match: "kto/*.csv"', 'match: ["kto/*.csv"]'),
    )
    short = load(
        tmp_path,
        ("{response: {column: id}}", "{response: id}"),
        ("mode: [web], weights: {method: none}", "mode: web, weights: {column: w}"),
        ("items:\n", "language: nl\nexclude: {column: t, values: ja}\nignore: q*\nitems:\n"),
    )
    assert short == long


def test_path_and_column_are_one_thing(tmp_path: Path) -> None:
    by_path = load(
        tmp_path,
        ("{response: {column: id}}", "{response: {path: id}}"),
        ("when: {column:", "when: {path:"),
        ("channel: {column:", "channel: {path:"),
        ("{column: v1", "{path: v1"),
    )
    assert by_path == load(tmp_path)


def test_empty_sections_are_absent_sections(tmp_path: Path) -> None:
    empty = "steward:\nlegal:\napproval: null\nignore:\nexclude:\ncompleted:\nlanguage:\n"
    assert load(tmp_path, ("items:\n", f"{empty}items:\n")) == load(tmp_path)


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    mapping = load(tmp_path, (', format: "%d-%m-%Y"', ""))
    source, when = mapping.source, mapping.when
    assert (source.encoding, source.delimiter, source.quote, source.decimal, source.thousands) == (
        "utf-8", ",", '"', ".", None,
    )  # fmt: skip
    assert (source.header_row, source.header_rows, source.skip_footer, source.sheet, source.range) == (
        1, None, 0, None, None,
    )  # fmt: skip
    assert (when.type, when.format, when.timezone, when.locale) == ("date", (), "Europe/Amsterdam", None)
    assert mapping.on_new_column == "report"
    assert mapping.dimensions.channel is not None
    assert mapping.dimensions.channel.unknown == "quarantine"
    assert mapping.dimensions.service is None
    assert (mapping.items[0].role, mapping.items[0].kind) == ("primary", "closed")
    assert (mapping.completed, mapping.exclude, mapping.approval, mapping.language) == (None, (), None, None)


@pytest.mark.parametrize(
    ("written", "policy"),
    [("fail", "reject"), ("reject", "reject"), ("null", "keep"), ('"null"', "keep"), ("keep", "keep")],
)
def test_both_spellings_of_the_policy_for_unknown_values(tmp_path: Path, written: str, policy: str) -> None:
    mapping = load(tmp_path, ("Web: web}}", f"Web: web}}, unknown: {written}}}"))
    assert mapping.dimensions.channel is not None
    assert mapping.dimensions.channel.unknown == policy


def test_frame_counts_have_three_spellings(tmp_path: Path) -> None:
    frame = '{population: "column:aantal", invited: {file: "kto/verzonden_*.csv", column: n}, started: 120}'
    mapping = load(tmp_path, ("{method: none}", f"{{method: none}}, frame: {frame}"))
    counts = mapping.design.frame.sources()
    assert counts["population"].column == "aantal"
    assert (counts["invited"].file, counts["invited"].column) == ("kto/verzonden_*.csv", "n")
    assert counts["started"].const == 120
    assert mapping.frame_patterns == ("kto/verzonden_*.csv",)


def test_separators_and_quotes(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        ("snapshot: full", "snapshot: full, delimiter: tab, quote: null, thousands: '.', decimal: ','"),
    )
    assert (mapping.source.delimiter, mapping.source.quote, mapping.source.thousands) == ("\t", "", ".")


def test_names_are_kept_in_one_normal_form(tmp_path: Path) -> None:
    mapping = load(tmp_path, ("column: v1", 'column: " Enque\u0302te "'))
    assert mapping.items[0].column == "Enqu\u00eate"


def test_a_scale_may_be_written_out_at_the_item(tmp_path: Path) -> None:
    mapping = load(
        tmp_path, ("scale: eens5, comparability: A", "scale: {min: 1, max: 5, kind: stars}, comparability: A")
    )
    scale = mapping.items[0].scale
    assert scale is not None
    assert (scale.scale_id, scale.scale_family, scale.points) == ("stars_1_5", "stars5", 5)
    assert (scale.min, scale.max) == (Decimal(1), Decimal(5))
