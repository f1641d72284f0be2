"""`meethuis demo`: the same seed gives the same files, figures lie around the truth, every trap ends as it says."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from tests.acceptance.harness import CLONE, Installation, Night, codes
from tests.acceptance.test_privacy import places_of

DEMO = ("--seed", "1", "--responses", "100")
COUNT = 30


@dataclass(frozen=True)
class Government:
    """A synthetic government after one night."""

    installation: Installation
    night: Night

    def truth(self, name: str) -> pd.DataFrame:
        """A table of the truth."""
        return pd.read_csv(self.installation.bucket / "_truth" / name)

    @property
    def traps(self) -> list[dict[str, Any]]:
        """The planted traps."""
        found: list[dict[str, Any]] = json.loads(
            (self.installation.bucket / "_truth" / "traps.json").read_text(encoding="utf-8")
        )
        return found


def written(root: Path, *options: str, **environment: str) -> Installation:
    """A demo under `root`, without a night."""
    made = Installation(root)
    made.meethuis("demo", *DEMO, *options, **environment).expect(0)
    return made


def ruled(root: Path, *options: str) -> Government:
    made = written(root, "--count", str(COUNT), "--months", "4", *options)
    return Government(made, made.run())


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Government:
    """One night over a government without traps."""
    return ruled(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> Government:
    """One night over the same government with traps."""
    return ruled(tmp_path_factory.mktemp("traps"), "--traps")


def contents(root: Path) -> dict[str, tuple[str, float]]:
    """Hash and store time of every delivery and mapping, by path."""
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime if path.is_relative_to(root / "bucket") else 0,
        )
        for folder in ("bucket", "organisations")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and "_truth" not in path.parts
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    options = ("--count", "30", "--months", "1", "--traps")
    here = written(tmp_path / "a", *options, TZ="UTC")
    there = written(tmp_path / "b", *options, TZ="Asia/Tokyo", LC_ALL="C")
    assert contents(here.root) == contents(there.root)
    truth = [
        {path.name: path.read_bytes() for path in (one.bucket / "_truth").iterdir()} for one in (here, there)
    ]
    assert truth[0] == truth[1]
    other = written(tmp_path / "c", *options, "--seed", "2")
    deliveries = {name: found for name, found in contents(other.root).items() if name.startswith("bucket/")}
    same = [name for name, found in deliveries.items() if contents(here.root).get(name) == found]
    assert not [name for name in same if not name.endswith(".done")]


def test_an_organisation_does_not_depend_on_others_nor_on_traps(tmp_path: Path) -> None:
    few = contents(written(tmp_path / "few", "--count", "6").root)
    more = written(tmp_path / "more", "--count", "30", "--traps")
    owners = {trap["organisation_id"] for trap in json.loads((more.bucket / "_truth/traps.json").read_text())}
    many = contents(more.root)
    compared = {name: found for name, found in few.items() if Path(name).parts[1] not in owners}
    assert 0 < len({Path(name).parts[1] for name in compared}) < 6
    assert compared == {name: found for name, found in many.items() if name in compared}


def test_the_last_month_ended_before_the_clock_and_nothing_came_after_it(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    outcome = made.meethuis("demo", *DEMO, "--count", "4", "--json", now="2025-10-01T00:30:00+02:00").expect(
        0
    )
    assert outcome.json["months"] == ["2025-07", "2025-08", "2025-09"]
    moment = pd.Timestamp("2025-10-01T00:30:00+02:00").timestamp()
    times = [
        path.stat().st_mtime
        for path in made.bucket.rglob("*")
        if "_truth" not in path.parts and path.is_file()
    ]
    assert times and max(times) < moment


def test_organisations_are_those_of_the_register_and_then_synthetic_ones(tmp_path: Path) -> None:
    made = written(tmp_path, "--count", "400", "--months", "1", "--responses", "5")
    register = set(pd.read_csv(CLONE / "dbt_project/seeds/ref_organisation.csv")["organisation_id"])
    names = {path.name for path in made.bucket.iterdir()} - {"_truth"}
    synthetic = {name for name in names if name.startswith("test")}
    assert len(names) == 400
    assert synthetic == {f"test{number:04d}" for number in range(1, len(synthetic) + 1)}
    assert names - synthetic <= register


@pytest.mark.parametrize(
    "options",
    [
        ("--count", "0"),
        ("--count", "2001"),
        ("--months", "0"),
        ("--seed", "-1"),
        ("--count", "many"),
        ("--now", "0001-01-15"),
        ("--organisations", str(CLONE / "sources" / "organisations")),
    ],
)
def test_an_impossible_order_is_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    made = Installation(tmp_path)
    outcome = made.meethuis("demo", *options).expect(3)
    assert "Traceback" not in outcome.stderr
    assert not list(made.bucket.iterdir())


def test_mappings_do_not_stand_among_deliveries(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    inside = made.bucket / "organisations"
    made.meethuis("demo", *DEMO, "--count", "4", "--organisations", str(inside)).expect(3)
    assert not list(made.bucket.iterdir())


def test_nobodys_files_are_overwritten(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.drop("gm0014/kto.csv", "mine", records=None)
    made.meethuis("demo", *DEMO, "--count", "4").expect(3)
    assert [path.name for path in made.bucket.rglob("*") if path.is_file()] == ["kto.csv"]
    assert not list(made.mappings.iterdir())


def test_a_demo_may_be_written_again_and_leaves_other_files_alone(tmp_path: Path) -> None:
    made = written(tmp_path, "--count", "8")
    made.drop("gm0014/eigen.csv", "mine", records=None)
    (tmp_path / "elsewhere.txt").write_text("mine")
    with (made.bucket / "_truth" / "written.txt").open("a") as listed:
        listed.write("bucket/../elsewhere.txt\n")
    made.meethuis("demo", *DEMO, "--count", "4").expect(0)
    assert (tmp_path / "elsewhere.txt").exists()
    folders = {path.parent for path in made.bucket.rglob("*") if path.is_file()}
    assert len({folder.relative_to(made.bucket).parts[0] for folder in folders}) == 5
    assert (made.bucket / "gm0014" / "eigen.csv").read_text() == "mine"
    assert len(list(made.mappings.rglob("*.yml"))) == 4


def test_everything_untouched_is_processed(untouched: Government) -> None:
    assert untouched.night.outcome.code == 0
    expected = untouched.truth("deliveries.csv").set_index("file")
    found = {f"{one['organisation_id']}/{one['files'][0]}": one for one in untouched.night.receipts}
    assert set(found) == set(expected.index)
    for file, row in expected.iterrows():
        receipt = found[str(file)]
        assert receipt["status"] == row["status"] == "processed", file
        counted = {"in_file": row["rows"]} | {
            name: row[name] for name in ("processed", "quarantined", "duplicate", "excluded", "incomplete")
        }
        assert {name: receipt["rows"][name] for name in counted} == counted, file
    assert set(expected["format"]) == {"csv", "xlsx", "sav", "ndjson", "json"}
    assert expected["profile"].nunique() == 6


def test_invented_organisations_say_so(untouched: Government) -> None:
    assert untouched.night.kpi["organisation_name"].str.endswith("(voorbeeld)").all()
    assert untouched.installation.query("select is_sample from marts.snapshot")["is_sample"].all()


def beside_the_truth(government: Government) -> pd.DataFrame:
    """Monthly totals with an interval, each beside its true value and that of the next organisation in line."""
    truth = government.truth("population.csv")
    key = ["kpi_id", "scale_id", "instrument_kind", "statistic"]
    truth = truth.sort_values([*key, "organisation_id"])
    truth["other"] = truth.groupby(key)["value"].shift(-1)
    kpi = government.night.kpi
    total = (kpi[["service_group", "channel", "audience"]] == "all").all(axis=1)
    shown = kpi[total & (kpi["period_type"] == "month") & kpi["ci_low"].notna()]
    return shown.merge(
        truth, on=["organisation_id", "kpi_id", "instrument_kind", "statistic"], suffixes=("", "_true")
    )


def coverage(cells: pd.DataFrame, truth: str) -> float:
    known = cells[cells[truth].notna()]
    tolerance = 1e-9
    inside = (known["ci_low"] - tolerance <= known[truth]) & (known[truth] <= known["ci_high"] + tolerance)
    return float(inside.mean())


def test_intervals_contain_the_truth_about_as_often_as_they_say(untouched: Government) -> None:
    cells = beside_the_truth(untouched)
    assert len(cells) > 1_000
    assert 0.93 <= coverage(cells, "value_true") <= 0.97
    means = cells[cells["statistic"] == "mean_pomp"]
    assert 0.92 <= coverage(means, "value_true") <= 0.98
    deviation = (means["value"] - means["value_true"]) / means["standard_error"]
    assert 0.75 <= (deviation**2).mean() <= 1.3
    # The figures of another organisation are no truth: the check above can fail.
    assert coverage(cells, "other") < 0.9


def test_the_methodology_works_out_figures_of_this_government(untouched: Government) -> None:
    """Every example on the page is recomputed from published counts; what the mart says otherwise raises."""
    page = methodology_page()
    assert page.PAGE.read_text(encoding="utf-8") == page.page(untouched.installation.published)


def methodology_page() -> ModuleType:
    """The page's maker; it stands beside the seeds it reads, outside any package."""
    path = CLONE / "dbt_project" / "methodology_page.py"
    spec = importlib.util.spec_from_file_location("methodology_page", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_published_figure_has_a_truth(untouched: Government) -> None:
    truth = untouched.truth("population.csv")
    key = ["organisation_id", "kpi_id", "instrument_kind", "statistic"]
    known = set(truth[key].itertuples(index=False, name=None))
    assert set(untouched.night.kpi[key].itertuples(index=False, name=None)) == known


def test_every_trap_ends_as_it_says(trapped: Government) -> None:
    traps = trapped.traps
    assert len(traps) == 25
    assert len({trap["organisation_id"] for trap in traps}) == 25
    assert trapped.night.outcome.code == max(trap["expected"]["exit"] for trap in traps) == 2
    wrong = {}
    for trap in traps:
        for file, expected in trap["expected_by_file"].items():
            organisation_id, _, key = file.partition("/")
            own = [one for one in trapped.night.receipts_of(organisation_id) if key in one["files"]]
            if not any(_ends_as(receipt, expected) for receipt in own):
                wrong[trap["trap_id"]] = [(one["status"], sorted(codes(one)), one["rows"]) for one in own]
    assert not wrong


def _ends_as(receipt: dict[str, Any], expected: dict[str, Any]) -> bool:
    counts = {name: count for name, count in expected["rows"].items() if count is not None}
    return (
        receipt["status"] == expected["status"]
        and set(expected["codes"]) <= codes(receipt)
        and {name: receipt["rows"][name] for name in counts} == counts
    )


def test_only_planted_files_need_a_look(trapped: Government) -> None:
    planted = {file for trap in trapped.traps for file in trap["files"]}
    others = [
        (one["organisation_id"], one["files"], one["status"])
        for one in trapped.night.receipts
        if f"{one['organisation_id']}/{one['files'][0]}" not in planted
    ]
    assert others
    assert {status for _, _, status in others} == {"processed"}, others


def test_traps_leave_other_organisations_figures_alone(untouched: Government, trapped: Government) -> None:
    before, after = (one.night.manifest["organisations"] for one in (untouched, trapped))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {trap["organisation_id"] for trap in trapped.traps if trap["touches_figures"]}


def test_planted_personal_data_stays_in_the_landing_zone(trapped: Government) -> None:
    planted = trapped.truth("personal_data.csv")
    assert set(planted["kind"]) == {"email", "phone", "iban", "bsn"}
    words = tuple(planted["text"].astype(str).unique()[::12])
    assert len(words) > 25
    assert places_of(trapped.installation, words) == []


def test_counts_were_hidden_and_the_audit_that_blocks_found_none_of_them(untouched: Government) -> None:
    """It was published, so nothing was found; and there was something to find."""
    for table in ("response", "process"):
        flags = untouched.installation.query(f"select flags from marts.{table}")["flags"]
        assert (flags == "suppressed_privacy").any(), table
