"""The way of a plain dbt project on DuckDB: a staging view per organisation, a stored long table, a mart.

Belongs here: the project as a data engineer would set it up from the tutorial. Does not belong here: tricks. A process
of its own: `python -m benchmarks.plain_dbt DELIVERIES TARGET`; the project is written beside the target.
"""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import yaml

from benchmarks import survey
from benchmarks.deliveries import Deliveries
from benchmarks.figures import AGGREGATES_SQL, CODEBOOK_SQL, KEYS
from benchmarks.floor import THREADS

_STAGING = """
with delivered as (
    select * from read_csv('{files}', delim = ';', header = true, all_varchar = true)
)
unpivot (
    select
        '{organisation_id}' as organisation_id, {response} as response_id, substr({day}, 1, 7) as period_id,
        {service}, {channel}, {columns}
    from delivered
) on {columns} into name column_name value raw_value
"""

_LONG = """
select
    answer.organisation_id, answer.response_id, answer.period_id, service.service_group, channel.channel,
    score.kpi_id, answer.raw_value, score.score, score.is_positive
from ({union}) as answer
inner join {{{{ ref('score') }}}} as score using (organisation_id, column_name, raw_value)
inner join {{{{ ref('service') }}}} as service on answer.{service} = service.raw_value
inner join {{{{ ref('channel') }}}} as channel on answer.{channel} = channel.raw_value
"""


def write_project(delivered: Deliveries, folder: Path, database: Path) -> None:
    """Write the project: seeds, staging views, the long table and the mart."""
    shutil.rmtree(folder, ignore_errors=True)
    models, seeds = folder / "models", folder / "seeds"
    models.mkdir(parents=True)
    shutil.copytree(delivered.tables, seeds)
    settings = {"type": "duckdb", "path": str(database), "threads": THREADS}
    settings["config_options"] = {"threads": THREADS}
    _write(folder / "profiles.yml", {"plain": {"target": "dev", "outputs": {"dev": settings}}})
    _write(
        folder / "dbt_project.yml",
        {
            "name": "plain",
            "version": "1.0.0",
            "config-version": 2,
            "profile": "plain",
            "flags": {"send_anonymous_usage_stats": False},
            "seeds": {"plain": {"codebook": {"+column_types": {"raw_value": "varchar"}}}},
            "models": {"plain": {"+materialized": "view", "answer": {"+materialized": "table"}}},
        },
    )
    for organisation_id, columns in _columns(delivered).items():
        sql = _STAGING.format(
            files=str(delivered.files(organisation_id)[0].parent / "*.csv").replace("'", "''"),
            organisation_id=organisation_id,
            response=survey.RESPONSE,
            day=survey.DAY,
            service=survey.SERVICE,
            channel=survey.CHANNEL,
            columns=", ".join(columns),
        )
        (models / f"stg_{organisation_id}.sql").write_text(sql, encoding="utf-8")
    score = CODEBOOK_SQL.format(item="{{ ref('item') }}", codebook="{{ ref('codebook') }}")
    (models / "score.sql").write_text("{{ config(materialized='table') }}\n" + score, encoding="utf-8")
    union = " union all ".join(
        f"select * from {{{{ ref('stg_{organisation_id}') }}}}"
        for organisation_id in delivered.organisation_ids()
    )
    long = _LONG.format(union=union, service=survey.SERVICE, channel=survey.CHANNEL)
    (models / "answer.sql").write_text(long, encoding="utf-8")
    mart = f"select {', '.join(KEYS)}, {AGGREGATES_SQL} from {{{{ ref('answer') }}}} group by all"
    (models / "kpi.sql").write_text("{{ config(materialized='table') }}\n" + mart, encoding="utf-8")


def compute(delivered: Deliveries, target: Path) -> None:
    """Build the project and write its mart to a Parquet file."""
    folder = target.with_suffix(".project")
    database = folder / "plain.duckdb"
    write_project(delivered, folder, database)
    program = Path(sys.executable).with_name("dbt")
    command = [str(program), "build", "--project-dir", str(folder), "--profiles-dir", str(folder)]
    subprocess.run([*command, "--no-version-check", "--quiet"], check=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"copy kpi to '{target}' (format parquet)")


def _columns(delivered: Deliveries) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with (delivered.tables / "item.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["organisation_id"], []).append(row["column_name"])
    return found


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    compute(Deliveries(Path(sys.argv[1])), Path(sys.argv[2]))
