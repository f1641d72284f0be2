"""The truth beside the deliveries, as files of the bucket's `_truth` folder.

Belongs here: what those files hold. Does not belong here: computing true figures (`population`).
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synthetic.delivery import NEEDS_LOOK, Delivery
from synthetic.government import Order, Organisation
from synthetic.population import true_figures
from synthetic.process import MAPPING_ID as PROCESS_MAPPING

if TYPE_CHECKING:
    from sources.reference import Reference

_README = """\
# The truth behind this bucket

Everything here is invented by `meethuis demo`. This folder begins with `_`: the pipeline does not read it.

- `population.csv`: the true value of every statistic of every node an organisation measures, computed from the
  probabilities that its answers were drawn from. The population is the same in every month, so a published value of any
  period lies around it; about 95 of 100 intervals contain it. Weighted surveys: the value of the weighted population.
- `deliveries.csv`: every delivery, the number of its rows and what must become of them. An empty cell is left open.
- `personal_data.csv`: invented personal data in the deliveries. None of it may be found outside the landing zone.
- `traps.json`: the traps that were planted (`--traps`): where, and what must come of each.
- `written.txt`: the files of this demo; the next `meethuis demo` into this bucket removes them first.
"""
_ROWS = ("in_file", "processed", "quarantined", "duplicate", "excluded", "incomplete")


@dataclass
class Volume:
    """How much there is of one survey."""

    format: str
    profile: str
    organisations: int = 0
    deliveries: int = 0
    rows: int = 0


class Truth:
    """Collects the truth about one organisation after another."""

    def __init__(self, order: Order, reference: Reference) -> None:
        self._order, self._reference = order, reference
        self.population: list[tuple[Any, ...]] = []
        self.deliveries: list[tuple[Any, ...]] = []
        self.personal_data: list[tuple[Any, ...]] = []
        self.traps: list[dict[str, Any]] = []
        self.surveys: dict[str, Volume] = {}

    def add(self, organisation: Organisation) -> None:
        """Take down what is true of an organisation."""
        name, survey = organisation.organisation_id, organisation.survey
        kind = survey.mapping["instrument"]["kind"]
        self.population += [
            (name, one.kpi_id, one.scale_id, kind, one.statistic, f"{one.value:.12g}")
            for one in true_figures(organisation.population, self._reference)
        ]
        volume = self.surveys.setdefault(
            survey.name, Volume(survey.source["format"], survey.source.get("profile", ""))
        )
        volume.organisations += 1
        volume.deliveries += len(organisation.deliveries)
        volume.rows += sum(one.expected.in_file or 0 for one in organisation.deliveries)
        for delivery in organisation.deliveries:
            trap_id = organisation.trap.trap_id if organisation.trap else ""
            self.deliveries.append((
                f"{name}/{delivery.key}", name, survey.mapping["mapping_id"], survey.source["format"],
                survey.source.get("profile", ""), f"{delivery.month:%Y-%m}", delivery.stored_at.isoformat(),
                *delivery.expected.rows.values(), delivery.expected.status,
                trap_id if delivery.key in organisation.planted_files else "",
            ))  # fmt: skip
            self.personal_data += [(name, kind, text) for kind, text in delivery.personal_data]
        for delivery in organisation.process_deliveries:
            self.deliveries.append((
                f"{name}/{delivery.key}", name, PROCESS_MAPPING, "csv", "", f"{delivery.month:%Y-%m}",
                delivery.stored_at.isoformat(), *delivery.expected.rows.values(), delivery.expected.status, "",
            ))  # fmt: skip
        if organisation.trap is not None:
            self.traps.append(_trap(organisation))

    def files(self) -> dict[str, str]:
        """The files of the folder by name."""
        deliveries = (
            "file",
            "organisation_id",
            "mapping_id",
            "format",
            "profile",
            "period_id",
            "received_at",
        )
        return {
            "README.md": _README,
            "population.csv": _csv(
                ("organisation_id", "kpi_id", "scale_id", "instrument_kind", "statistic", "value"),
                self.population,
            ),
            "deliveries.csv": _csv((*deliveries, "rows", *_ROWS[1:], "status", "trap_id"), self.deliveries),
            "personal_data.csv": _csv(("organisation_id", "kind", "text"), self.personal_data),
            "traps.json": json.dumps(
                sorted(self.traps, key=lambda trap: str(trap["trap_id"])), ensure_ascii=False, indent=2
            )
            + "\n",
        }


def _trap(organisation: Organisation) -> dict[str, Any]:
    trap = organisation.trap
    assert trap is not None
    by_key = {delivery.key: delivery for delivery in organisation.deliveries}
    planted = [by_key[key] for key in organisation.planted_files]
    statuses = {delivery.expected.status for delivery in planted}
    return {
        "trap_id": trap.trap_id,
        "description_nl": trap.description_nl,
        "description_en": trap.description_en,
        "organisation_id": organisation.organisation_id,
        "files": [f"{organisation.organisation_id}/{key}" for key in organisation.planted_files],
        "expected": _expected(planted[0]) | {"exit": 2 if statuses & NEEDS_LOOK else 0},
        "expected_by_file": {
            f"{organisation.organisation_id}/{delivery.key}": _expected(delivery) for delivery in planted
        },
        "touches_figures": trap.touches_figures,
    }


def _expected(delivery: Delivery) -> dict[str, Any]:
    expected = delivery.expected
    return {"status": expected.status, "codes": sorted(expected.codes), "rows": expected.rows}


def _csv(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
