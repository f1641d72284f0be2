"""The import bundle: `python -m dashboards.bundle [--target DIR]`.

Belongs here: writing the assets as Superset's importer reads them (type `assets`). Does not belong here: what an asset
holds, and importing it. The bundle is made of the pages, the dbt descriptions and the seeds; the same of these give
the same bytes. It is not kept in version control.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import yaml

from dashboards import charts, database, datasets, layout
from dashboards.pages import pages

# libyaml's, where PyYAML was built with it, is ten times as fast and writes the same.
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
TARGET = Path(__file__).with_name("assets")
# Superset asks for a time of export; a fixed one keeps the bytes the same.
METADATA = {"version": "1.0.0", "type": "assets", "timestamp": "2025-01-01T00:00:00+00:00"}


def assets() -> dict[str, dict[str, Any]]:
    """Every asset by its path in the bundle."""
    found = {"metadata.yaml": METADATA, "databases/meethuis.yaml": database.asset()}
    for name, dataset in datasets.datasets().items():
        found[f"datasets/meethuis/{name}.yaml"] = datasets.asset(dataset)
    for page in pages():
        for chart in layout.charts_of(page):
            found[f"charts/{chart.name}.yaml"] = charts.asset(chart)
        found[f"dashboards/{page.slug}.yaml"] = layout.asset(page)
    return found


def write(target: Path) -> int:
    """Write the bundle afresh; gives the number of files."""
    found = assets()
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
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write, emptied first")
    write(parser.parse_args().target)


if __name__ == "__main__":
    main()
