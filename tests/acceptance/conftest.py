"""The shared runs: every installation is made once per session, because a run costs tens of seconds."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.acceptance import cases, counts, edge_cases
from tests.acceptance.harness import CLONE, ROTATED_KEYS, Installation, Night

SAMPLE_BUCKET = CLONE / "sample" / "bucket"
SAMPLE_RECEIVED = CLONE / "sample" / "received.csv"
SECOND_NIGHT = "2026-02-17T02:00:00+01:00"
THIRD_NIGHT = "2026-02-18T02:00:00+01:00"
MODEL_A11 = CLONE / "tests" / "fixtures" / "model_a11"


@dataclass(frozen=True)
class Nights:
    """An installation and what stood there after each of its runs."""

    installation: Installation
    nights: tuple[Night, ...]

    @property
    def first(self) -> Night:
        return self.nights[0]

    @property
    def last(self) -> Night:
        return self.nights[-1]


def sample_installation(root: Path) -> Installation:
    """The product's sample bucket with its own mappings, received when the sample says so."""
    made = Installation(root, organisations=CLONE / "sources" / "organisations", is_cold=True)
    add_sample(made)
    return made


def add_sample(made: Installation) -> None:
    """Drop the sample's deliveries, each at the time it was received."""
    shutil.copytree(SAMPLE_BUCKET, made.bucket, dirs_exist_ok=True)
    with SAMPLE_RECEIVED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            moment = datetime.fromisoformat(row["received_at"]).timestamp()
            os.utime(made.bucket / row["key"], (moment, moment))
    made.records.update(counts.of_sample(SAMPLE_BUCKET))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """One run on the sample bucket."""
    made = sample_installation(tmp_path_factory.mktemp("sample"))
    return Nights(made, (made.run(),))


def drop_all(night: Installation, chosen: tuple[Callable[[Installation], None], ...]) -> None:
    for case in chosen:
        case(night)
    counts.add_real_files(night)


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """One run on organisations with nothing wrong."""
    made = Installation(tmp_path_factory.mktemp("healthy"))
    drop_all(made, cases.HEALTHY + edge_cases.ALL)
    return Nights(made, (made.run("--threads", "2", TZ="UTC"),))


@pytest.fixture(scope="session")
def reordered(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The healthy deliveries in two runs, last ones first, one thread, other zone and locale.

    The second run publishes to an empty folder: an empty publication history, as the first had. Its key is a newer one.
    """
    made = Installation(tmp_path_factory.mktemp("reordered"))
    drop_all(made, tuple(reversed(cases.HEALTHY + edge_cases.ALL)))
    early = {"test0001": made.bucket / "test0001", "test0004": made.bucket / "test0004"}
    aside = made.root / "aside"
    aside.mkdir()
    for name, folder in early.items():
        if folder.exists():
            folder.rename(aside / name)
    december = made.bucket / "test0007" / "november.csv"
    december.rename(aside / "november.csv")
    first = made.run("--threads", "1", TZ="Pacific/Auckland", LC_ALL="C")
    (aside / "november.csv").rename(december)
    for name, folder in early.items():
        if (aside / name).exists():
            (aside / name).rename(folder)
    made.published_name = "published-anew"
    made.keys = ROTATED_KEYS
    second = made.run("--threads", "1", TZ="Pacific/Auckland", LC_ALL="C")
    return Nights(made, (first, second))


@pytest.fixture(scope="session")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Three nights: the healthy organisations beside one of every kind of trouble and of resubmission."""
    made = Installation(tmp_path_factory.mktemp("troubled"))
    cases.golden_unweighted(made, is_shuffled=True)
    drop_all(made, cases.HEALTHY[1:] + cases.TROUBLED)
    cases.first_deliveries(made)
    with_mapping = {path.name for path in made.mappings.iterdir()}
    made.keys = json.dumps({name: {"1": "3c" * 32} for name in sorted(with_mapping - {"test0103"})})
    first = made.run(TZ="America/St_Johns", LC_ALL="tr_TR.UTF-8")
    cases.unbumped_mapping_changed(made)
    cases.second_deliveries(made)
    second = made.run(now=SECOND_NIGHT)
    cases.third_deliveries(made)
    return Nights(made, (first, second, made.run(now=THIRD_NIGHT)))


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """One run on a reference model of two KPIs and five drivers."""
    made = Installation(tmp_path_factory.mktemp("model"))
    cases.section_280(made)
    return Nights(made, (made.run("--model", str(MODEL_A11)),))
