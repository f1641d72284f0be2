"""From a raw answer to its score: one row per raw value that an item of a mapping can have.

Belongs here: decoding one raw value, reverse coding, the positive and negative category. Does not belong
here: reading files (the readers) and anything summed over answers (dbt). All arithmetic is exact, on
decimals.
"""

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from sources.mapping.document import MissingReason
from sources.mapping.fields import folded, normalised
from sources.mapping.model import Item, Mapping, Scale
from sources.mapping.scale_rules import MISSING_REASONS

INVALID = "!invalid"
EMPTY = ""

# The warehouse keeps values as DECIMAL(12,6); more decimals are noise of binary fractions in Excel and SPSS.
_SIX = Decimal("0.000001")
_NULL_CODE = "null"
_JSON_FORMATS = frozenset({"json", "ndjson"})


@dataclass(frozen=True)
class CodebookRow:
    """What one raw value of one item means.

    A value in scale units after reverse coding, or why there is none.
    """

    item_seq: int
    raw_value: str
    value: Decimal | None
    category: int | None
    missing_reason: str | None


@dataclass(frozen=True)
class NumberFormat:
    """How the delivery writes numbers; `is_typed` formats hand numeric cells over with a point."""

    decimal: str = "."
    thousands: str | None = None
    is_typed: bool = False

    def parse(self, raw: str) -> Decimal | None:
        """The number in a trimmed cell, rounded to six decimals; None when it is no number in this format."""
        for pattern in _patterns(self):
            match = pattern.fullmatch(raw)
            if match is not None:
                whole = match["whole"].replace(self.thousands or "", "")
                # Adding zero turns the negative zero of `-0` into 0.
                return Decimal(f"{match['sign'] or ''}{whole}.{match['part'] or '0'}").quantize(_SIX) + 0
        return None


@lru_cache(maxsize=256)
def _patterns(numbers: NumberFormat) -> tuple[re.Pattern[str], ...]:
    """The declared form, and the point where it can mean nothing but decimals.

    `7.0` under a decimal comma is such a case, `1.234` in a text file is not: it may be a thousand.
    """
    forms = []
    grouped = rf"|[0-9]{{1,3}}(?:{re.escape(numbers.thousands)}[0-9]{{3}})+" if numbers.thousands else ""
    forms.append(_form(rf"[0-9]{{1,12}}{grouped}", re.escape(numbers.decimal)))
    if numbers.is_typed:
        forms.insert(0, _form("[0-9]{1,12}", r"\."))
    elif numbers.thousands != ".":
        forms.append(_form("[0-9]{1,12}", r"\.(?![0-9]{3}$)"))
    return tuple(forms)


def _form(whole: str, mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<sign>[-+])?(?P<whole>{whole})(?:{mark}(?P<part>[0-9]{{1,18}}))?")


@dataclass(frozen=True)
class ItemCodebook:
    """Every raw value an item can have; empty for open text and for items that are not measured."""

    item_seq: int
    node_id: str
    scale: Scale | None
    numbers: NumberFormat
    # Canonical raw value to its value before reverse coding, or to the reason why there is none.
    values: MappingType[str, Decimal] = field(default_factory=dict)
    reasons: MappingType[str, MissingReason] = field(default_factory=dict)
    by_text: MappingType[str, str] = field(default_factory=dict)
    by_number: MappingType[Decimal, str] = field(default_factory=dict)

    @property
    def allows_decimals(self) -> bool:
        """Whether numbers between the listed ones are answers."""
        return self.scale is not None and self.scale.allow_decimals and self.scale.takes_numbers

    def decode(self, raw: str) -> str | None:
        """The canonical raw value; INVALID for a value outside the codebook, None for an item without one.

        Texts match after NFC, trimming and case folding; numbers by value, in the delivery's number format.
        """
        if self.scale is None:
            return None
        known = self.by_text.get(folded(raw))
        if known is not None:
            return known
        number = self.numbers.parse(normalised(raw))
        if number is None:
            return INVALID
        listed = self.by_number.get(number)
        if listed is not None:
            return listed
        return plain_number(number) if self._is_between(number) else INVALID

    def rows(self) -> list[CodebookRow]:
        """One row per listed raw value, the empty cell and INVALID included; none without a codebook."""
        if self.scale is None:
            return []
        answers = [self._answer(raw, value) for raw, value in self.values.items()]
        absent = [CodebookRow(self.item_seq, raw, None, None, reason) for raw, reason in self.reasons.items()]
        return answers + absent

    def row_for_decimal(self, raw: str) -> CodebookRow:
        """The row of a canonical decimal that `decode` gave and `rows` does not list.

        Raises ValueError when the item takes no such number.
        """
        number = NumberFormat().parse(raw)
        if number is None or not self._is_between(number):
            raise ValueError(
                f"item {self.item_seq} takes no decimal outside its codebook; decode the cell first"
            )
        return self._answer(raw, number)

    def _is_between(self, number: Decimal) -> bool:
        return self.scale is not None and self.allows_decimals and self.scale.min <= number <= self.scale.max

    def _answer(self, raw: str, value: Decimal) -> CodebookRow:
        assert self.scale is not None
        scored = reverse_coded(value, self.scale)
        return CodebookRow(self.item_seq, raw, scored, category(scored, self.scale.min, self.scale.max), None)


def compile_mapping(mapping: Mapping) -> tuple[ItemCodebook, ...]:
    """One codebook per item, in the order of the items."""
    source = mapping.source
    numbers = NumberFormat(source.decimal, source.thousands, source.format != "csv")
    null_is_empty = source.format in _JSON_FORMATS
    return tuple(_compile(item, numbers, null_is_empty) for item in mapping.items)


def category(value: Decimal, low: Decimal, high: Decimal) -> int:
    """1 from 60 % of the scale, -1 up to 40 %, 0 between; `value` after reverse coding.

    5(x-min) >= 3(max-min) and 5(x-min) <= 2(max-min): products only, so that no boundary is lost to rounding.
    """
    above, span = value - low, high - low
    if 5 * above >= 3 * span:
        return 1
    return -1 if 5 * above <= 2 * span else 0


def reverse_coded(value: Decimal, scale: Scale) -> Decimal:
    """The value with high meaning good: min + max - x where low is good."""
    return scale.min + scale.max - value if scale.direction == "low_is_good" else value


def plain_number(number: Decimal) -> str:
    """A number as canonical raw value: no exponent, no trailing zeros, a point before decimals."""
    return f"{number.normalize() + 0:f}"


def _compile(item: Item, numbers: NumberFormat, null_is_empty: bool) -> ItemCodebook:
    if item.scale is None:
        return ItemCodebook(item.seq, item.node, None, numbers)
    values = _values(item.scale, takes_numbers=item.scale.takes_numbers or bool(item.counts))
    reasons = _reasons(item, null_is_empty)
    by_text = {folded(raw): raw for raw in (*values, *reasons)}
    by_number: dict[Decimal, str] = {}
    for raw in (*values, *reasons):
        number = NumberFormat().parse(raw)
        number = numbers.parse(raw) if number is None else number
        if number is not None:
            by_number.setdefault(number, raw)
    return ItemCodebook(item.seq, item.node, item.scale, numbers, values, reasons, by_text, by_number)


def _values(scale: Scale, takes_numbers: bool) -> dict[str, Decimal]:
    """Labels first: a label such as `1` that stands for another value wins over the bare number."""
    values = dict(scale.labels)
    if takes_numbers:
        steps = int(scale.max - scale.min)
        for number in (*(scale.min + step for step in range(steps + 1)), scale.max):
            values.setdefault(plain_number(number), number)
    return values


def _reasons(item: Item, null_is_empty: bool) -> dict[str, MissingReason]:
    assert item.scale is not None
    declared = dict(item.scale.missing)
    null_reason = declared.get(_NULL_CODE, "not_answered") if null_is_empty else "not_answered"
    counted: dict[str, MissingReason] = {
        reason: reason for reason in MISSING_REASONS if reason in item.counts.values()
    }
    return {EMPTY: null_reason, **counted, **declared, INVALID: "invalid"}
