"""The two environments agree where they meet: the published file."""

from __future__ import annotations

import re

from dashboards.marts import ROOT


def pinned(lock: str, package: str) -> list[str]:
    """The versions of a package in a lock file."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return re.findall(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)


def test_both_locks_hold_the_same_duckdb() -> None:
    """An older one cannot read what a newer one wrote."""
    versions = pinned("pipeline", "duckdb")
    assert len(versions) == 1
    assert pinned("dashboards", "duckdb") == versions
