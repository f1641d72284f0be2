"""The deliveries of the benchmark: one CSV per organisation and month, with the mappings that read them.

Belongs here: what people answer, and writing files fast and the same every time. Does not belong here: what is asked
(`survey`).
"""

import csv
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import yaml

from benchmarks import survey
from benchmarks.sizes import Size

GENERATOR_VERSION = 1
LAST_MONTH = (2026, 1)
# The night's clock: every month has ended, and nothing is late.
NOW = "2026-02-10T02:00:00+01:00"
_SEED = 20261123
_BLANK_SHARE, _DONT_KNOW_SHARE, _COMMENT_SHARE = 0.03, 0.02, 0.08

_OPENINGS = (
    "Ik moest lang wachten", "De medewerker luisterde goed", "De website was onduidelijk", "Alles ging snel",
    "Ik kreeg twee keer een ander antwoord", "Het formulier werkte niet", "Fijn dat er werd teruggebeld",
    "De brief was moeilijk te lezen", "Ik wist niet waar ik aan toe was", "Goed geholpen aan de balie",
)  # fmt: skip
_MIDDLES = (
    "; de aanvraag duurde lang", ", daarna was het snel geregeld", " en dat was prettig", ", vooral de tweede keer",
    "; graag meer uitleg vooraf", ", terwijl ik alles had ingeleverd", " en er werd met mij meegedacht",
    ", ook na drie weken nog niet", "; \"morgen\" werd volgende week", " maar de uitkomst klopte",
)  # fmt: skip
_ENDINGS = (".", ". Bel mij op 06-12345678.", ". Mail naar jan.jansen@example.nl.", "!", " volgens mij.", "")


@dataclass(frozen=True)
class Deliveries:
    """A folder of deliveries: `bucket`, `organisations` (mappings) and `tables` (what the rivals join with)."""

    root: Path

    @property
    def bucket(self) -> Path:
        """What the organisations dropped."""
        return self.root / "bucket"

    @property
    def organisations(self) -> Path:
        """The mapping files."""
        return self.root / "organisations"

    @property
    def tables(self) -> Path:
        """`item.csv`, `codebook.csv`, `service.csv`, `channel.csv`."""
        return self.root / "tables"

    def organisation_ids(self) -> list[str]:
        """The organisations that delivered, in order."""
        return sorted(path.name for path in self.bucket.iterdir())

    def files(self, organisation_id: str) -> list[Path]:
        """An organisation's deliveries, in order."""
        return sorted((self.bucket / organisation_id / "klantonderzoek").glob("*.csv"))


def months(count: int) -> list[date]:
    """The first days of the last `count` months, in order."""
    last = LAST_MONTH[0] * 12 + LAST_MONTH[1] - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - count + 1, last + 1)]


def kept(size: Size, cache: Path) -> Deliveries:
    """The deliveries of a size, made once per version of this generator."""
    root = cache / f"{size.name}-v{GENERATOR_VERSION}"
    if not root.exists():
        unfinished = root.with_name(f".{root.name}.tmp")
        shutil.rmtree(unfinished, ignore_errors=True)
        write(size, unfinished)
        unfinished.rename(root)
    return Deliveries(root)


def write(size: Size, root: Path) -> Deliveries:
    """Write the deliveries of a size; the same size gives the same bytes."""
    made = Deliveries(root)
    made.tables.mkdir(parents=True, exist_ok=True)
    ids = survey.organisation_ids(size.organisations)
    with duckdb.connect() as connection:
        for index, organisation_id in enumerate(ids):
            _write_mapping(made, organisation_id, index)
            for month_index, month in enumerate(months(size.months)):
                target = made.bucket / organisation_id / "klantonderzoek" / f"{month:%Y-%m}.csv"
                table = responses(size, organisation_id, index, month_index, month)
                write_delivery(connection, table, target, _received_at(month))
    _write_tables(made, ids)
    return made


def write_delivery(
    connection: duckdb.DuckDBPyConnection, table: pa.Table, target: Path, received_at: datetime
) -> None:
    """Write one delivery, as received at that moment."""
    target.parent.mkdir(parents=True, exist_ok=True)
    connection.register("delivery", table)
    path = str(target).replace("'", "''")
    connection.execute(f"copy delivery to '{path}' (format csv, header, delimiter ';')")
    connection.unregister("delivery")
    os.utime(target, (received_at.timestamp(), received_at.timestamp()))


def _received_at(month: date) -> datetime:
    """The second day of the month after."""
    following = months_after(month)
    return datetime(following.year, following.month, 2, 6, tzinfo=UTC)


def months_after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def responses(
    size: Size, organisation_id: str, organisation_index: int, month_index: int, month: date
) -> pa.Table:
    """One month's responses of one organisation, every column text."""
    rng = np.random.Generator(np.random.PCG64([_SEED, organisation_index, month.year * 12 + month.month]))
    count = int(size.responses * rng.uniform(0.97, 1.03))
    service = _drawn(rng, count, len(survey.SERVICES))
    channel = _drawn(rng, count, len(survey.CHANNELS))
    level = 0.62 + 0.08 * np.sin(organisation_index) + 0.01 * np.sin(month_index)
    opinion = level + 0.03 * np.cos(service) + 0.02 * np.sin(channel) + 0.16 * rng.standard_normal(count)
    days = rng.integers(1, (months_after(month) - month).days + 1, count)
    columns: dict[str, pa.Array] = {
        survey.RESPONSE: pa.array([f"{organisation_id}-{month:%Y%m}-{row:06d}" for row in range(count)]),
        survey.RESPONDENT: pa.array(rng.integers(10_000_000, 99_999_999, count).astype(str)),
        survey.DAY: _taken([f"{month:%Y-%m}-{day:02d}" for day in range(1, 32)], days - 1),
        survey.SERVICE: _taken([raw for raw, *_ in survey.SERVICES], service),
        survey.CHANNEL: _taken([raw for raw, _ in survey.CHANNELS], channel),
    }
    for position, one in enumerate(survey.questions(organisation_index)):
        columns[one.column] = _answers(rng, opinion + 0.04 * np.sin(position), one.scale)
    return pa.table(columns | {survey.COMMENT: _comments(rng, count)})


def _drawn(rng: np.random.Generator, count: int, choices: int) -> npt.NDArray[np.int64]:
    """Choices of which each is less common than the one before it."""
    shares = 1 / np.arange(2, choices + 2)
    return rng.choice(choices, count, p=shares / shares.sum())


def _answers(rng: np.random.Generator, opinion: npt.NDArray[np.float64], scale: survey.Scale) -> pa.Array:
    answers = [*scale.answers, "", scale.dont_know or ""]
    points = len(scale.answers)
    noisy = opinion + 0.14 * rng.standard_normal(len(opinion))
    chosen = np.clip((noisy * points).astype(np.int64), 0, points - 1)
    kind = rng.random(len(opinion))
    chosen[kind < _BLANK_SHARE + _DONT_KNOW_SHARE] = points + 1
    chosen[kind < _BLANK_SHARE] = points
    return _taken(answers, chosen)


def _comments(rng: np.random.Generator, count: int) -> pa.Array:
    texts = [""] + [a + b + c for a in _OPENINGS for b in _MIDDLES for c in _ENDINGS]
    chosen = rng.integers(1, len(texts), count)
    chosen[rng.random(count) >= _COMMENT_SHARE] = 0
    return _taken(texts, chosen)


def _taken(texts: list[str], chosen: npt.NDArray[np.int64]) -> pa.Array:
    """The chosen texts; a blank one is written as nothing between delimiters, not as quotes."""
    return pa.DictionaryArray.from_arrays(
        pa.array(chosen.astype(np.int32)), pa.array([text or None for text in texts])
    )


def _write_mapping(made: Deliveries, organisation_id: str, organisation_index: int) -> None:
    folder = made.organisations / organisation_id
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(
        survey.mapping(organisation_id, organisation_index), allow_unicode=True, sort_keys=False
    )
    (folder / "klantonderzoek.yml").write_text(text, encoding="utf-8")


def _write_tables(made: Deliveries, ids: list[str]) -> None:
    numbered = list(enumerate(ids))
    tables: dict[str, Iterable[dict[str, Any]]] = {
        "item": (row for index, one in numbered for row in survey.item_rows(one, index)),
        "codebook": (row for index, one in numbered for row in survey.codebook_rows(one, index)),
        "service": ({"raw_value": raw, "service_group": group} for raw, _, group in survey.SERVICES),
        "channel": ({"raw_value": raw, "channel": channel} for raw, channel in survey.CHANNELS),
    }
    for name, rows in tables.items():
        listed = list(rows)
        with (made.tables / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, listed[0].keys())
            writer.writeheader()
            writer.writerows(listed)
