"""`python -m benchmarks COMMAND`: make deliveries, measure everything on one size, or measure the dashboards."""

import statistics
from pathlib import Path

import click

from benchmarks import deliveries, readers, report, rounds
from benchmarks.sizes import SIZES
from dashboards.client import Superset

CACHE = Path(__file__).resolve().parent.parent / "data" / "benchmark"
_SIZE = click.option("--size", type=click.Choice(list(SIZES), case_sensitive=False), default="S")


@click.group()
def main() -> None:
    """The floor, the rivals and the night, side by side."""


@main.command("deliveries", epilog="Example: python -m benchmarks deliveries --size S --into /tmp/deliveries")
@_SIZE
@click.option("--into", type=click.Path(path_type=Path), required=True)
def make_deliveries(size: str, into: Path) -> None:
    """Write bucket/, organisations/ (mappings) and tables/ of a size."""
    deliveries.write(SIZES[size.upper()], into)
    click.echo(f"{into}/bucket, {into}/organisations; run the night with --now {deliveries.NOW}")


@main.command("measure", epilog="Example: python -m benchmarks measure --size S")
@_SIZE
@click.option(
    "--cache", type=click.Path(path_type=Path), default=CACHE, help="Deliveries and results are kept here."
)
@click.option("--document/--no-document", default=True, help="Write the result into docs/performance.md.")
def measure_size(size: str, cache: Path, document: bool) -> None:
    """Measure every way on a size and on those it is compared with, and show what came out."""
    wanted = SIZES[size.upper()]
    for one in (*(SIZES[name] for name in wanted.companions), wanted):
        report.keep(rounds.run(one, cache.absolute(), click.echo), cache)
    results = report.kept(cache)
    report.show(results, wanted.name)
    if document:
        report.write_document(results)


@main.command("dashboards", epilog="Example: python -m benchmarks dashboards --password ...")
@click.option("--url", default="http://127.0.0.1:8088", help="A running Superset: make superset.")
@click.option("--user", default="admin")
@click.option("--password", envvar="MEETHUIS_SUPERSET_ADMIN_PASSWORD", required=True)
@click.option("--rounds", type=int, default=3)
def measure_dashboards(url: str, user: str, password: str, rounds: int) -> None:
    """Ask every chart of a running Superset, one at a time."""
    found = readers.ask_all(Superset(url, user, password), rounds)
    click.echo(
        f"{found.charts} charts, {found.rounds} rounds: median {statistics.median(found.seconds):.2f} s, "
        f"p95 {found.p95:.2f} s, longest {max(found.seconds):.2f} s ({found.slowest})"
    )


if __name__ == "__main__":
    main()
