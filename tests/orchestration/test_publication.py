"""Publication and verification: an atomic link, hashes over content, nothing new without news."""

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.publication import PublicationError, publish, published_manifest, repair
from orchestration.verification import broken_manifest

MOMENT = "2026-01-01T02:00:00+00:00"


def warehouse(path: Path, *values: float, published_at: str = MOMENT, order: str = "asc") -> Path:
    """A warehouse with two marts: figures of one organisation, and the snapshot row."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        rows = " union all ".join(
            f"select 'uwv' as organisation_id, {value}::double as value" for value in values
        )
        connection.execute(f"create table marts.kpi as select * from ({rows}) order by value {order}")
        connection.execute("comment on table marts.kpi is 'One row per figure.'")
        connection.execute("comment on column marts.kpi.value is 'It''s the figure.'")
        connection.execute(
            "create table marts.snapshot as select 's' as snapshot_id, ?::timestamptz as published_at,"
            " null::varchar as content_sha256", [published_at]
        )  # fmt: skip
    return path


def test_readers_follow_a_link_to_a_file_of_its_own(tmp_path: Path) -> None:
    done = publish(
        warehouse(tmp_path / "w.duckdb", 1, 2), tmp_path / "published", "s1", MOMENT, tmp_path / "states.json"
    )
    assert done.is_new
    assert (tmp_path / "published" / "meethuis.duckdb").readlink() == Path("snapshots/s1.duckdb")
    with duckdb.connect(str(tmp_path / "published" / "meethuis.duckdb"), read_only=True) as connection:
        assert connection.execute("select value from marts.kpi").fetchall() == [(1.0,), (2.0,)]
        comment = "select comment from duckdb_columns() where column_name = 'value' and table_name = 'kpi'"
        assert connection.execute(comment).fetchone() == ("It's the figure.",)
    assert broken_manifest(tmp_path / "published") == []


def test_row_order_and_volatile_columns_are_no_news(tmp_path: Path) -> None:
    publish(
        warehouse(tmp_path / "w.duckdb", 1, 2), tmp_path / "published", "s1", MOMENT, tmp_path / "states.json"
    )
    later = warehouse(tmp_path / "w.duckdb", 1, 2, published_at="2026-01-02T02:00:00+00:00", order="desc")
    again = publish(later, tmp_path / "published", "s2", MOMENT, tmp_path / "states.json")
    assert (again.is_new, again.snapshot_id) == (False, "s1")
    assert [path.name for path in (tmp_path / "published" / "snapshots").glob("*.duckdb")] == ["s1.duckdb"]


def test_another_figure_is_a_new_snapshot_and_the_old_one_stays(tmp_path: Path) -> None:
    first = publish(
        warehouse(tmp_path / "w.duckdb", 1), tmp_path / "published", "s1", MOMENT, tmp_path / "states.json"
    )
    second = publish(
        warehouse(tmp_path / "w.duckdb", 2), tmp_path / "published", "s2", MOMENT, tmp_path / "states.json"
    )
    assert second.is_new
    assert first.manifest["tables"]["kpi"] != second.manifest["tables"]["kpi"]
    assert first.manifest["organisations"]["uwv"] != second.manifest["organisations"]["uwv"]
    assert (tmp_path / "published" / "snapshots" / "s1.duckdb").exists()


@pytest.mark.parametrize("broken", ["file", "manifest", "link", "missing", "json"])
def test_verification_sees_what_was_tampered_with(tmp_path: Path, broken: str) -> None:
    published = tmp_path / "published"
    publish(warehouse(tmp_path / "w.duckdb", 1), published, "s1", MOMENT, tmp_path / "states.json")
    manifest = published / "manifest.json"
    if broken == "file":
        with duckdb.connect(str(published / "snapshots" / "s1.duckdb")) as connection:
            connection.execute("update marts.kpi set value = 9")
    elif broken == "manifest":
        content = json.loads(manifest.read_text())
        content["tables"]["kpi"]["content_sha256"] = "0" * 64
        manifest.write_text(json.dumps(content))
    elif broken == "link":
        (published / "meethuis.duckdb").unlink()
        (published / "meethuis.duckdb").symlink_to("snapshots/other.duckdb")
    elif broken == "missing":
        (published / "snapshots" / "s1.duckdb").unlink()
    else:
        manifest.write_text("{")
    assert broken_manifest(published)


def test_a_run_that_died_between_link_and_manifest_is_repaired(tmp_path: Path) -> None:
    published = tmp_path / "published"
    publish(warehouse(tmp_path / "w.duckdb", 1), published, "s1", MOMENT, tmp_path / "states.json")
    former = (published / "manifest.json").read_text()
    publish(warehouse(tmp_path / "w.duckdb", 2), published, "s2", MOMENT, tmp_path / "states.json")
    (published / "manifest.json").write_text(former)
    assert broken_manifest(published)
    repair(published)
    assert broken_manifest(published) == []
    manifest = published_manifest(published)
    assert manifest is not None
    assert manifest["snapshot_id"] == "s2"


def test_a_folder_that_cannot_be_written_is_a_publication_error(tmp_path: Path) -> None:
    (tmp_path / "published").write_text("a file")
    with pytest.raises(PublicationError):
        publish(
            warehouse(tmp_path / "w.duckdb", 1),
            tmp_path / "published",
            "s1",
            MOMENT,
            tmp_path / "states.json",
        )


@pytest.mark.parametrize("damage", ["file", "missing", "link"])
def test_a_damaged_publication_is_made_anew_from_the_same_figures(tmp_path: Path, damage: str) -> None:
    published, path = tmp_path / "published", warehouse(tmp_path / "w.duckdb", 1)
    publish(path, published, "s1", MOMENT, tmp_path / "states.json")
    snapshot = published / "snapshots" / "s1.duckdb"
    if damage == "file":
        snapshot.write_bytes(snapshot.read_bytes()[:-1])
    elif damage == "missing":
        snapshot.unlink()
    else:
        (published / "meethuis.duckdb").unlink()
    again = publish(path, published, "s2", MOMENT, tmp_path / "states.json")
    assert again.is_new
    assert broken_manifest(published) == []


def stateful(path: Path, states: dict[str, str], column: str = "value") -> Path:
    """A warehouse whose organisations' figures are what their states say."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create schema intermediate")
        connection.execute(
            f"create table intermediate.int_kpi (organisation_id varchar, {column} varchar, state_fingerprint varchar)"
        )
        for organisation_id, state in states.items():
            rows = [[organisation_id, f"{state}-{number}", state] for number in range(3)]
            connection.executemany("insert into intermediate.int_kpi values (?, ?, ?)", rows)
        connection.execute(
            f"create view marts.kpi as select organisation_id, {column} from intermediate.int_kpi;"
            f"create view marts.trend as select organisation_id, {column} from intermediate.int_kpi"
            " where organisation_id > 'test0005';"
            f"create view marts.breakdown as select organisation_id, {column} || 'b' as part from intermediate.int_kpi;"
            " create table marts.snapshot as select null::varchar as content_sha256"
        )
    return path


def test_figures_of_unchanged_organisations_are_taken_over(tmp_path: Path) -> None:
    before = {f"test{number:04d}": "first" for number in range(20)}
    after = {**before, "test0003": "second", "test9999": "new"}
    del after["test0007"]
    published, states = tmp_path / "published", tmp_path / "states.json"
    publish(stateful(tmp_path / "w.duckdb", before), published, "s1", MOMENT, states)
    warehouse_file = stateful(tmp_path / "w.duckdb", after)
    with duckdb.connect(str(warehouse_file)) as connection:
        # What is taken over is not read from the warehouse again.
        connection.execute(
            "update intermediate.int_kpi set value = 'elsewhere' where organisation_id = 'test0001'"
        )
    taken_over = publish(warehouse_file, published, "s2", MOMENT, states)
    anew = publish(
        stateful(tmp_path / "w.duckdb", after), tmp_path / "anew", "s2", MOMENT, tmp_path / "none.json"
    )
    assert taken_over.manifest["tables"] == anew.manifest["tables"]
    assert taken_over.manifest["organisations"] == anew.manifest["organisations"]
    assert broken_manifest(published) == []


def test_other_columns_mean_another_file(tmp_path: Path) -> None:
    organisations = {f"test{number:04d}": "first" for number in range(20)}
    published, states = tmp_path / "published", tmp_path / "states.json"
    publish(stateful(tmp_path / "w.duckdb", organisations), published, "s1", MOMENT, states)
    publish(stateful(tmp_path / "w.duckdb", organisations, "figure"), published, "s2", MOMENT, states)
    with duckdb.connect(str(published / "meethuis.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(figure) from marts.kpi").fetchone() == (60,)
    assert broken_manifest(published) == []
