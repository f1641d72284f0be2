"""What is measured of a command is what its whole process tree used."""

import sys
from pathlib import Path

from benchmarks.measure import measured

# Holds memory and burns processor time in a grandchild; how long that takes does not matter.
_GRANDCHILD = """
import time
held = bytearray(b"x") * (200 * 1024 * 1024)
while time.process_time() < 1.0:
    pass
"""
_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_GRANDCHILD!r}], check=True); print('done')"


def test_time_and_memory_of_a_grandchild_count(tmp_path: Path) -> None:
    usage, output = measured([sys.executable, "-c", _CHILD], tmp_path / "child.log")
    assert output == "done\n"
    assert usage.cpu_seconds >= 1.0
    assert usage.peak_mib >= 200
    assert usage.wall_seconds > 0


def test_a_command_gets_the_environment_it_is_given(tmp_path: Path) -> None:
    script = "import os; print(os.environ['MEETHUIS_MODEL'])"
    _, output = measured([sys.executable, "-c", script], tmp_path / "child.log", {"MEETHUIS_MODEL": "other"})
    assert output == "other\n"
