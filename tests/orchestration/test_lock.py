"""The run lock: one holder, released with its owner."""

from pathlib import Path

import pytest

from orchestration.lock import RunActive, run_lock


def test_a_second_run_is_refused_while_the_first_holds_the_lock(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(RunActive, match="another run is active"), run_lock(tmp_path):
        pass
    with run_lock(tmp_path):
        pass
