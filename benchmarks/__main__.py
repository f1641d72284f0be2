"""`python -m benchmarks COMMAND`: make deliveries, or measure everything on one size."""

from pathlib import Path

import click

from benchmarks import deliveries
from benchmarks.sizes import SIZES

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


if __name__ == "__main__":
    main()
