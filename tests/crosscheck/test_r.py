"""R's `survey` and `psych` agree with the golden numbers and with the functions that the warehouse calls."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from estimation.residuals import standard_error, variance_sums
from tests.acceptance import golden
from tests.estimation.test_weighting import (
    AGES,
    CHANNELS,
    GRADE,
    STRATA,
    lines,
    strata_of,
    weighed,
)

RSCRIPT = shutil.which("Rscript")
pytestmark = pytest.mark.skipif(RSCRIPT is None, reason="R is not installed")
N = len(STRATA)


@pytest.fixture(scope="module")
def r(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """What the script told, by name."""
    path = tmp_path_factory.mktemp("r") / "golden.csv"
    path.write_text(golden.csv_text(), encoding="utf-8", newline="")
    script = Path(__file__).with_name("golden.R")
    done = subprocess.run(
        [str(RSCRIPT), str(script), str(path)], capture_output=True, text=True, timeout=120, check=True
    )
    told = (line.split() for line in done.stdout.splitlines() if len(line.split()) == 2)
    return {name: float(value) for name, value in told}


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("mean_value", golden.MEAN[0]),
        ("nps_value", golden.NPS[0]),
        ("nps_error", golden.NPS[1]),
        ("weighted_mean_value", golden.WEIGHTED_MEAN[0]),
        ("weighted_mean_error", golden.WEIGHTED_MEAN[1]),
        ("poststratified_mean_value", golden.POSTSTRATIFIED_MEAN[0]),
        ("poststratified_mean_error", golden.POSTSTRATIFIED_MEAN[1]),
        ("poststratified_share_value", golden.POSTSTRATIFIED_SHARE[0]),
        ("poststratified_share_error", golden.POSTSTRATIFIED_SHARE[1]),
        ("poststratified_nps_value", golden.POSTSTRATIFIED_NPS[0]),
        ("poststratified_nps_error", golden.POSTSTRATIFIED_NPS[1]),
        ("drawn_error", golden.STRATIFIED_ERROR),
        ("drawn_infinite_error", golden.STRATIFIED_ERROR_INFINITE),
        ("raked_mean_value", golden.RAKED_MEAN[0]),
        ("raked_mean_error", golden.RAKED_MEAN[1]),
        ("raked_n_eff", golden.RAKED_N_EFF),
        ("alpha_raw", ".864247356"),
        ("alpha_standardised", ".864518596"),
    ],
)
def test_r_gives_the_golden_number(r: dict[str, float], name: str, printed: str) -> None:
    assert golden.agrees(r[name], printed)


@pytest.mark.parametrize(
    ("name", "method", "dimensions", "age"),
    [
        ("young", "poststratify", ("channel",), "18-34"),
        ("old", "rake", ("channel", "age_band"), "65+"),
    ],
)
def test_cells_are_domains_as_in_r(
    r: dict[str, float], name: str, method: str, dimensions: tuple[str, ...], age: str
) -> None:
    """But for n / (n - 1): the warehouse takes the answers of the cell, R those of the sample."""
    targets = lines(channel=golden.POPULATION, **({"age_band": golden.AGES} if method == "rake" else {}))
    stratum, weight, groups = weighed(method, dimensions, targets)
    codes = (CHANNELS, AGES) if method == "rake" else ()
    margins = [
        np.array([known.index(groups[one][place]) for one in stratum]) for place, known in enumerate(codes)
    ]
    strata = strata_of(stratum, weight, *margins)
    inside = np.array([one == age for _, one in STRATA])
    k = len(strata.n)
    tables = [np.bincount(stratum[inside], GRADE[inside] ** power, k)[None, :] for power in (0, 1, 2)]
    n, total = np.array([float(inside.sum())]), np.array([weight[inside].sum()])
    value = (weight * GRADE)[inside].sum() / total
    error = standard_error(variance_sums(strata, *tables, n), value, n, total)
    assert value[0] == pytest.approx(r[f"{name}_value"], rel=1e-9)
    of_sample = np.sqrt(N / (N - 1) / (n / (n - 1)))
    assert (error * of_sample)[0] == pytest.approx(r[f"{name}_error"], rel=1e-7)


def test_people_are_clusters_as_in_r(r: dict[str, float]) -> None:
    """Three responses in a row are one person's; the formula is that of the warehouse's test."""
    weight = np.array([golden.weight_of(channel) for channel, _ in STRATA])
    z = weight * (GRADE - (weight * GRADE).sum() / weight.sum()) / weight.sum()
    person = np.arange(1, N + 1) // 3
    totals = np.bincount(person, z)
    m = len(totals)
    assert np.sqrt(m / (m - 1) * (totals**2).sum()) == pytest.approx(r["clustered_mean_error"], rel=1e-9)
