"""`python -m benchmarks COMMAND`: make deliveries, or measure everything on one size."""

from pathlib import Path

import click

from benchmarks import deliveries, report, rounds
from benchmarks.sizes import SIZES

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


if __name__ == "__main__":
    main()
