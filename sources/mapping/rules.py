"""What the parts of one mapping document must mean together.

Belongs here: contradictions that can be seen in the document alone. Does not belong here: the reference
model's lists (`reference_rules`), scales (`scale_rules`), several versions (`versions`).
"""

from collections.abc import Iterator
from datetime import date

from sources.mapping.document import ItemEntry
from sources.mapping.fields import folded
from sources.mapping.issues import FieldPath, Finding, did_you_mean, one_of, quoted
from sources.mapping.parts import WEIGHT_DIMENSIONS, Located
from sources.mapping.response_parts import Dimension, When
from sources.mapping.scale_rules import answer_codes
from sources.mapping.shape import Draft
from sources.mapping.validity import overlapping_primaries

_OPTION_FORMATS = {
    "encoding": ("csv", "json", "ndjson", "sav"),
    "delimiter": ("csv",),
    "quote": ("csv",),
    "header_row": ("csv", "xlsx"),
    "header_rows": ("csv", "xlsx"),
    "skip_footer": ("csv", "xlsx"),
    "sheet": ("xlsx",),
    "range": ("xlsx",),
}
# The strptime directives that do not depend on the machine; %x, %c and week numbers do, or mean two things.
_DIRECTIVES = frozenset("YymdBbhjHIMSfpAazTRFD%")
_NEEDED = {
    "month": ("a year and a month", ("YyFD", "mBbhjFD")),
    "date": ("a year, a month and a day", ("YyFD", "mBbhjFD", "djFD")),
    "timestamp": ("a year, a month and a day", ("YyFD", "mBbhjFD", "djFD")),
}


def document_findings(draft: Draft) -> Iterator[Finding]:
    """Every contradiction in one document, scales excepted."""
    yield from _validity_findings(draft)
    yield from _source_findings(draft)
    yield from _design_findings(draft)
    yield from _key_findings(draft)
    yield from _place_findings(draft)
    if draft.when is not None:
        yield from _when_findings(draft.when)
    for name, dimension in draft.dimensions.items():
        yield from _dimension_findings(name, dimension)
    for index, item in draft.items.items():
        yield from _item_findings(index, item, draft)
    yield from _primary_findings(draft)
    yield from _content_findings(draft)


def _content_findings(draft: Draft) -> Iterator[Finding]:
    """A survey has items, process data have metrics."""
    if draft.source is None:
        return
    if draft.source.delivery != "process":
        if not draft.items:
            yield Finding(("items",), "nothing", "at least one item")
        if draft.metrics:
            yield Finding(("metrics",), "metrics of a survey", "metrics only where delivery is process")
        return
    if draft.items:
        yield Finding(("items",), "items of a process", "metrics where delivery is process")
    if not draft.metrics:
        yield Finding(("metrics",), "nothing", "at least one metric")
    first: dict[str, int] = {}
    for index, entry in draft.metrics.items():
        yield from _one_place(("metrics", index), entry, None)
        if entry.n is not None:
            yield from _one_place(("metrics", index, "n"), entry.n, None)
        if first.setdefault(entry.metric, index) != index:
            allowed = f"one column for {entry.metric}; metrics[{first[entry.metric]}] has it"
            yield Finding(("metrics", index, "metric"), "a metric for the second time", allowed)


def _validity_findings(draft: Draft) -> Iterator[Finding]:
    if draft.valid_from and draft.valid_to and draft.valid_to < draft.valid_from:
        yield Finding(("valid_to",), quoted(draft.valid_to), f"{draft.valid_from} or later, or null")


def _source_findings(draft: Draft) -> Iterator[Finding]:
    source = draft.source
    if source is None:
        return
    for option, formats in _OPTION_FORMATS.items():
        if option in source.model_fields_set and source.format not in formats:
            allowed = f"{option} only with format {', '.join(formats)}"
            yield Finding(("source", option), f"{option} with format {source.format}", allowed)
    if source.thousands == source.decimal:
        yield Finding(("source", "thousands"), quoted(source.thousands), "another mark than decimal")
    if source.quote == source.delimiter:
        yield Finding(("source", "quote"), quoted(source.quote), "another character than delimiter")
    for pattern in source.match:
        yield from _pattern_findings(("source", "match"), pattern)
    if not source.match:
        yield Finding(("source", "match"), "an empty list", "at least one pattern")


def _pattern_findings(path: FieldPath, pattern: str) -> Iterator[Finding]:
    parts = pattern.split("/")
    if any(part in ("", ".", "..") for part in parts):
        yield Finding(
            path, quoted(pattern), "a path relative to the organisation's folder, such as kto/*.csv"
        )
    elif any(part.startswith(("_", ".")) for part in parts):
        allowed = "parts that do not begin with _ or . (files below such folders are never read)"
        yield Finding(path, quoted(pattern), allowed)
    elif pattern.count("**") > 4:
        yield Finding(path, quoted(pattern), "at most 4 times **")


def _design_findings(draft: Draft) -> Iterator[Finding]:
    if draft.design is None:
        return
    weights, place = draft.design.weights, ("design", "weights")
    if weights.method == "delivered" and weights.column is None:
        yield Finding((*place, "column"), "nothing", "the column that holds the weights")
    if weights.method in ("poststratify", "rake") and not weights.by:
        yield Finding((*place, "by"), "nothing", f"the dimensions to {weights.method} by")
    for name in weights.by:
        if name not in WEIGHT_DIMENSIONS:
            yield Finding((*place, "by"), quoted(name), did_you_mean(name, WEIGHT_DIMENSIONS))
    if len(set(weights.by)) < len(weights.by):
        yield Finding((*place, "by"), "a dimension named twice", "each dimension once")
    for name, count in draft.design.frame.sources().items():
        given = [value for value in (count.column, count.const) if value is not None]
        if len(given) != 1 or (count.file is not None and count.column is None):
            allowed = "column:<name>, a number, or {file, column}"
            yield Finding(("design", "frame", name), "another combination", allowed)
        if count.when is not None and count.file is None:
            yield Finding(("design", "frame", name, "when"), "when without file", "when beside file only")
        elif count.when is not None:
            yield from _when_findings(count.when, ("design", "frame", name, "when"))
        if count.file is not None:
            yield from _pattern_findings(("design", "frame", name, "file"), count.file)


def _key_findings(draft: Draft) -> Iterator[Finding]:
    if draft.keys is None:
        return
    if draft.source is not None and draft.source.delivery == "respondent" and draft.keys.response is None:
        yield Finding(("keys", "response"), "nothing", "the column or columns that identify a response")
    for name in ("respondent", "response"):
        key = getattr(draft.keys, name)
        if key is not None and not key.columns:
            yield Finding(("keys", name, "columns"), "an empty list", "at least one column")


def _place_findings(draft: Draft) -> Iterator[Finding]:
    if draft.completed is not None:
        yield from _one_place(("completed",), draft.completed, None)
    for index, exclusion in enumerate(draft.exclude):
        yield from _one_place(("exclude", index), exclusion, None)
    if draft.language is not None:
        yield from _one_place(("language",), draft.language, draft.language.const)


def _one_place(path: FieldPath, part: Located, const: str | None) -> Iterator[Finding]:
    """A value comes from one column, or from a constant where the part takes one."""
    given = [
        name for name, value in (("column", part.column), ("path", part.path), ("const", const)) if value
    ]
    takes_const = "const" in type(part).model_fields
    if len(given) != 1:
        found = " and ".join(given) or "nothing"
        yield Finding(path, found, "one of column, path, const" if takes_const else "column or path")


def _when_findings(when: When, path: FieldPath = ("when",)) -> Iterator[Finding]:
    yield from _one_place(path, when, when.const)
    needed, groups = _NEEDED[when.type]
    for form in when.format:
        found = set(_directives(form))
        if not found <= _DIRECTIVES or not all(found & set(group) for group in groups):
            allowed = f"strptime directives for {needed}, out of %{' %'.join(sorted(_DIRECTIVES))}"
            yield Finding((*path, "format"), quoted(form), allowed)
    if when.const is not None and not _is_day(when.const, when.type):
        allowed = "a month as 2025-11" if when.type == "month" else "a date as 2025-12-31"
        yield Finding((*path, "const"), quoted(when.const), allowed)
    if when.period_override is not None:
        yield from _one_place((*path, "period_override"), when.period_override, when.period_override.const)


def _directives(form: str) -> list[str]:
    """The letters after every percent sign; a percent sign at the end gives an empty one."""
    return [following[:1] for following in form.replace("%%", "").split("%")[1:]]


def _is_day(text: str, kind: str) -> bool:
    day = f"{text}-01" if kind == "month" and len(text) == 7 else text
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return len(day) == len("2025-12-31")


def _dimension_findings(name: str, dimension: Dimension) -> Iterator[Finding]:
    place: FieldPath = ("dimensions", name)
    yield from _one_place(place, dimension, dimension.const)
    seen: dict[str, str] = {}
    for key, value in (dimension.map or {}).items():
        if seen.setdefault(folded(key), value) != value:
            yield Finding((*place, "map", key), quoted(value), "one value for keys that differ in case only")
    if dimension.bands is None:
        return
    if name != "age_band":
        yield Finding((*place, "bands"), "bands", "bands only for age_band")
    if not dimension.bands or list(dimension.bands) != sorted(set(dimension.bands)) or dimension.bands[0] < 1:
        yield Finding(
            (*place, "bands"), "other numbers", "rising whole numbers above 0, such as [18, 35, 50, 67]"
        )


def _item_findings(index: int, item: ItemEntry, draft: Draft) -> Iterator[Finding]:
    place: FieldPath = ("items", index)
    delivery = draft.source.delivery if draft.source else None
    if item.valid_from and item.valid_to and item.valid_to < item.valid_from:
        yield Finding((*place, "valid_to"), quoted(item.valid_to), f"{item.valid_from} or later")
    elif _is_outside(item, draft):
        yield Finding(
            place, "a validity outside the mapping's", "days within the mapping's valid_from and valid_to"
        )
    if item.comparability == "impossible":
        if not item.reason:
            yield Finding((*place, "reason"), "nothing", "the reason why it cannot be measured")
        return
    yield from _item_place_findings(place, item, delivery)
    if item.kind == "open_text":
        for name in ("scale", "counts"):
            if getattr(item, name) is not None:
                yield Finding((*place, name), f"{name} on open text", f"no {name} where kind is open_text")
    elif delivery != "process":
        yield from _closed_findings(place, item, draft)


def _is_outside(item: ItemEntry, draft: Draft) -> bool:
    starts_after = draft.valid_to and item.valid_from and item.valid_from > draft.valid_to
    ends_before = draft.valid_from and item.valid_to and item.valid_to < draft.valid_from
    return bool(starts_after or ends_before)


def _item_place_findings(place: FieldPath, item: ItemEntry, delivery: str | None) -> Iterator[Finding]:
    if item.counts is not None:
        if delivery not in (None, "aggregate"):
            yield Finding(
                (*place, "counts"), f"counts in a {delivery} delivery", "counts in an aggregate delivery"
            )
        if item.column is not None or item.path is not None:
            yield Finding(place, "column and counts", "counts alone")
        if not item.counts:
            yield Finding((*place, "counts"), "no columns", "a column for every answer")
    elif delivery == "aggregate" and item.kind == "closed":
        yield Finding((*place, "counts"), "nothing", "counts: {column: scale value} in an aggregate delivery")
    else:
        yield from _one_place(place, item, None)


def _closed_findings(place: FieldPath, item: ItemEntry, draft: Draft) -> Iterator[Finding]:
    if item.comparability is None:
        yield Finding((*place, "comparability"), "nothing", one_of(["A", "B", "C", "X", "impossible"]))
    if item.scale is None:
        yield Finding((*place, "scale"), "nothing", "the name of a scale, or a scale written out")
        return
    if isinstance(item.scale, str):
        if item.scale not in draft.scales and item.scale not in draft.faulty_scales:
            yield Finding((*place, "scale"), quoted(item.scale), did_you_mean(item.scale, draft.scales))
        scale = draft.scales.get(item.scale)
    else:
        scale = item.scale
    codes = answer_codes(scale) if scale is not None else None
    for column, answer in (item.counts or {}).items():
        if codes is not None and answer not in codes:
            yield Finding(
                (*place, "counts", column), quoted(answer), "a value, label or missing code of the scale"
            )


def _primary_findings(draft: Draft) -> Iterator[Finding]:
    for first, second in overlapping_primaries(draft.items):
        node = draft.items[second].item
        allowed = (
            f"one primary item for {node} at one date; items[{first}] measures it too: "
            "set role: secondary on one of them, or validity that does not overlap"
        )
        yield Finding(("items", second), "a second primary item", allowed)
