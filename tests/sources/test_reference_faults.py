"""Every fault in a reference table is refused, with its place.

Belongs here: one example per rule, shown to fail. Does not belong here: what sound tables do
(`test_reference`).
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from sources.reference import ReferenceError, load
from tests.sources.reference_folder import Edit, again, copy_product, edit, read, set_cell, without


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_product(tmp_path / "product")


# One row per fault: table, edit, column named in the error, a part of what was found.
FAULTS: dict[str, tuple[str, Edit, str | None, str]] = {
    "a required cell is empty": (
        "ref_channel",
        set_cell("channel", "web", "label_nl", ""),
        "label_nl",
        "an empty cell",
    ),
    "an id with capitals": ("ref_channel", set_cell("channel", "web", "channel", "Web"), "channel", "'Web'"),
    "a choice outside the list": (
        "ref_model_node",
        set_cell("node_id", "kpi.gemak", "floor", "top"),
        "floor",
        "'top'",
    ),
    "a number with a comma": (
        "ref_scale",
        set_cell("scale_kind", "nps", "max_value", "10,0"),
        "max_value",
        "'10,0'",
    ),
    "a number in powers": (
        "ref_threshold",
        set_cell("threshold", "format_tolerance", "value", "3e0"),
        "value",
        "'3e0'",
    ),
    "a fraction for a whole number": (
        "ref_channel",
        set_cell("channel", "web", "sort_order", "1.5"),
        "sort_order",
        "'1.5'",
    ),
    "a date that does not exist": (
        "ref_organisation",
        set_cell("organisation_id", "uwv", "valid_from", "2025-02-30"),
        "valid_from",
        "'2025-02-30'",
    ),
    "a date in another notation": (
        "ref_organisation",
        set_cell("organisation_id", "uwv", "valid_from", "01-02-2025"),
        "valid_from",
        "'01-02-2025'",
    ),
    "a boolean in Dutch": (
        "ref_kpi_definition",
        set_cell("node_id", "kpi.gemak", "is_headline", "ja"),
        "is_headline",
        "'ja'",
    ),
    "an OIN that is too short": (
        "ref_organisation",
        set_cell("organisation_id", "uwv", "oin", "0001"),
        "oin",
        "'0001'",
    ),
    "a list of predecessors with commas": (
        "ref_organisation",
        set_cell("organisation_id", "gm1992", "predecessor_ids", "gm0501,gm0530"),
        "predecessor_ids",
        "gm0501,gm0530",
    ),
    "a key twice": ("ref_channel", again(0), "channel", "'web' as in row 2"),
    "a scale twice in another notation": (
        "ref_scale",
        again(0, min_value="1.0"),
        "scale_kind + min_value + max_value",
        "as in row 2",
    ),
    "a node in two versions": (
        "ref_model_node",
        again(0, model_version="v1"),
        "node_id",
        "'kpi.tevredenheid' as in row 2",
    ),
    "two model versions": (
        "ref_model_node",
        set_cell("node_id", "kpi.gemak", "model_version", "v1"),
        "model_version",
        "v0-reconstructie, v1",
    ),
    "no outcome at all": ("ref_model_node", set_cell("floor", "kpi", "floor", "driver"), "floor", "no kpi"),
    "an unknown parent": (
        "ref_model_node",
        set_cell("node_id", "drv.regie", "parent_node_id", "kpi.geluk"),
        "parent_node_id",
        "'kpi.geluk'",
    ),
    "a circle of parents": (
        "ref_model_node",
        set_cell("node_id", "kpi.tevredenheid", "parent_node_id", "drv.regie"),
        "parent_node_id",
        "a circle",
    ),
    "a kind of driver on an outcome": (
        "ref_model_node",
        set_cell("node_id", "kpi.gemak", "driver_kind", "soft"),
        "driver_kind",
        "'soft'",
    ),
    "a scale of an unknown family": (
        "ref_scale",
        set_cell("scale_kind", "nps", "scale_family", "likert9"),
        "scale_family",
        "'likert9'",
    ),
    "a scale upside down": (
        "ref_scale",
        set_cell("scale_kind", "nps", "min_value", "10"),
        "max_value",
        "10 with min_value 10",
    ),
    "a statistic of an unknown family": (
        "ref_family_statistic",
        set_cell("scale_family", "binary", "scale_family", "likert9"),
        "scale_family",
        "'likert9'",
    ),
    "an unknown statistic": (
        "ref_family_statistic",
        set_cell("statistic", "rate", "statistic", "median"),
        "statistic",
        "'median'",
    ),
    "a share without a cut point": (
        "ref_family_statistic",
        set_cell("statistic", "share_good", "high_from", ""),
        "high_from",
        "an empty cell",
    ),
    "a net share without a low cut point": (
        "ref_family_statistic",
        set_cell("scale_family", "nps11", "low_to", ""),
        "low_to",
        "an empty cell",
    ),
    "a net share whose cut points overlap": (
        "ref_family_statistic",
        set_cell("scale_family", "nps11", "low_to", "9"),
        "low_to",
        "9",
    ),
    "a cut point where none is used": (
        "ref_family_statistic",
        set_cell("statistic", "rate", "high_from", "1"),
        "high_from",
        "'1'",
    ),
    "a mean in scale units over several ranges": (
        "ref_family_statistic",
        set_cell("scale_family", "ces7", "scale_family", "likert7"),
        "scale_family",
        "'likert7'",
    ),
    "a mean in scale units over every family": (
        "ref_family_statistic",
        set_cell("scale_family", "ces7", "scale_family", "*"),
        "scale_family",
        "'*'",
    ),
    "a definition for an unknown node": (
        "ref_kpi_definition",
        set_cell("node_id", "kpi.gemak", "node_id", "kpi.geluk"),
        "node_id",
        "'kpi.geluk'",
    ),
    "two headlines": (
        "ref_kpi_definition",
        set_cell("node_id", "kpi.gemak", "is_headline", "true"),
        "is_headline",
        "headlines for 'kpi.gemak'",
    ),
    "no headline": (
        "ref_kpi_definition",
        set_cell("node_id", "*", "is_headline", "false"),
        "is_headline",
        "0 headlines for '*'",
    ),
    "a node without a definition": (
        "ref_kpi_definition",
        lambda rows: (without("node_id", "*")(rows), without("node_id", "kpi.gemak")(rows)),
        "node_id",
        "no row for 'kpi.gemak'",
    ),
    "a synthetic organisation in the register": (
        "ref_organisation",
        set_cell("organisation_id", "uwv", "organisation_id", "test0001"),
        "organisation_id",
        "'test0001'",
    ),
    "an end before the start": (
        "ref_organisation",
        set_cell("organisation_id", "gm0501", "valid_to", "1900-01-01"),
        "valid_to",
        "1900-01-01",
    ),
    "periods that overlap": (
        "ref_organisation",
        set_cell("valid_to", "2022-03-24", "valid_to", "2022-03-25"),
        "valid_from",
        "2022-03-24",
    ),
    "an unknown predecessor": (
        "ref_organisation",
        set_cell("organisation_id", "gm1992", "predecessor_ids", "gm0501;gm9999"),
        "predecessor_ids",
        "'gm9999'",
    ),
    "a predecessor of itself": (
        "ref_organisation",
        set_cell("organisation_id", "gm1992", "predecessor_ids", "gm1992"),
        "predecessor_ids",
        "the organisation itself",
    ),
    "a service of an unknown group": (
        "ref_service",
        set_cell("service_id", "paspoort", "service_group", "magic"),
        "service_group",
        "'magic'",
    ),
    "no group for other services": (
        "ref_service_group",
        without("service_group", "other"),
        "service_group",
        "no row 'other'",
    ),
    "no unknown channel": ("ref_channel", without("channel", "unknown"), "channel", "no row 'unknown'"),
    "no unknown audience": ("ref_audience", without("audience", "unknown"), "audience", "no row 'unknown'"),
    "no unknown service": ("ref_service", without("service_id", "unknown"), "service_id", "no row 'unknown'"),
    "no unknown touchpoint": (
        "ref_touchpoint",
        without("touchpoint_id", "unknown"),
        "touchpoint_id",
        "no row 'unknown'",
    ),
    "no unknown life event": (
        "ref_life_event",
        without("life_event_id", "unknown"),
        "life_event_id",
        "no row 'unknown'",
    ),
    "a channel that is called as the total": (
        "ref_channel",
        set_cell("channel", "web", "channel", "all"),
        "channel",
        "'all'",
    ),
    "a threshold that is missing": (
        "ref_threshold",
        without("threshold", "suppression_min_n"),
        "threshold",
        "no row 'suppression_min_n'",
    ),
    "a threshold that nobody knows": (
        "ref_threshold",
        set_cell("threshold", "format_tolerance", "threshold", "tolerance"),
        "threshold",
        "'tolerance'",
    ),
    "a threshold of zero": (
        "ref_threshold",
        set_cell("threshold", "suppression_min_n", "value", "0"),
        "value",
        "0",
    ),
    "half a respondent": (
        "ref_threshold",
        set_cell("threshold", "suppression_min_n", "value", "9.5"),
        "value",
        "9.5",
    ),
    "a gap in the t table": (
        "ref_student_t",
        without("degrees_of_freedom", "7"),
        "degrees_of_freedom",
        "no row 7",
    ),
    "a t table that is too short": (
        "ref_student_t",
        without("degrees_of_freedom", "1000"),
        "degrees_of_freedom",
        "no row 1000",
    ),
    "a t table that starts at 0": (
        "ref_student_t",
        again(0, degrees_of_freedom="0", quantile_975="99"),
        "degrees_of_freedom",
        "row 0",
    ),
    "a t quantile that rises": (
        "ref_student_t",
        set_cell("degrees_of_freedom", "7", "quantile_975", "3"),
        "quantile_975",
        "3",
    ),
    "an unknown basis of intervals": (
        "ref_sample_design",
        set_cell("sample", "random", "interval_basis", "luck"),
        "interval_basis",
        "'luck'",
    ),
    "an unknown administration": (
        "ref_mode",
        set_cell("mode", "cawi", "administration", "robot"),
        "administration",
        "'robot'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_its_place(fault: str, copy: Path) -> None:
    table, change, column, found = FAULTS[fault]
    path = edit(copy, table, change)
    with pytest.raises(ReferenceError) as caught:
        load(copy)
    issues = [issue for issue in caught.value.issues if issue.file == str(path)]
    assert any(issue.column == column and found in issue.found for issue in issues), str(caught.value)
    assert all(issue.allowed for issue in caught.value.issues)


def test_the_message_names_file_row_column_found_and_allowed(copy: Path) -> None:
    path = edit(copy, "ref_scale", set_cell("scale_kind", "nps", "scale_family", "likert9"))
    row = 2 + next(i for i, row in enumerate(read(path)) if row["scale_kind"] == "nps")
    with pytest.raises(ReferenceError) as caught:
        load(copy)
    message = str(caught.value)
    assert f"{path}, row {row}, column scale_family: found 'likert9'; allowed: " in message
    assert "binary" in message


def test_all_faults_are_told_at_once(copy: Path) -> None:
    edit(copy, "ref_channel", set_cell("channel", "web", "label_nl", ""))
    edit(copy, "ref_threshold", set_cell("threshold", "format_tolerance", "value", "drie"))
    with pytest.raises(ReferenceError) as caught:
        load(copy)
    assert len(caught.value.issues) == 2


def _as_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(change(path.read_bytes()))


LAYOUT_FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (Path.unlink, "no such file"),
    "empty": (_as_bytes(lambda text: b""), "no column channel"),
    "no rows": (_as_bytes(lambda text: text.split(b"\n")[0]), "no rows"),
    "semicolons": (_as_bytes(lambda text: text.replace(b",", b";")), "no column channel"),
    "an extra column": (_as_bytes(lambda text: text.replace(b"label_en", b"label_en,colour")), "'colour'"),
    "a column twice": (
        _as_bytes(lambda text: text.replace(b"label_en", b"label_nl")),
        "label_nl more than once",
    ),
    "a column less": (_as_bytes(lambda text: text.replace(b",sort_order", b"")), "no column sort_order"),
    "a short row": (_as_bytes(lambda text: text.replace(b"\nweb,", b"\n")), "4 cells"),
    "another encoding": (_as_bytes(lambda text: text.replace(b"Balie", b"Bali\xeb")), "another encoding"),
    "an open quote": (_as_bytes(lambda text: text.replace(b"Balie", b'"Balie"x')), "a broken quotation"),
}


@pytest.mark.parametrize("fault", LAYOUT_FAULTS)
def test_a_file_in_another_layout_is_refused(fault: str, copy: Path) -> None:
    spoil, found = LAYOUT_FAULTS[fault]
    spoil(copy / "ref_channel.csv")
    with pytest.raises(ReferenceError, match=found) as caught:
        load(copy)
    assert {Path(issue.file).name for issue in caught.value.issues} == {"ref_channel.csv"}
