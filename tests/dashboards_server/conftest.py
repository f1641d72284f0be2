"""One publication by the pipeline and one server per session: each costs a minute or more."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.client import Superset
from tests.acceptance.conftest import add_sample
from tests.acceptance.harness import CLONE, Installation
from tests.dashboards_server.browser import Browser, browser
from tests.dashboards_server.server import Server, add_user, copy_published, running
from tests.dashboards_server.sights import PICTURES, Sight, slugs, walk


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small government as the pipeline publishes it; MEETHUIS_TEST_PUBLISHED names one that was made already.

    The sample beside synthetic organisations: figures over all organisations begin at three, and the sample's four
    have too little in common.
    """
    given = os.environ.get("MEETHUIS_TEST_PUBLISHED")
    if given:
        target = tmp_path_factory.mktemp("given") / "published"
        copy_published(Path(given), target)
        return target
    made = Installation(tmp_path_factory.mktemp("government"))
    made.meethuis("demo", "--count", "14", "--months", "7", "--responses", "80").expect(0)
    shutil.copytree(CLONE / "sources" / "organisations", made.mappings, dirs_exist_ok=True)
    add_sample(made)
    made.meethuis("run").expect(0)
    return made.published


@pytest.fixture(scope="session")
def server(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Superset over that government, with a user of every kind."""
    with running(published, tmp_path_factory.mktemp("superset")) as started:
        admin = started.sign_in()
        add_user(admin, "analist", "BZK-analist")
        add_user(admin, "uwv", "Organisatie uwv")
        add_user(admin, "kvk", "Organisatie kvk")
        add_user(admin, "lezer", "Gamma")
        yield started


@pytest.fixture(scope="session")
def admin(server: Server) -> Superset:
    return server.sign_in()


@pytest.fixture(scope="session")
def analyst(server: Server) -> Superset:
    return server.sign_in("analist")


@pytest.fixture(scope="session")
def uwv(server: Server) -> Superset:
    """Somebody of one participating organisation."""
    return server.sign_in("uwv")


@pytest.fixture(scope="session")
def page(server: Server) -> Iterator[Browser]:
    """A browser in which an analyst signed in."""
    with browser(server.url, PICTURES / "analist") as opened:
        opened.sign_in("analist")
        yield opened


@pytest.fixture(scope="session")
def sights(page: Browser, analyst: Superset) -> list[Sight]:
    """Every tab of every dashboard, looked at once for all tests: a walk takes a minute and more."""
    return [sight for slug in slugs(analyst) for sight in walk(page, slug)]
