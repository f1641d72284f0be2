"""Renders docs/methodology.md from the seeds, the page's two templates and figures that the pipeline published.

Belongs here: filling in the templates (methodology/), and working published figures out again from published counts.
Does not belong here: formulas and thresholds (seeds), the sentences around them (templates).

    meethuis demo --bucket B --organisations O --seed 1 --count 30 --months 4 --responses 100
    meethuis run --bucket B --organisations O --work W --published P --now 2026-02-16T02:00:00+01:00
    python dbt_project/methodology_page.py P
"""

import csv
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

PROJECT = Path(__file__).parent
PAGE = PROJECT.parent / "docs" / "methodology.md"
PERIOD = "2025-Q4"
_Z = 1.959963984540054
_STATUS_EN = {"reconstructie": "reconstruction", "officieel": "official model", "eigen": "model of our own"}
_MISSING = {
    "nl": "weet niet, niet van toepassing, niet ingevuld, niet gesteld, ongeldig",
    "en": "do not know, not applicable, not answered, not offered, invalid",
}
_WORDS = {
    "nl": {
        "statement": "Vraag van het referentiemodel", "statistic": "maat", "formula": "formule",
        "counts": "Antwoorden bij {name}, {period}", "answer": "antwoord", "times": "aantal",
        "working": "berekening", "published": "gepubliceerd", "interval": "95%-interval", "quote": "Te citeren",
        "clustered": " De fout rekent per persoon, want een aantal mensen antwoordde vaker dan eens.",
        "excluded": "Niet meegeteld: {reasons}. Vergelijkbaarheid van dit cijfer: {grade}.",
    },
    "en": {
        "statement": "Statement of the reference model", "statistic": "statistic", "formula": "formula",
        "counts": "Answers at {name}, {period}", "answer": "answer", "times": "count",
        "working": "working", "published": "published", "interval": "95% interval", "quote": "To quote",
        "clustered": " The error is clustered on people, for some of them answered more than once.",
        "excluded": "Not counted: {reasons}. Comparability of this figure: {grade}.",
    },
}  # fmt: skip

# The node's unweighted figure of which most statistics are shown, with a plain interval.
_CHOICE = """
select organisation_id, instrument_kind
from marts.kpi
where kpi_id = $kpi_id and period_id = $period_id
    and service_group = 'all' and channel = 'all' and audience = 'all'
    and value = value_unweighted and interval_basis = 'model' and not is_suppressed
    and flags not like '%scale_family_mixed%'
group by organisation_id, instrument_kind
order by count(*) desc, organisation_id, instrument_kind
"""
_FIGURES = """
select statistic, value, standard_error, ci_low, ci_high, n, comparability_grade, organisation_name, quote_nl, quote_en
from marts.kpi
where organisation_id = $organisation_id and kpi_id = $kpi_id and period_id = $period_id
    and instrument_kind = $instrument_kind
    and service_group = 'all' and channel = 'all' and audience = 'all'
"""
_COUNTS = """
select scale_id, answer_value, n
from marts.distribution
where organisation_id = $organisation_id and kpi_id = $kpi_id and period_id = $period_id
    and instrument_kind = $instrument_kind
order by scale_id, answer_value
"""

# The change of a monthly mean that is least likely to be chance.
_TREND = """
select
    trend.compared_period_id, trend.delta, trend.se_delta, trend.p_value, trend.q_value, trend.is_significant,
    kpi.organisation_name, kpi.kpi_label_nl, kpi.kpi_label_en, trend.period_id, kpi.value, kpi.standard_error,
    earlier.value as compared_value, earlier.standard_error as compared_standard_error
from marts.trend as trend
inner join marts.kpi as kpi using (
    organisation_id, kpi_id, statistic, instrument_kind, period_id, service_group, channel, audience
)
inner join marts.kpi as earlier
    on
        trend.compared_period_id = earlier.period_id
        and (kpi.organisation_id, kpi.kpi_id, kpi.statistic, kpi.instrument_kind)
        = (earlier.organisation_id, earlier.kpi_id, earlier.statistic, earlier.instrument_kind)
        and (kpi.service_group, kpi.channel, kpi.audience)
        = (earlier.service_group, earlier.channel, earlier.audience)
where
    trend.comparison = 'previous_period' and trend.period_type = 'month' and trend.statistic = 'mean_pomp'
    and trend.p_value is not null and not trend.is_paired
    and trend.service_group = 'all' and trend.channel = 'all' and trend.audience = 'all'
order by trend.p_value, trend.organisation_id, trend.kpi_id, trend.period_id
limit 1
"""
_TREND_TEXT = {
    "nl": "Een voorbeeld. {kpi} bij {name}: {value} (standaardfout {error}) in {period} tegenover {earlier}"
    " ({earlier_error}) in {earlier_period}. Het verschil is {delta}, de standaardfout daarvan"
    " √({error}² + {earlier_error}²) = {se_delta}; p = {p}, en over alle vergelijkingen van die maand q = {q}:"
    " {verdict}.",
    "en": "An example. {kpi} at {name}: {value} (standard error {error}) in {period} against {earlier}"
    " ({earlier_error}) in {earlier_period}. The difference is {delta}, its standard error"
    " √({error}² + {earlier_error}²) = {se_delta}; p = {p}, and over all comparisons of that month q = {q}:"
    " {verdict}.",
}
_VERDICT = {"nl": ("geen pijl", "een pijl"), "en": ("no arrow", "an arrow")}


class MethodologyError(Exception):
    """A published figure is not what its formula gives: the page may not say that it is."""


@dataclass(frozen=True)
class Example:
    """One published cell: its figures per statistic and how often each answer was given."""

    figures: Mapping[str, Mapping[str, Any]]
    scale_id: str
    low: float
    high: float
    counts: Mapping[float, int]

    @property
    def is_clustered(self) -> bool:
        """Whether the errors are those of people who answered more than once: counts do not tell them."""
        _, _, _, error = estimate(self, "mean_pomp")
        return not math.isclose(error, self.figures["mean_pomp"]["standard_error"], rel_tol=1e-8)

    @property
    def n(self) -> int:
        """The number of answers."""
        return sum(self.counts.values())

    def mean(self, score: Callable[[float], float]) -> float:
        """The mean of a score over the answers."""
        return sum(count * score(value) for value, count in self.counts.items()) / self.n

    def standard_error(self, score: Callable[[float], float]) -> float:
        """The error of that mean: the standard deviation (n - 1) over the root of n."""
        mean = self.mean(score)
        squares = sum(count * (score(value) - mean) ** 2 for value, count in self.counts.items())
        return math.sqrt(squares / (self.n - 1) / self.n)


def rows(seed: str) -> list[dict[str, str]]:
    """A reference table of the product."""
    with (PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def page(published: Path) -> str:
    """The whole page, with examples from the published file below a folder.

    Raises MethodologyError when a figure cannot be worked out again.
    """
    nodes = [row for row in rows("ref_model_node") if row["floor"] == "kpi"]
    thresholds = {row["threshold"]: row["value"] for row in rows("ref_threshold")}
    values: dict[str, Any] = {
        "model_version": nodes[0]["model_version"],
        "model_status_nl": nodes[0]["status"],
        "model_status_en": _STATUS_EN[nodes[0]["status"]],
        "thresholds": thresholds,
        "below_minimum": int(thresholds["suppression_min_n"]) - 1,
        "statistics": rows("ref_statistic"),
    }
    with duckdb.connect(str(published / "meethuis.duckdb"), read_only=True) as connection:
        for lang in ("nl", "en"):
            kinds = [row[f"label_{lang}"].lower() for row in rows("ref_instrument_kind")]
            values[f"instrument_kinds_{lang}"] = ", ".join(kinds)
            values[f"missing_reasons_{lang}"] = _MISSING[lang]
            values[f"trend_{lang}"] = _trend(connection, lang)
            values[f"kpis_{lang}"] = "\n".join(_kpi(connection, node, lang) for node in nodes)
    templates = Environment(
        loader=FileSystemLoader(PROJECT / "methodology"),
        undefined=StrictUndefined,
        autoescape=False,
    )
    return "".join(templates.get_template(f"{lang}.md").render(values) for lang in ("en", "nl")) + "\n"


def _trend(connection: duckdb.DuckDBPyConnection, lang: str) -> str:
    """One comparison in words; MethodologyError when difference or error are published otherwise."""
    cursor = connection.execute(_TREND)
    columns = [name for name, *_ in cursor.description or ()]
    row = dict(zip(columns, cursor.fetchone() or (), strict=True))
    delta = row["value"] - row["compared_value"]
    error = math.hypot(row["standard_error"], row["compared_standard_error"])
    if not (math.isclose(delta, row["delta"]) and math.isclose(error, row["se_delta"], rel_tol=1e-8)):
        raise MethodologyError("trend: a difference or its error is published otherwise")
    number = _dutch if lang == "nl" else str
    figures = {
        "value": row["value"], "error": row["standard_error"], "earlier": row["compared_value"],
        "earlier_error": row["compared_standard_error"], "delta": delta, "se_delta": error,
        "p": row["p_value"], "q": row["q_value"],
    }  # fmt: skip
    return _TREND_TEXT[lang].format(
        kpi=row[f"kpi_label_{lang}"],
        name=row["organisation_name"],
        period=row["period_id"],
        earlier_period=row["compared_period_id"],
        verdict=_VERDICT[lang][row["is_significant"]],
        **{name: number(f"{figure:.4g}") for name, figure in figures.items()},
    )


def _kpi(connection: duckdb.DuckDBPyConnection, node: dict[str, str], lang: str) -> str:
    words, label, node_id = _WORDS[lang], node[f"label_{lang}"], node["node_id"]
    defined = [row for row in rows("ref_kpi_definition") if row["node_id"] == node_id]
    lines = [f"### {label} (`{node_id}`)", ""]
    lines += [f"{words['statement']}: *{node['statement_nl']}*", ""]
    lines += [f"| {words['statistic']} | {words['formula']} |", "|---|---|"]
    lines += [f"| `{row['statistic']}` | {row[f'formula_{lang}']} |" for row in defined]
    example = _example(connection, node_id)
    return "\n".join([*lines, "", *(_worked(example, lang) if example else [])])


def _example(connection: duckdb.DuckDBPyConnection, kpi_id: str) -> Example | None:
    """The first cell whose errors the counts explain, if there is one; else the first, clustered on people."""
    chosen = connection.execute(_CHOICE, {"kpi_id": kpi_id, "period_id": PERIOD}).fetchall()
    found = [_cell(connection, kpi_id, *one) for one in chosen]
    return min(found, key=lambda example: example.is_clustered, default=None)


def _cell(
    connection: duckdb.DuckDBPyConnection, kpi_id: str, organisation_id: str, instrument_kind: str
) -> Example:
    key = {"organisation_id": organisation_id, "instrument_kind": instrument_kind}
    key |= {"kpi_id": kpi_id, "period_id": PERIOD}
    cursor = connection.execute(_FIGURES, key)
    columns = [name for name, *_ in cursor.description or ()]
    figures = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    counts = connection.execute(_COUNTS, key).fetchall()
    scale_id = counts[0][0]
    low, high = (float(end) for end in scale_id.rsplit("_", 2)[1:])
    by_value = {float(value): int(n) for _, value, n in counts}
    shown = {row["statistic"]: row for row in figures if row["value"] is not None}
    return Example(shown, scale_id, low, high, by_value)


def _worked(example: Example, lang: str) -> list[str]:
    words, number = _WORDS[lang], _dutch if lang == "nl" else str
    first = next(iter(example.figures.values()))
    title = words["counts"].format(name=first["organisation_name"], period=PERIOD)
    lines = [f"{title} (`{example.scale_id}`, n = {example.n}):", ""]
    lines += [f"| {words['answer']} |" + "".join(f" {number(f'{v:g}')} |" for v in example.counts)]
    lines += ["|---|" + "---|" * len(example.counts)]
    lines += [f"| {words['times']} |" + "".join(f" {n} |" for n in example.counts.values()), ""]
    lines += [f"| {words['statistic']} | {words['working']} | {words['published']} | {words['interval']} |"]
    lines += ["|---|---|---|---|"]
    for row in rows("ref_statistic"):
        if row["statistic"] in example.figures:
            figure = example.figures[row["statistic"]]
            working, interval = work_out(example, row["statistic"])
            cells = [f"{working}; {interval}", f"{figure['value']:.10g}"]
            cells += [f"{figure['ci_low']:.6g} – {figure['ci_high']:.6g}"]
            lines += [f"| `{row['statistic']}` | " + " | ".join(map(number, cells)) + " |"]
    excluded = words["excluded"].format(reasons=_MISSING[lang], grade=first["comparability_grade"])
    excluded += words["clustered"] if example.is_clustered else ""
    headline = example.figures.get("mean_pomp", first)
    return [*lines, "", excluded, "", f"{words['quote']}: *{headline[f'quote_{lang}']}*", ""]


def estimate(example: Example, statistic: str) -> tuple[dict[str, str], str, float, float]:
    """From the counts alone: the rule of a statistic, its working as text, its value and its standard error."""
    family = _family(example)
    chosen = [row for row in rows("ref_family_statistic") if row["statistic"] == statistic]
    rule = min((row for row in chosen if row["scale_family"] in (family, "*")), key=_is_general)
    score, factor, offset = _scoring(rule, example)
    value = offset + factor * example.mean(score)
    total = factor * sum(count * score(answer) for answer, count in example.counts.items())
    start = f"{offset:g} + " if offset else ""
    working = f"{start}{total:.8g} / {example.n} = {value:.6g}"
    return rule, working, value, factor * example.standard_error(score)


def work_out(example: Example, statistic: str) -> tuple[str, str]:
    """A statistic and its interval from the counts, as text; MethodologyError when the mart says otherwise."""
    rule, working, value, error = estimate(example, statistic)
    figure = example.figures[statistic]
    if example.is_clustered:
        error = figure["standard_error"]
    if rule["method"] in ("mean_score", "mean_value"):
        quantile = _student_t(example.n - 1)
        low, high = value - quantile * error, value + quantile * error
        spread = f"± {quantile:.6g} × {error:.6g}"
    elif rule["method"] == "net_share":
        low, high = max(value - 1.96 * error, -100), min(value + 1.96 * error, 100)
        spread = f"± 1.96 × {error:.6g}"
    else:
        low, high = _wilson(value, example.n)
        spread = f"Wilson, n = {example.n}"
    for name, found in (("value", value), ("standard_error", error), ("ci_low", low), ("ci_high", high)):
        if not math.isclose(found, figure[name], rel_tol=1e-8, abs_tol=1e-9):
            raise MethodologyError(f"{statistic} of {example.scale_id}: {name} is published otherwise")
    return working, spread


def _is_general(row: dict[str, str]) -> bool:
    return row["scale_family"] == "*"


def _family(example: Example) -> str:
    kind = example.scale_id.rsplit("_", 2)[0]
    for row in rows("ref_scale"):
        is_same = (float(row["min_value"]), float(row["max_value"])) == (example.low, example.high)
        if row["scale_kind"] == kind and is_same:
            return row["scale_family"]
    return example.scale_id


def _scoring(rule: dict[str, str], example: Example) -> tuple[Callable[[float], float], float, float]:
    """Score per answer, and the factor and offset that lead to the published unit."""
    low, steps = example.low, example.high - example.low
    if rule["method"] == "mean_score":
        return (lambda x: (x - low) / steps), 100.0, 0.0
    if rule["method"] == "mean_value":
        return (lambda x: x - low), 1.0, low
    if rule["method"] == "share_category_high":
        return (lambda x: float(5 * (x - low) >= 3 * steps)), 1.0, 0.0
    if rule["method"] == "share_category_low":
        return (lambda x: float(5 * (x - low) <= 2 * steps)), 1.0, 0.0
    has_decimals = any(value % 1 for value in example.counts)
    own_cut = has_decimals and rule["high_from_decimals"]
    high_from = float(rule["high_from_decimals"] if own_cut else rule["high_from"])
    if rule["method"] == "share_from":
        return (lambda x: float(x >= high_from)), 1.0, 0.0
    low_to = float(rule["low_to"])
    return (lambda x: float(x >= high_from) - float(x <= low_to)), 100.0, 0.0


def _student_t(degrees_of_freedom: int) -> float:
    table = {int(row["degrees_of_freedom"]): float(row["quantile_975"]) for row in rows("ref_student_t")}
    return table[degrees_of_freedom]


def _wilson(share: float, n: int) -> tuple[float, float]:
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return min(max(centre - half, 0), share), max(min(centre + half, 1), share)


def _dutch(text: str) -> str:
    return text.replace(".", ",")


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])), encoding="utf-8")
