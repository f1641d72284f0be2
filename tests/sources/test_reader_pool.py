"""The pool: deliveries that kill their reader, limits, ends."""

import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sources.limits import Limits
from sources.readers.pool import ReaderPool
from sources.readers.reading import Reading, ReadingTask
from tests.sources.reader_desk import HEADER, Desk, codes
from tests.sources.test_reader_excel import COLUMNS, ROW, workbook

ROOT = Path(__file__).resolve().parents[2]


def task_for(folder: Path, name: str, content: bytes, **mapping: object) -> ReadingTask:
    return Desk(folder / name).map(**mapping).task(content, f"{name}.csv")


@pytest.fixture
def good(tmp_path: Path) -> ReadingTask:
    return task_for(tmp_path, "goed", f"{HEADER}\nr1;03-03-2025;7;4;\n".encode())


@pytest.fixture
def large(tmp_path: Path) -> ReadingTask:
    return task_for(tmp_path, "groot", f"{HEADER}\n".encode() + b"r1;03-03-2025;7;4;een zin\n" * 1_000_000)


def readings(pool: ReaderPool, *tasks: ReadingTask) -> dict[str, Reading]:
    return {task.path: reading for task, reading in pool.read(tasks)}


def children() -> set[int]:
    """Processes that this one started and that still exist, zombies included."""
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def test_every_task_gives_one_reading_and_nothing_stays_behind(good: ReadingTask) -> None:
    before = children()
    with ReaderPool(2) as pool:
        tasks = [
            replace(good, delivery_id=f"{number:064}", landed_path=f"{good.landed_path}{number}")
            for number in range(9)
        ]
        found = list(pool.read(iter(tasks)))
        assert sorted(reading.delivery_id for _, reading in found) == [task.delivery_id for task in tasks]
        assert {reading.outcome for _, reading in found} == {"landed"}
        assert list(pool.read([])) == []
    assert children() == before


def test_a_file_that_kills_its_reader_is_rejected_and_the_others_go_on(
    tmp_path: Path, good: ReadingTask
) -> None:
    # Two cells at opposite corners of a sheet: calamine asks for more memory than any machine has, and aborts. The
    # check before it is set aside here, by limits that no delivery has.
    content = workbook(COLUMNS, ROW, XFD1048576="x")
    deadly = task_for(tmp_path, "dodelijk", content, source={"format": "xlsx"})
    deadly = replace(deadly, limits=Limits(columns=20_000, sheet_cells=2**40))
    with ReaderPool(1) as pool:
        found = readings(pool, deadly, good)
        assert codes(found[deadly.path]) == ["MH-LEZER"]
        assert found[good.path].outcome == "landed"
        assert readings(pool, good)[good.path].outcome == "landed"


@pytest.mark.parametrize(
    "limits", [Limits(cpu_seconds=0.05), Limits(wall_seconds=0.05), Limits(memory_bytes=50 * 2**20)]
)
def test_a_file_that_asks_too_much_is_rejected(large: ReadingTask, good: ReadingTask, limits: Limits) -> None:
    with ReaderPool(1) as pool:
        found = readings(pool, replace(large, limits=limits), good)
        assert codes(found[large.path]) == ["MH-LIMIET"]
        assert found[good.path].outcome == "landed"
    assert not [file.name for file in Path(large.landed_path).parent.iterdir() if "parquet" in file.name]


def test_a_caller_may_stop_half_way(large: ReadingTask, good: ReadingTask) -> None:
    with ReaderPool(2) as pool:
        reading = pool.read([good, large, large])
        next(reading)
        reading.close()  # type: ignore[attr-defined]
        assert readings(pool, good)[good.path].outcome == "landed"


def test_readers_end_when_their_parent_is_killed() -> None:
    program = (
        "from sources.readers.pool import ReaderPool\n"
        "import sys\n"
        "with ReaderPool(2) as pool:\n"
        "    print(*(child.process.pid for child in pool._children), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None and parent.stdin is not None
    readers = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    for reader in readers:
        # A descriptor of a process becomes readable when the process has ended.
        assert _ended(reader, seconds=20)
        os.close(reader)


def _ended(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def test_a_reader_has_no_keys_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETHUIS_PSEUDONYM_KEYS", "geheim")
    with ReaderPool(1) as pool:
        pid = pool._children[0].process.pid
        assert b"geheim" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_readers_keep_what_libraries_say_to_themselves(tmp_path: Path) -> None:
    """openpyxl warns with the cell's value, calamine's abort names sizes: none of it reaches a log."""
    program = (
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from sources.limits import Limits\n"
        "from sources.readers.pool import ReaderPool\n"
        "from tests.sources.test_reader_pool import task_for, workbook, COLUMNS, ROW\n"
        "content = workbook(COLUMNS, ROW, XFD1048576='x')\n"
        f"task = task_for(Path({str(tmp_path)!r}), 'dodelijk', content, source={{'format': 'xlsx'}})\n"
        "task = replace(task, limits=Limits(columns=20_000, sheet_cells=2**40))\n"
        "with ReaderPool(1) as pool:\n"
        "    print([reading.problems[0].code for _, reading in pool.read([task])])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("['MH-LEZER']", "")


def test_a_pool_needs_a_reader() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ReaderPool(0)
