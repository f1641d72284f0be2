"""What makes a scale consistent, and what follows from the fields that were left out.

Belongs here: ends, points, labels and missing codes of one scale. Does not belong here: its family (the
reference model) and scores of answers (`sources.codebook`).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

from sources.mapping.document import MissingReason, ScaleEntry
from sources.mapping.fields import folded, parse_number
from sources.mapping.issues import FieldPath, Finding, quoted
from sources.mapping.shape import Draft

MISSING_REASONS: tuple[MissingReason, ...] = get_args(MissingReason)
WIDEST = 1000


def scale_findings(draft: Draft) -> Iterator[Finding]:
    """Every contradiction in the named scales and in those written out at an item."""
    for path, scale in placed_scales(draft):
        yield from _findings(path, scale)


def placed_scales(draft: Draft) -> Iterator[tuple[FieldPath, ScaleEntry]]:
    """Every scale of a document with its place."""
    for name, scale in draft.scales.items():
        yield ("scales", name), scale
    for index, item in draft.items.items():
        if isinstance(item.scale, ScaleEntry):
            yield ("items", index, "scale"), item.scale


def ends(scale: ScaleEntry) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest value; the labels give what `min` and `max` leave out. None when nothing does."""
    low = scale.min if scale.min is not None else min(scale.labels.values(), default=None)
    high = scale.max if scale.max is not None else max(scale.labels.values(), default=None)
    return None if low is None or high is None else (low, high)


def takes_numbers(scale: ScaleEntry) -> bool:
    """Whether a bare number is an answer.

    Where there are labels, only when `min` and `max` are written too.
    """
    return not scale.labels or (scale.min is not None and scale.max is not None)


def point_count(scale: ScaleEntry) -> int:
    """The number of answers of a consistent scale."""
    if scale.points is not None:
        return scale.points
    low_high = ends(scale)
    if not takes_numbers(scale) or low_high is None:
        return len(set(scale.labels.values()))
    return int(low_high[1] - low_high[0]) + 1


def whole_steps(scale: ScaleEntry) -> tuple[Decimal, ...]:
    """The numbers of the scale in steps of one, from the lowest to the highest."""
    low_high = ends(scale)
    if low_high is None or low_high[1] - low_high[0] > WIDEST:
        return ()
    low, high = low_high
    return tuple(low + step for step in range(int(high - low) + 1))


def answer_codes(scale: ScaleEntry) -> dict[str, str]:
    """What an aggregate's column may stand for.

    Scale numbers, labels, missing codes and reasons, as raw values.
    """
    codes: dict[str, str] = {reason: reason for reason in MISSING_REASONS} | {
        code: code for code in scale.missing
    }
    return (
        codes
        | {label: label for label in scale.labels}
        | {_plain(step): _plain(step) for step in whole_steps(scale)}
    )


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _findings(path: FieldPath, scale: ScaleEntry) -> Iterator[Finding]:
    low_high = ends(scale)
    if low_high is None:
        yield Finding(path, "neither min and max nor labels", "min and max, or labels")
        return
    low, high = low_high
    if low >= high:
        yield Finding((*path, "max"), f"a highest value {high} with a lowest value {low}", "max above min")
        return
    if high - low > WIDEST:
        yield Finding((*path, "max"), quoted(high), f"at most {WIDEST} above min")
        return
    for label, value in scale.labels.items():
        if not low <= value <= high:
            yield Finding((*path, "labels", label), quoted(value), f"a value from {low} to {high}")
    yield from _point_findings(path, scale, low, high)
    yield from _label_findings(path, scale)
    yield from _missing_findings(path, scale, low, high)


def _point_findings(path: FieldPath, scale: ScaleEntry, low: Decimal, high: Decimal) -> Iterator[Finding]:
    span, labelled = high - low, len(set(scale.labels.values()))
    if takes_numbers(scale) and not scale.allow_decimals and not scale.labels and span != int(span):
        yield Finding(
            (*path, "max"), quoted(high), "a whole number of steps above min, or allow_decimals: true"
        )
        return
    if scale.points is None:
        return
    allowed = {labelled} if scale.labels else set()
    if takes_numbers(scale) and span == int(span):
        allowed.add(int(span) + 1)
    is_fine_grained = scale.allow_decimals and (scale.points - 1) % span == 0
    if scale.points not in allowed and not is_fine_grained:
        expected = " or ".join(str(points) for points in sorted(allowed)) or "a whole number of steps"
        yield Finding((*path, "points"), quoted(scale.points), f"{expected}, as min, max and labels say")


def _label_findings(path: FieldPath, scale: ScaleEntry) -> Iterator[Finding]:
    seen: dict[str, Decimal] = {}
    for label, value in scale.labels.items():
        if seen.setdefault(folded(label), value) != value:
            yield Finding(
                (*path, "labels", label), quoted(value), "one value for labels that differ in case only"
            )


def _missing_findings(path: FieldPath, scale: ScaleEntry, low: Decimal, high: Decimal) -> Iterator[Finding]:
    labels = {folded(label) for label in scale.labels}
    seen: dict[str, str] = {}
    for code, reason in scale.missing.items():
        place = (*path, "missing", code)
        if seen.setdefault(folded(code), reason) != reason:
            yield Finding(place, quoted(reason), "one reason for codes that differ in case only")
        if folded(code) in labels:
            yield Finding(place, quoted(code), "a code that is not a label of the scale")
        number = parse_number(code)
        if number is not None and _is_scale_value(scale, number, low, high):
            yield Finding(place, quoted(code), f"a code that is not a value of the scale ({low} to {high})")


def _is_scale_value(scale: ScaleEntry, number: Decimal, low: Decimal, high: Decimal) -> bool:
    if number in scale.labels.values():
        return True
    return low <= number <= high and (scale.allow_decimals or number in whole_steps(scale))
