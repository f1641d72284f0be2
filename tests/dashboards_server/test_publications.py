"""New publications under a running server: what readers get is whole, and new at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.client import Superset
from orchestration.publication import point_to
from tests.dashboards_server.server import Server, dataset_id, publish_variant, question

PUBLICATIONS = 50
READERS = 4
FRESH_SECONDS = 5.0


def _metrics(*expressions: str) -> list[dict[str, str]]:
    return [{"label": one, "expressionType": "SQL", "sqlExpression": one} for one in expressions]


@pytest.fixture(autouse=True)
def restored(server: Server) -> Iterator[None]:
    """The pipeline's own publication is in force again afterwards."""
    link = server.published / "meethuis.duckdb"
    before = link.readlink().stem
    yield
    point_to(server.published, before)


def test_fifty_publications_during_a_loop_of_queries(server: Server, admin: Superset) -> None:
    """Every figure of generation i is i: an answer of two queries with two values is mixed, an old one stale."""
    kpi = dataset_id(admin, "kpi")
    query = {"metrics": _metrics("min(n)", "max(n)")}
    content = question(kpi, [], query, query)
    swapped_at: list[float] = []
    faults: list[str] = []
    answers: list[int] = []
    answered = threading.Semaphore(0)
    is_done = threading.Event()

    def read(user: Superset) -> None:
        while not is_done.is_set():
            asked_at = time.monotonic()
            answer = user.request("POST", "/api/v1/chart/data", content)
            if not answer.ok:
                faults.append(f"HTTP {answer.status_code}: {answer.text[:300]}")
                continue
            found = {
                value
                for result in answer.json()["result"]
                for row in result["data"]
                for value in row.values()
            }
            if len(found) != 1:
                faults.append(f"mixed: {sorted(found)}")
                continue
            (generation,) = found
            answers.append(generation)
            answered.release()
            is_overdue = generation < len(swapped_at) and asked_at > swapped_at[generation] + FRESH_SECONDS
            if is_overdue:
                faults.append(f"stale: {generation} after {asked_at - swapped_at[generation]:.1f} s")

    _publish(server.published, 0, swapped_at)
    readers = [threading.Thread(target=read, args=(server.sign_in(),)) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for generation in range(1, PUBLICATIONS + 1):
        # However busy the machine is: readers go on between two publications.
        assert answered.acquire(timeout=60)
        _publish(server.published, generation, swapped_at)
    last = server.sign_in().call("POST", "/api/v1/chart/data", content)
    is_done.set()
    for reader in readers:
        reader.join()
    assert not faults, (len(faults), faults[:5])
    assert len(answers) >= PUBLICATIONS and len(set(answers)) > PUBLICATIONS / 4
    assert last["result"][0]["data"] == [{"min(n)": PUBLICATIONS, "max(n)": PUBLICATIONS}]


def _publish(published: Path, generation: int, swapped_at: list[float]) -> None:
    publish_variant(published, f"generation-{generation:03}", f"update marts.kpi set n = {generation}")
    swapped_at.append(time.monotonic())


def test_a_new_organisation_sees_its_rows_after_a_refresh(server: Server, admin: Superset) -> None:
    """Before it, nobody is let in; afterwards the role is there with its rule."""
    publish_variant(
        server.published,
        "generation-100",
        "update marts.kpi set organisation_id = 'gm0363' where organisation_id = 'gm0855'",
    )
    role = "Organisatie gm0363"
    assert role not in {one["name"] for one in admin.everything("security/roles")}
    answer = admin.refresh()
    assert answer["snapshot_id"] == "generation-100"
    assert role in {one["name"] for one in admin.everything("security/roles")}
