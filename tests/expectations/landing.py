"""Landed files for the gate's tests: one questionnaire, and deliveries written answer by answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from expectations import Delivery
from sources.readers.landed_files import RESPONSES

_VALUE = pa.decimal128(12, 6)
_KEY = [(name, pa.string()) for name in ("organisation_id", "mapping_id", "mapping_version")]
MAPPING_ITEM = pa.schema(
    [
        *_KEY,
        ("item_seq", pa.int32()),
        ("node_id", pa.string()),
        ("role", pa.string()),
        ("scale_id", pa.string()),
    ]
    + [("min_value", _VALUE), ("max_value", _VALUE), ("direction", pa.string())]
    + [("allows_decimals", pa.bool_()), ("is_open_text", pa.bool_())]
)
CODEBOOK = pa.schema(
    [
        *_KEY,
        ("item_seq", pa.int32()),
        ("raw_value", pa.string()),
        ("value", _VALUE),
        ("missing_reason", pa.string()),
    ]
)

NODES = [
    {"node_id": "k1", "floor": "kpi", "parent_node_id": ""},
    {"node_id": "d1", "floor": "driver", "parent_node_id": "k1"},
    {"node_id": "d2", "floor": "driver", "parent_node_id": "k1"},
    {"node_id": "d3", "floor": "driver", "parent_node_id": "k1"},
    {"node_id": "d4", "floor": "driver", "parent_node_id": "k1"},
    {"node_id": "d5", "floor": "driver", "parent_node_id": "k1"},
    {"node_id": "o1", "floor": "open", "parent_node_id": ""},
]
# (node, role, low, high, direction, decimals): position in `answers` is the position here.
ITEMS = [
    ("k1", "primary", 1, 5, "high_is_good", False),
    ("d1", "primary", 1, 5, "high_is_good", False),
    ("d2", "primary", 1, 5, "low_is_good", False),
    ("d3", "primary", 1, 5, "high_is_good", False),
    ("d4", "primary", 1, 5, "high_is_good", False),
    ("d5", "primary", 1, 5, "high_is_good", False),
    ("own", "primary", 1, 5, "high_is_good", False),
    ("k1", "secondary", 1, 10, "high_is_good", True),
    ("k1", "secondary", 1, 10, "low_is_good", True),
]
MISSING = {
    "": "not_answered",
    "nvt": "not_applicable",
    "weet niet": "dont_know",
    "!invalid": "invalid",
    "fout": "invalid",
}

Row = Sequence[str | None]


@dataclass(frozen=True)
class Found:
    """A problem of a reader."""

    code: str
    severity: str
    count: int


@dataclass(frozen=True)
class Counts:
    """A reader's counts."""

    rows_in_file: int | None
    rows_landed: int
    rows_quarantined: int
    period_rows: dict[str, int]
    problems: tuple[Found, ...] = ()


@dataclass
class Landing:
    """Writes deliveries of one organisation and remembers them."""

    folder: Path
    organisation_id: str
    instrument_id: str = "survey"
    written: list[Delivery] = field(default_factory=list)

    def deliver(
        self,
        rows: Sequence[Row],
        period: str = "2026-01",
        quarantined: int = 0,
        problems: tuple[Found, ...] = (),
        weights: Sequence[str | None] | None = None,
        multiplicity: Sequence[int] | None = None,
        lines: Sequence[int] | None = None,
        excluded: int = 0,
        population: int | None = None,
        invited: int | None = None,
    ) -> Delivery:
        """One delivery. `lines` makes it an aggregate: the table line of each row."""
        delivery_id = f"{self.organisation_id}-{len(self.written)}"
        path = self.folder / f"{delivery_id}.parquet"
        numbers = list(lines or range(1, len(rows) + 1))
        records = [
            {
                "delivery_id": delivery_id,
                "row_number": numbers[index],
                "organisation_id": self.organisation_id,
                "mapping_id": "m",
                "mapping_version": "1.0.0",
                "instrument_id": self.instrument_id,
                "response_key": None if lines else f"key{index}",
                "period_id": period,
                "weight": Decimal(weights[index] or 0) if weights and weights[index] else None,
                "multiplicity": multiplicity[index] if multiplicity else 1,
                "is_completed": True,
                "exclusion_reason": "test" if index < excluded else None,
                "answers": [*row, *[None] * (len(ITEMS) - len(row))],
            }
            for index, row in enumerate(rows)
        ]
        landed = len(set(numbers))
        if records:
            pq.write_table(pa.Table.from_pylist(records, schema=RESPONSES), path)
        reading = Counts(
            landed + quarantined, landed, quarantined, {period: landed} if landed else {}, problems
        )
        delivery = Delivery(
            delivery_id, self.organisation_id, self.instrument_id, path, reading, population, invited
        )
        self.written.append(delivery)
        return delivery


def agreeing(count: int, answer: Callable[[int], int] = lambda i: 1 + i % 5, items: int = 2) -> list[Row]:
    """Responses that give every item the same score, spread as `answer` says; d2 is asked the other way round."""
    return [
        [str(6 - answer(i)) if ITEMS[seq][4] == "low_is_good" else str(answer(i)) for seq in range(items)]
        for i in range(count)
    ]


def mapping_item(organisations: Sequence[str]) -> pa.Table:
    """The state table of that name."""
    rows = [
        {
            "organisation_id": organisation,
            "mapping_id": "m",
            "mapping_version": "1.0.0",
            "item_seq": seq,
            "node_id": node,
            "role": role,
            "scale_id": f"likert_{low}_{high}",
            "min_value": Decimal(low),
            "max_value": Decimal(high),
            "direction": direction,
            "allows_decimals": decimals,
            "is_open_text": False,
        }
        for organisation in organisations
        for seq, (node, role, low, high, direction, decimals) in enumerate(ITEMS, start=1)
    ]
    opens = {"mapping_id": "m", "mapping_version": "1.0.0", "item_seq": len(ITEMS) + 1, "node_id": "o1"}
    rows += [
        {**opens, "organisation_id": one, "role": "primary", "is_open_text": True} for one in organisations
    ]
    return pa.Table.from_pylist(rows, schema=MAPPING_ITEM)


def codebook(organisations: Sequence[str]) -> pa.Table:
    """The state table of that name; values after reverse coding."""
    rows = []
    for organisation in organisations:
        for seq, (_, _, low, high, direction, _) in enumerate(ITEMS, start=1):
            key = {
                "organisation_id": organisation,
                "mapping_id": "m",
                "mapping_version": "1.0.0",
                "item_seq": seq,
            }
            for raw in range(low, high + 1):
                value = low + high - raw if direction == "low_is_good" else raw
                rows.append({**key, "raw_value": str(raw), "value": Decimal(value)})
            rows += [{**key, "raw_value": raw, "missing_reason": reason} for raw, reason in MISSING.items()]
    return pa.Table.from_pylist(rows, schema=CODEBOOK)


def tables(deliveries: Sequence[Delivery]) -> tuple[pa.Table, pa.Table]:
    """mapping_item and codebook for the organisations of the deliveries."""
    organisations = sorted(Counter(delivery.organisation_id for delivery in deliveries))
    return mapping_item(organisations), codebook(organisations)
