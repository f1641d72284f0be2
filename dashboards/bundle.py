"""The import bundle: `python -m dashboards.bundle [--published DIR] [--target DIR]`.

Belongs here: writing the assets as Superset's importer reads them (type `assets`). Does not belong here: what an asset
holds, and importing it. The bundle is made of the pages, the dbt descriptions and the seeds; the same of these give
the same bytes. It is not kept in version control.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import yaml

from dashboards import charts, datasets, identity, layout
from dashboards.marts import ROOT
from dashboards.pages import pages

# libyaml's, where PyYAML was built with it, is ten times as fast and writes the same.
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
TARGET = Path(__file__).with_name("assets")
PUBLISHED = ROOT / "data" / "published"
# Superset asks for a time of export; a fixed one keeps the bytes the same.
METADATA = {"version": "1.0.0", "type": "assets", "timestamp": "2025-01-01T00:00:00+00:00"}
DATABASE_NAME = "Meethuis"


def database(published: Path) -> dict[str, Any]:
    """The connection to the published file: for reading only, without access to anything else."""
    return {
        "database_name": DATABASE_NAME,
        "sqlalchemy_uri": f"duckdb:///{published.resolve() / 'meethuis.duckdb'}?access_mode=READ_ONLY",
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "allows_virtual_table_explore": True,
            "engine_params": {
                "connect_args": {
                    "config": {"enable_external_access": "false", "lock_configuration": "true"},
                }
            },
        },
        "uuid": identity.DATABASE,
        "version": "1.0.0",
    }


def assets(published: Path = PUBLISHED) -> dict[str, dict[str, Any]]:
    """Every asset by its path in the bundle."""
    found = {"metadata.yaml": METADATA, "databases/meethuis.yaml": database(published)}
    for name, dataset in datasets.datasets().items():
        found[f"datasets/meethuis/{name}.yaml"] = datasets.asset(dataset)
    for page in pages():
        for chart in layout.charts_of(page):
            found[f"charts/{chart.name}.yaml"] = charts.asset(chart)
        found[f"dashboards/{page.slug}.yaml"] = layout.asset(page)
    return found


def write(target: Path, published: Path = PUBLISHED) -> int:
    """Write the bundle afresh; gives the number of files."""
    found = assets(published)
    shutil.rmtree(target, ignore_errors=True)
    for path, content in found.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
    return len(found)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dashboards.bundle", description="Write the import bundle."
    )
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="folder of meethuis.duckdb")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write, emptied first")
    options = parser.parse_args()
    write(options.target, options.published)


if __name__ == "__main__":
    main()
