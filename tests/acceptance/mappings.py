"""Small mappings and deliveries for the acceptance cases, as an organisation would write them.

Belongs here: a plain survey (id, date, one grade) and ways to vary it. Does not belong here: what a case is
about (`cases.py`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

GRADE10 = {"min": 1, "max": 10, "points": 10, "direction": "high_is_good", "kind": "rapportcijfer"}
NPS11 = {"min": 0, "max": 10, "points": 11, "direction": "high_is_good", "kind": "nps"}
AGREE5 = {"min": 1, "max": 5, "points": 5, "direction": "high_is_good", "kind": "likert_agree"}
AGREE_LABELS = {
    "Strongly disagree": 1,
    "Disagree": 2,
    "Neither agree or disagree": 3,
    "Agree": 4,
    "Strongly Agree": 5,
}
GRADE_ITEM = {
    "column": "cijfer",
    "item": "kpi.tevredenheid",
    "scale": GRADE10,
    "comparability": "B",
    "text_nl": "Welk rapportcijfer geeft u?",
}
HEADER = ("id", "datum", "cijfer")
Row = tuple[object, ...]


def mapping(organisation_id: str, **parts: Any) -> dict[str, Any]:
    """A complete mapping of the plain survey; `parts` replace whole top-level parts."""
    found: dict[str, Any] = {
        "meethuis_mapping": 1,
        "mapping_id": "kto",
        "mapping_version": "1.0.0",
        "valid_from": date(2020, 1, 1),
        "organisation": {"org_id": organisation_id},
        "source": {"delivery": "respondent", "format": "csv", "match": "*.csv", "snapshot": "full"},
        "instrument": {
            "id": "kto",
            "name_nl": "Klantonderzoek",
            "kind": "transactional",
            "languages": ["nl"],
        },
        "design": {"sample": "census_with_nonresponse", "mode": ["web"], "weights": {"method": "none"}},
        "keys": {"response": {"column": "id"}},
        "when": {"column": "datum", "type": "date", "format": "%Y-%m-%d"},
        "dimensions": {
            "service": {"const": "paspoort"},
            "channel": {"const": "web"},
            "touchpoint": {"const": "after_contact"},
            "audience": {"const": "citizen"},
        },
        "items": [GRADE_ITEM],
        "approval": {"by": "methodologie-bzk", "date": date(2025, 1, 1)},
    }
    unknown = set(parts) - {
        *found,
        "scales",
        "completed",
        "exclude",
        "ignore",
        "on_new_column",
        "valid_to",
        "language",
        "metrics",
        "legal",
    }
    assert not unknown, unknown
    return found | parts


def process(organisation_id: str, **parts: Any) -> dict[str, Any]:
    """A complete mapping of process data: lead times with their cases, and complaints; `parts` replace parts."""
    found: dict[str, Any] = {
        "meethuis_mapping": 1,
        "mapping_id": "proces",
        "mapping_version": "1.0.0",
        "valid_from": date(2020, 1, 1),
        "organisation": {"org_id": organisation_id},
        "source": source(delivery="process", match="proces/*.csv"),
        "when": {"column": "maand", "type": "month", "format": "%Y-%m"},
        "dimensions": {
            "service": {"column": "dienst", "map": {"Paspoort": "paspoort", "Verhuizing": "verhuizen"}}
        },
        "metrics": [
            {"column": "dagen", "metric": "lead_time_mean", "n": {"column": "zaken"}},
            {"column": "klachten", "metric": "complaints"},
        ],
    }
    return found | parts


def source(**parts: Any) -> dict[str, Any]:
    """The `source` part of a plain csv survey, varied."""
    return {"delivery": "respondent", "format": "csv", "match": "*.csv", "snapshot": "full"} | parts


def csv_text(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER, delimiter: str = ",") -> str:
    """A CSV with a header, as most tools write it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    return text.getvalue()


def grades(n: int, *, first_day: date = date(2025, 11, 3), shift: int = 0, first_id: int = 1) -> list[Row]:
    """n responses (id, date, grade 4..9) spread over three weeks; `shift` moves every grade up."""
    return [
        (f"r{first_id + i:04d}", (first_day + timedelta(days=i % 21)).isoformat(), 4 + i % 6 + shift)
        for i in range(n)
    ]
