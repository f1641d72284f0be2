"""How the suite is spread over two processes: tests that share an expensive fixture stay together."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# One session fixture serves a whole folder here; elsewhere a file is a unit of its own.
TOGETHER = ("acceptance", "dbt_project", "expectations")
# Acceptance files with nights of their own; a file that is missing here only takes its turn with the others.
ALONE = frozenset(
    f"tests/acceptance/test_{name}.py"
    for name in (
        "attacks", "decisions", "demo", "disclosure", "erasure", "finite_population", "invariance", "nasty_inputs",
        "profiles", "response", "retention", "revisions", "weights",
    )
)  # fmt: skip
# One night after another: every test here is a unit.
ONE_BY_ONE = "faults"


class FolderScheduling(LoadScopeScheduling):
    """Hands out these folders as a whole, tests one by one in one other folder, and otherwise files."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        folder = file.split("/")[1]
        if folder == ONE_BY_ONE:
            return nodeid
        return folder if folder in TOGETHER and file not in ALONE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    """The scheduler of a run with several processes."""
    return FolderScheduling(config, log)
