"""Starting: refused where it is not safe, quick where nothing changed, and nothing leaves the machine."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
import requests

from tests.dashboards_server.server import (
    Server,
    copy_published,
    publish_variant,
    refused_start,
    running,
)

DEFAULT_KEY = "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET"
OWN_KEY = "een-eigen-sleutel-van-genoeg-tekens-voor-de-toets"


@pytest.fixture(scope="module")
def real(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication that says it is no sample."""
    target = tmp_path_factory.mktemp("real") / "published"
    copy_published(published, target)
    publish_variant(target, "no-sample", "update marts.snapshot set is_sample = false")
    return target


def test_the_default_key_is_refused_even_for_a_sample(published: Path, tmp_path: Path) -> None:
    assert "SUPERSET_SECRET_KEY" in refused_start(published, tmp_path, SUPERSET_SECRET_KEY=DEFAULT_KEY)


def test_a_short_key_is_refused(published: Path, tmp_path: Path) -> None:
    assert "SUPERSET_SECRET_KEY" in refused_start(published, tmp_path, SUPERSET_SECRET_KEY="kort")


def test_real_figures_need_a_key(real: Path, tmp_path: Path) -> None:
    assert "SUPERSET_SECRET_KEY is not set" in refused_start(real, tmp_path)


def test_real_figures_need_an_administrator_password(real: Path, tmp_path: Path) -> None:
    message = refused_start(real, tmp_path, SUPERSET_SECRET_KEY=OWN_KEY)
    assert "MEETHUIS_SUPERSET_ADMIN_PASSWORD is not set" in message


def test_no_publication_is_told(tmp_path: Path) -> None:
    assert "no publication yet" in refused_start(tmp_path / "nothing", tmp_path)


def test_what_the_start_keeps_is_for_its_owner_only(server: Server) -> None:
    for name in ("secret_key", "superset.db", "state.json"):
        assert stat.S_IMODE((server.home / name).stat().st_mode) == 0o600, name


def test_the_second_start_sets_nothing_up(server: Server) -> None:
    """Measured in work, not on the clock: the bootstrap, most of a first start, does not run."""
    before = (server.home / "bootstrap.log").stat().st_mtime_ns
    with running(server.published, server.home) as again:
        assert (again.home / "bootstrap.log").stat().st_mtime_ns == before
        assert again.sign_in().everything("dashboard")


def test_the_login_page_is_dutch_and_calls_nobody(server: Server) -> None:
    answer = requests.get(f"{server.url}/login/", timeout=30)
    policy = answer.headers["Content-Security-Policy"]
    assert '<html lang="nl">' in answer.text
    assert not re.findall(r"https?://|\*", policy), policy
    pack = requests.get(f"{server.url}/superset/language_pack/nl/", timeout=30).json()
    assert pack["locale_data"]["superset"]["Sign in"] == ["Inloggen"]
