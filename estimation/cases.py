"""Which responses take part in an analysis of several questions at once, and the analyses themselves.

Belongs here: complete cases over the questions that enough respondents were asked, per year and channel; importance of
drivers and reliability of constructs for each. Does not belong here: the formulas (`importance`, `reliability`,
`moments`), how answers are read, what is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from estimation.importance import explain
from estimation.moments import Floats, Whole, whole_moments
from estimation.reliability import reliability

MISSING = -1
TOTAL = "all"
_DIGITS = 6
_NOTHING = 1e-9

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Responses:
    """Responses to surveys of one organisation and kind, one row each.

    `scores` (n, nodes): every answer as a whole number of steps above the lowest one, or MISSING; `steps` (nodes,): the
    number of steps from the lowest answer to the highest; `years` and `channels` (n,): ids; `groups` (n,): which group
    of the jackknife; `weights` (n,): whole.
    """

    nodes: tuple[str, ...]
    steps: Whole
    scores: npt.NDArray[np.integer[Any]]
    years: npt.NDArray[np.str_]
    channels: npt.NDArray[np.str_]
    groups: Whole
    weights: Whole


@dataclass(frozen=True)
class Limits:
    """When an analysis is made: the least number of responses, also per question, and the least part of those who
    answered the outcome (or any question of a construct) who answered a question.
    """

    least_n: int
    least_n_per_driver: int
    answered_share: float


def analyses(
    responses: Responses,
    outcomes: Sequence[str],
    drivers: Sequence[str],
    constructs: Mapping[str, Sequence[str]],
    limits: Limits,
) -> Iterator[dict[str, Any]]:
    """Importance of `drivers` for each outcome, and reliability of each construct, per year and channel and for all.

    Yields one row per driver or question: `analysis` 'importance' or 'reliability', `subject_id` (outcome or
    construct), `driver_id`, `period_id`, `channel`, `n`, `n_drivers` and the figures, rounded to six significant
    digits.
    """
    place = {node: index for index, node in enumerate(responses.nodes)}
    present = [place[node] for node in drivers if node in place]
    for year, channel, rows in _slices(responses):
        answered = responses.scores[rows] != MISSING
        key = {"period_id": year, "channel": channel}
        for outcome in (node for node in outcomes if node in place):
            asked = answered[:, place[outcome]]
            for row in _importance(responses, rows, answered, asked, place[outcome], present, limits):
                yield key | {"analysis": "importance", "subject_id": outcome} | row
        for construct, members in constructs.items():
            columns = [place[node] for node in members if node in place]
            for row in _reliability(responses, rows, answered, columns, limits):
                yield key | {"analysis": "reliability", "subject_id": construct} | row


def _slices(responses: Responses) -> Iterator[tuple[str, str, npt.NDArray[np.intp]]]:
    """Rows per year and channel, and per year for all channels; in the order of the jackknife's groups."""
    for year in sorted(set(responses.years.tolist())):
        rows = np.flatnonzero(responses.years == year)
        rows = rows[np.argsort(responses.groups[rows], kind="stable")]
        yield year, TOTAL, rows
        for channel in sorted(set(responses.channels[rows].tolist())):
            yield year, channel, rows[responses.channels[rows] == channel]


def _importance(
    responses: Responses,
    rows: npt.NDArray[np.intp],
    answered: Flags,
    asked: Flags,
    outcome: int,
    drivers: Sequence[int],
    limits: Limits,
) -> Iterator[dict[str, Any]]:
    used = _asked_enough(answered, asked, drivers, limits.answered_share)
    complete = _complete(answered, [outcome, *used])
    n = int(complete.sum())
    if not used or n < max(limits.least_n, limits.least_n_per_driver * len(used)):
        return
    found = explain(_moments_per_group(responses, rows[complete], [outcome, *used]))
    for index, driver in enumerate(used):
        yield {
            "driver_id": responses.nodes[driver],
            "n": n,
            "n_drivers": len(used),
            "importance": rounded(found.importance[index]),
            "importance_low": rounded(found.low[index]),
            "importance_high": rounded(found.high[index]),
            "correlation": rounded(found.correlation[index]),
            "beta": rounded(found.beta[index]),
            "r_squared": rounded(found.r_squared),
            "importance_method": found.method,
            "reason": found.reason[index],
        }


def _reliability(
    responses: Responses,
    rows: npt.NDArray[np.intp],
    answered: Flags,
    members: Sequence[int],
    limits: Limits,
) -> Iterator[dict[str, Any]]:
    if len(members) < 3:
        return
    asked = np.asarray(answered[:, members].any(axis=1))
    used = _asked_enough(answered, asked, members, limits.answered_share)
    complete = _complete(answered, used)
    n = int(complete.sum())
    if len(used) < 3 or n < limits.least_n:
        return
    # Each node has steps of its own; reliability needs them on one scale.
    steps = np.concatenate([[1], responses.steps[used]]).astype(np.float64)
    found = reliability(_moments(responses, rows[complete], used) / np.outer(steps, steps))
    for index, driver in enumerate(used):
        yield {
            "driver_id": responses.nodes[driver],
            "n": n,
            "n_drivers": len(used),
            "alpha": rounded(found.alpha),
            "alpha_standardised": rounded(found.alpha_standardised),
            "item_rest_correlation": rounded(found.item_rest[index]),
            "alpha_if_dropped": rounded(found.alpha_if_dropped[index]),
        }


def _asked_enough(answered: Flags, among: Flags, nodes: Sequence[int], least_share: float) -> list[int]:
    """The nodes that at least this share of the responses in `among` answered: "not applicable" is no answer."""
    n = answered[among][:, nodes].sum(axis=0)
    return [
        node
        for node, count in zip(nodes, n.tolist(), strict=True)
        if count and count >= least_share * among.sum()
    ]


def _complete(answered: Flags, nodes: Sequence[int]) -> Flags:
    return np.asarray(answered[:, list(nodes)].all(axis=1))


def _moments(responses: Responses, rows: npt.NDArray[np.intp], nodes: Sequence[int]) -> Floats:
    scores = responses.scores[np.ix_(rows, np.array(nodes))]
    return whole_moments(scores, responses.weights[rows]).astype(np.float64)


def _moments_per_group(responses: Responses, rows: npt.NDArray[np.intp], nodes: Sequence[int]) -> Floats:
    """One moment matrix per group of the jackknife; `rows` are in the order of the groups."""
    starts = np.flatnonzero(np.diff(responses.groups[rows]))
    scores = responses.scores[np.ix_(rows, np.array(nodes))]
    parts = zip(np.split(scores, starts + 1), np.split(responses.weights[rows], starts + 1), strict=True)
    return np.stack([whole_moments(part, weights).astype(np.float64) for part, weights in parts])


def rounded(value: float) -> float | None:
    """To six significant digits; None for no number, 0 for what rounding left of nothing."""
    if not np.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}") if abs(value) > _NOTHING else 0.0
