"""The formulas of `macros/statistics.sql` against scipy and the decimal module, over their whole range."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.dbt_project import landed, warehouse
from tests.dbt_project.landed import Question, Survey, responses_of

Z = 1.959963984540054


@pytest.fixture(scope="module")
def sql(bench: Path) -> dict[str, str]:
    """The macros as SQL over the columns x, p, n, table_quantile and df."""
    macros = {
        "student_t": "student_t_975('table_quantile', 'df')",
        "round": "round_significant('x')",
        "wilson_low": "wilson('p', 'n', '-')",
        "wilson_high": "wilson('p', 'n', '+')",
    }
    inline = "\n~~\n".join("{{ " + macro + " }}" for macro in macros.values())
    result = warehouse.build(bench, "compile", "--inline", inline)
    warehouse.succeed(result)
    compiled = result.result.results[0].node.compiled_code.split("~~")
    return dict(zip(macros, compiled, strict=True))


def evaluate(expression: str, **columns: float | None) -> float:
    values = ", ".join(f"${name}::double as {name}" for name in columns)
    row = duckdb.execute(f"select {expression} from (select {values})", columns).fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.parametrize("df", [1001, 1500, 10_000, 123_456, 10**7, 10**9])
def test_quantiles_beyond_the_table_are_scipys(sql: dict[str, str], df: int) -> None:
    found = evaluate(sql["student_t"], table_quantile=None, df=df)
    assert found == pytest.approx(stats.t.ppf(0.975, df), rel=1e-10)


def test_the_table_goes_before_the_expansion(sql: dict[str, str]) -> None:
    assert evaluate(sql["student_t"], table_quantile=12.7, df=1) == 12.7


def test_the_table_of_quantiles_is_scipys() -> None:
    path = warehouse.PROJECT / "seeds" / "ref_student_t.csv"
    rows = duckdb.execute("select degrees_of_freedom, quantile_975 from read_csv($1)", [str(path)]).fetchall()
    assert [df for df, _ in rows] == list(range(1, 1001))
    for df, quantile in rows:
        assert float(quantile) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-10)


COMPUTED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@COMPUTED
@given(p=st.floats(0, 1), n=st.floats(1, 1e9))
def test_wilson_holds_its_share_and_stays_a_share(sql: dict[str, str], p: float, n: float) -> None:
    low, high = evaluate(sql["wilson_low"], p=p, n=n), evaluate(sql["wilson_high"], p=p, n=n)
    centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    assert low == pytest.approx(max(centre - half, 0), rel=1e-9, abs=1e-12)
    assert high == pytest.approx(min(centre + half, 1), rel=1e-9, abs=1e-12)
    assert 0 <= low <= p + 1e-15 and p - 1e-15 <= high <= 1


@COMPUTED
@given(x=st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12))
def test_ten_significant_digits_are_kept(sql: dict[str, str], x: float) -> None:
    found = evaluate(sql["round"], x=x)
    exact = Context(prec=10, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(x))
    assert found == pytest.approx(float(exact), rel=6e-10, abs=0)
    assert len(Decimal(repr(found)).normalize().as_tuple().digits) <= 10


def test_one_dissenter_among_a_million_keeps_its_error(work: Path) -> None:
    """Where nearly everybody agrees the error is a small difference of large squares."""
    rows = (
        {"answers": [5], "multiplicity": 999_999},
        *responses_of([1], multiplicity=1),
    )
    landed.write(work, [Survey(rows, (Question(),), delivery_kind="aggregate")])
    warehouse.transform(work)
    cell = warehouse.cell(work)
    n, share = 10**6, 1e-6
    assert cell["n"] == n
    expected = 100 * math.sqrt(share * (1 - share) / (n - 1))
    assert cell["standard_error"] == pytest.approx(expected, rel=1e-9)
    assert cell["value"] == pytest.approx(100 * (1 - share), rel=1e-10)
