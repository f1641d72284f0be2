"""How the suite is spread over two processes: tests that share an expensive fixture stay together."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# One session fixture serves a whole folder here; elsewhere a file is a unit of its own.
TOGETHER = ("acceptance", "dbt_project", "expectations")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the group in which it is scheduled."""
    for item in items:
        place = item.path.relative_to(TESTS)
        group = place.parts[0] if place.parts[0] in TOGETHER else str(place)
        item.add_marker(pytest.mark.xdist_group(group))
