"""The night's last asset against a running Superset: what it finds there is what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.assets import publication_assets
from orchestration.installation import open_installation
from orchestration.night import night
from orchestration.publication import Publication, published_manifest
from orchestration.settings import settings_from
from tests.acceptance.harness import KEYS
from tests.dashboards_server.server import PASSWORD, Server


@pytest.fixture
def materialized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> Any:
    """What the asset says of itself, after a night that published a snapshot with this environment."""

    def run(snapshot_id: str, **environment: str) -> dict[str, Any]:
        for name, value in {"MEETHUIS_PSEUDONYM_KEYS": KEYS, **environment}.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "bucket").mkdir()
        places = {name: str(tmp_path / name) for name in ("bucket", "work", "published")}
        with night(open_installation(settings_from(places))) as opened:
            opened.published = Publication(snapshot_id, {}, is_new=True)
            done = dg.materialize(
                publication_assets([]), selection="refreshed_dashboards", resources={"night": opened}
            )
        (told,) = done.asset_materializations_for_node("refreshed_dashboards")
        return {name: value.value for name, value in told.metadata.items()}

    return run


def in_force(server: Server) -> str:
    """The snapshot that readers get now."""
    manifest = published_manifest(server.published)
    assert manifest is not None
    return str(manifest["snapshot_id"])


def test_every_chart_answers_over_the_new_publication(server: Server, materialized: Any) -> None:
    told = materialized(
        in_force(server), MEETHUIS_SUPERSET_URL=server.url, MEETHUIS_SUPERSET_ADMIN_PASSWORD=PASSWORD
    )
    assert told == {"is_configured": True, "is_verified": True, "charts_broken": []}


def test_another_publication_than_the_night_s_is_told(server: Server, materialized: Any) -> None:
    told = materialized(
        "another", MEETHUIS_SUPERSET_URL=server.url, MEETHUIS_SUPERSET_ADMIN_PASSWORD=PASSWORD
    )
    assert told == {"is_configured": True, "is_verified": False, "charts_broken": []}


def test_a_superset_that_does_not_let_the_night_in_stops_nothing(server: Server, materialized: Any) -> None:
    told = materialized(
        in_force(server), MEETHUIS_SUPERSET_URL=server.url, MEETHUIS_SUPERSET_ADMIN_PASSWORD="wrong"
    )
    assert told["is_configured"] and not told["is_verified"]


def test_without_a_superset_there_is_nothing_to_refresh(server: Server, materialized: Any) -> None:
    assert materialized(in_force(server)) == {
        "is_configured": False, "is_verified": False, "charts_broken": [],
    }  # fmt: skip
