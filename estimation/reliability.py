"""Reliability of a construct: do the questions that are meant to measure one thing agree?

Belongs here: Cronbach's alpha and what each question adds to it, from one moment matrix. Does not belong here: which
questions make a construct, which answers take part (`cases`).
"""

from dataclasses import dataclass

import numpy as np

from estimation.moments import Floats, covariances


@dataclass(frozen=True)
class Reliability:
    """Alpha of k questions, raw and of standardised answers; per question its correlation with the sum of the others
    and alpha without it. NaN where a sum of answers has no spread.
    """

    alpha: float
    alpha_standardised: float
    item_rest: Floats
    alpha_if_dropped: Floats


def reliability(moments: Floats) -> Reliability:
    """Reliability from the moment matrix (k + 1, k + 1) of k >= 2 questions that all respondents answered.

    alpha = k/(k - 1) (1 - Σ var_i / var of the sum) (Cronbach 1951); standardised: k r/(1 + (k - 1) r), r the mean
    correlation of pairs.
    """
    covariance = covariances(moments)
    k = len(covariance)
    variance = np.diagonal(covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(variance)
        correlation = covariance / np.outer(deviation, deviation)
        mean = (correlation.sum() - k) / (k * (k - 1))
        rest = covariance.sum(axis=1) - variance
        rest_variance = covariance.sum() - 2 * covariance.sum(axis=1) + variance
        item_rest = rest / (deviation * np.sqrt(rest_variance))
    dropped = [alpha(np.delete(np.delete(covariance, i, axis=0), i, axis=1)) for i in range(k)]
    return Reliability(
        alpha=alpha(covariance),
        alpha_standardised=float(k * mean / (1 + (k - 1) * mean)),
        item_rest=np.asarray(item_rest),
        alpha_if_dropped=np.array(dropped),
    )


def alpha(covariance: Floats) -> float:
    """Cronbach's alpha of k questions from their covariances (k, k); NaN for one question or without spread."""
    k, total = len(covariance), covariance.sum()
    if k < 2 or total <= 0:
        return float("nan")
    return float(k / (k - 1) * (1 - np.trace(covariance) / total))
