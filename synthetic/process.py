"""Process data of a synthetic organisation: lead times, cases and complaints per month and service.

Belongs here: the mapping and the one file of process data that some surveys bring along (`process` of the export).
Does not belong here: responses. Nothing ties these figures to the answers.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

from synthetic.chance import chance
from synthetic.delivery import Delivery, Expected, Table

MAPPING_ID = "proces"
_KEY = "proces/procesgegevens.csv"
_COLUMNS = [
    "Maand",
    "Dienst",
    "Doorlooptijd P50 (dagen)",
    "Gemiddelde doorlooptijd",
    "Afgehandeld",
    "Klachten",
]


def process_mapping(services: dict[str, str]) -> dict[str, Any]:
    """The mapping, without the organisation; `services` are the organisation's codes for those of the model."""
    handled = {"column": "Afgehandeld"}
    return {
        "meethuis_mapping": 1,
        "mapping_id": MAPPING_ID,
        "mapping_version": "1.0.0",
        "source": {"delivery": "process", "format": "csv", "match": "proces/*.csv", "snapshot": "full"},
        "when": {"column": "Maand", "type": "month", "format": "%Y-%m"},
        "dimensions": {"service": {"column": "Dienst", "map": services}},
        "metrics": [
            {"column": "Doorlooptijd P50 (dagen)", "metric": "lead_time_p50", "n": handled},
            {"column": "Gemiddelde doorlooptijd", "metric": "lead_time_mean", "n": handled},
            {"column": "Afgehandeld", "metric": "cases"},
            {"column": "Klachten", "metric": "complaints"},
        ],
    }


def process_delivery(
    seed: int, organisation_id: str, services: dict[str, str], months: list[date], stored_at: datetime
) -> Delivery:
    """One file with every month and service; a month depends on the seed and the organisation only."""
    rows: list[list[Any]] = []
    for month in months:
        rng = chance(seed, organisation_id, MAPPING_ID, f"{month:%Y-%m}")
        for code in services:
            cases = int(rng.integers(80, 900))
            days = round(float(rng.gamma(6, 1.5)), 1)
            complaints = int(rng.binomial(cases, 0.04))
            rows.append([f"{month:%Y-%m}", code, days, round(days * 1.2, 2), cases, complaints])
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_COLUMNS, *rows])
    return Delivery(
        key=_KEY,
        month=months[-1],
        stored_at=stored_at,
        table=Table(_COLUMNS, rows),
        expected=Expected(len(rows), len(rows)),
        content=text.getvalue().encode(),
    )
