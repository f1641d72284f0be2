"""Under a tool's profile, a mapping may make pseudonyms of personal data and nothing else."""

from pathlib import Path

import pytest

from tests.sources.mapping_files import BASE, Edit, edited, issues, line_with, load

PROFILED = edited(("snapshot: full", "snapshot: full, profile: qualtrics"))
KEY = "keys: {response: {column: id}}"


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (("column: v1", "column: IPAddress"), "items[0].column"),
        (("column: datum", "column: ipaddress"), "when.column"),
        (("column: kanaal", "column: LocationLatitude"), "dimensions.channel.column"),
        (
            ("  audience: {const: citizen}", "  audience: {column: 'Recipient Email', map: {a: citizen}}"),
            "dimensions.audience.column",
        ),
        ((KEY, KEY + "\nexclude: [{column: RecipientEmail, values: [x]}]"), "exclude[0].column"),
        ((KEY, KEY + "\ncompleted: {column: RecipientLastName}"), "completed.column"),
        ((KEY, KEY + "\nlanguage: {column: ExternalReference}"), "language.column"),
        (("weights: {method: none}", "weights: {column: LocationLongitude}"), "design.weights.column"),
        (
            (
                "  - {column: v1,",
                "  - {column: IPAddress#2, item: open.toelichting, kind: open_text}\n  - {column: v1,",
            ),
            "items[0].column",
        ),
    ],
)
def test_personal_data_are_refused_with_their_place(tmp_path: Path, edit: Edit, field: str) -> None:
    (issue,) = issues(tmp_path, edit, text=PROFILED)
    assert (issue.file, issue.field) == ("gm0344/kto.yml", field)
    word = issue.found.strip("'")
    assert issue.line == line_with(word, edited(edit, text=PROFILED))
    assert "under keys only" in issue.allowed and "Qualtrics" in issue.allowed


def test_a_pseudonymised_key_is_allowed(tmp_path: Path) -> None:
    edit = (KEY, "keys: {response: {column: ExternalReference}, respondent: {column: RecipientEmail}}")
    assert load(tmp_path, edit, text=PROFILED)


def test_without_a_profile_nothing_is_known_of_a_name(tmp_path: Path) -> None:
    assert load(tmp_path, ("column: v1", "column: IPAddress"), text=BASE)
