"""Moment matrices: what means, variances and correlations need to know of whole responses, in sums.

Belongs here: sums of products of answers, exact whatever the order of the rows, and what follows from them in one step.
Does not belong here: which answers take part (`cases`), importance and reliability.

A moment matrix of k variables is (k + 1, k + 1): sums of w x_i x_j over the responses, where x_0 is 1. So the corner is
the sum of weights and the first row holds the weighted sums. Matrices of separate groups of responses add up.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

# Sums of whole numbers below 2 to this power are exact in double precision, in whatever order they are added.
_EXACT_BITS = 53
# Larger products are divided over threads, which costs more than it gains for matrices as narrow as these.
_CHUNK = 512


def whole_moments(values: npt.NDArray[np.integer[Any]], weights: Whole) -> npt.NDArray[np.object_]:
    """The moment matrix of whole numbers, exact; Python integers.

    `values` (n, k): answers as whole numbers, none missing; `weights` (n,): whole, not negative. Returns
    (k + 1, k + 1).
    """
    rows = np.column_stack([np.ones(len(values), dtype=np.int64), values])
    total = np.zeros((rows.shape[1], rows.shape[1]), dtype=object)
    if not len(values):
        return total
    # A weight is added up in parts of so many bits that products with answers stay exact.
    bits = _EXACT_BITS - (int(np.abs(rows).max()) ** 2 * len(rows)).bit_length()
    if bits < 1:
        exact = rows.astype(object)
        return np.asarray((exact * weights.astype(object)[:, None]).T @ exact)
    numbers = _chunked(rows.astype(np.float64))
    for shift in range(0, int(weights.max()).bit_length(), bits):
        weight = _chunked(((weights >> shift) & (2**bits - 1)).astype(np.float64)[:, None])
        found = (np.swapaxes(numbers * weight, 1, 2) @ numbers).sum(axis=0)
        total += found.astype(np.int64).astype(object) * 2**shift
    return total


def _chunked(rows: Floats) -> Floats:
    """Rows in chunks (chunks, _CHUNK, columns), the last one filled up with zeros."""
    chunks = -(-len(rows) // _CHUNK)
    filled = np.zeros((chunks * _CHUNK, rows.shape[1]))
    filled[: len(rows)] = rows
    return filled.reshape(chunks, _CHUNK, -1)


def covariances(moments: Floats) -> Floats:
    """Covariance matrices, divided by the sum of weights. `moments` (..., k + 1, k + 1); returns (..., k, k)."""
    weight = moments[..., :1, :1]
    mean = moments[..., :1, 1:] / weight
    found = moments[..., 1:, 1:] / weight - np.swapaxes(mean, -1, -2) * mean
    # What is left of a variable without spread after rounding is no spread.
    diagonal = np.arange(found.shape[-1])
    squares = moments[..., 1:, 1:][..., diagonal, diagonal] / weight[..., 0]
    variance = found[..., diagonal, diagonal]
    found[..., diagonal, diagonal] = np.where(variance > 1e-12 * squares, variance, 0.0)
    return np.asarray(found)


def correlations(moments: Floats) -> Floats:
    """Pearson correlations; NaN in the rows and columns of a variable without spread. Shapes as `covariances`."""
    covariance = covariances(moments)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        return np.asarray(covariance / (deviation[..., :, None] * deviation[..., None, :]))
