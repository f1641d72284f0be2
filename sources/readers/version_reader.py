"""One mapping version over the rows that it holds for: from a batch to landed rows.

Belongs here: the order in which a row is judged, and the columns of the landed file. Does not belong here:
which version a row falls under (`harmonise`), and how single parts are decoded (the modules named after
them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.frame_counts import ALL_CHANNELS
from sources.profiles import profile_of
from sources.readers.answers import AnswerDecoder, offered_on
from sources.readers.codes import NULL, Codes, DistinctDecoder, Vocabulary
from sources.readers.comments import Comments, comment_rows, read_comments, repeated
from sources.readers.content_hash import RowHashes
from sources.readers.dimensions import UNKNOWN, DecodedDimension, DimensionDecoder
from sources.readers.effort import SAFETY, charged_to
from sources.readers.frame import FrameColumns, strata_of
from sources.readers.identities import ids_of, respondent_keys, response_keys, row_keys
from sources.readers.landed_files import RESPONSES, WEIGHT, LandedFile
from sources.readers.table import NATIVE_TIME, NOT_ONE_VALUE, Batch
from sources.readers.tally import Tally
from sources.readers.timing import TimedRows, has_moment
from sources.readers.weights import weight_column, weight_parser

if TYPE_CHECKING:
    from sources.codebook import ItemCodebook
    from sources.mapping import Mapping
    from sources.mapping.response_parts import Exclusion
    from sources.reference import Reference

_DIMENSION_COLUMNS = {
    "service": "service_id",
    "channel": "channel",
    "touchpoint": "touchpoint_id",
    "life_event": "life_event_id",
    "audience": "audience",
    "age_band": "age_band",
}


@dataclass(frozen=True)
class Delivery:
    """What every landed row says about where it comes from, and the key its ids are hashed with."""

    delivery_id: str
    organisation_id: str
    key: bytes | None = field(repr=False)
    key_version: int | None


@dataclass
class Judged:
    """Rows of one version that are not refused, with what was decoded on the way."""

    batch: Batch
    timed: TimedRows
    dimensions: dict[str, Codes]
    weights: npt.NDArray[np.int64] | None
    response_ids: pa.Array | None
    respondent_ids: pa.Array | None


class _Refusals:
    """The first reason per row."""

    def __init__(self, count: int) -> None:
        self.is_refused = np.zeros(count, dtype=np.bool_)
        self._reasons: list[tuple[npt.NDArray[np.bool_], str, str | None]] = []

    def add(self, mask: npt.NDArray[np.bool_], code: str, column: str | None) -> None:
        fresh = mask & ~self.is_refused
        if fresh.any():
            self.is_refused |= fresh
            self._reasons.append((fresh, code, column))

    def report(self, batch: Batch, tally: Tally) -> None:
        for mask, code, column in self._reasons:
            tally.refuse(batch.row_numbers[mask], code, column)


class VersionReader:
    """Lands the rows of one mapping version of one delivery."""

    def __init__(
        self, mapping: Mapping, codebooks: Sequence[ItemCodebook], reference: Reference, delivery: Delivery
    ) -> None:
        self.mapping = mapping
        self.answers = AnswerDecoder(mapping.items, codebooks)
        self.used_columns: set[str] = set()
        self.is_used = False
        self._delivery = delivery
        declared = mapping.dimensions.declared()
        self._dimensions = [
            DimensionDecoder(name, declared.get(name), reference) for name in _DIMENSION_COLUMNS
        ]
        self._languages = Vocabulary((UNKNOWN,))
        self._language = DistinctDecoder(self._language_code)
        self._completed = DistinctDecoder(lambda raw: int(self._is_completed(raw)))
        self._reasons = Vocabulary()
        self._exclusions = [
            (rule.column, DistinctDecoder(partial(self._exclusion_code, rule)))
            for rule in mapping.exclude
            if rule.column is not None
        ]
        self.frame = FrameColumns(
            mapping,
            tuple(
                (measure, count.column)
                for measure, count in mapping.design.frame.sources().items()
                if count.column is not None and count.file is None
            ),
            adds_up=mapping.source.delivery == "aggregate",
        )
        self._open_items = [
            item for item in mapping.items if item.kind == "open_text" and item.column is not None
        ]
        weights = mapping.design.weights
        self._weight_column = weights.column if weights.method == "delivered" else None
        source = mapping.source
        profile = profile_of(source.profile)
        self._owner = profile.organisation if profile is not None else None
        self._is_own = DistinctDecoder(self._own_code)
        self._parse_weight = weight_parser(source.decimal, source.thousands, source.format != "csv")

    def judge(self, batch: Batch, timed: TimedRows, tally: Tally) -> Judged:
        """Decode ids, dimensions and weight; refuse rows. Raises Rejection MH-DIMENSIE by a dimension's
        policy.
        """
        self.is_used = True
        refusals = _Refusals(len(batch))
        self._refuse_other_organisations(batch, refusals)
        response_ids = self._response_ids(batch, refusals)
        respondent_ids = self._respondent_ids(batch, refusals)
        decoded = {
            dimension.name: self._dimension(dimension, batch, refusals) for dimension in self._dimensions
        }
        weights = self._weights(batch, refusals)
        refusals.report(batch, tally)
        kept = np.flatnonzero(~refusals.is_refused)
        for dimension in self._dimensions:
            self._warn(dimension, decoded[dimension.name], batch, kept, tally)
        repeated_hours = kept[timed.is_repeated[kept]]
        if len(repeated_hours):
            numbers = batch.row_numbers[repeated_hours]
            tally.note("MH-TIJD-DUBBEL", self.mapping.when.column, len(numbers), numbers)
        return Judged(
            batch=taken(batch, kept),
            timed=timed if len(kept) == len(batch) else timed.take(kept),
            dimensions={name: found.codes[kept] for name, found in decoded.items()},
            weights=None if weights is None else weights[kept],
            response_ids=None if response_ids is None else response_ids.take(pa.array(kept)),
            respondent_ids=None if respondent_ids is None else respondent_ids.take(pa.array(kept)),
        )

    def land(
        self, judged: Judged, periods: Vocabulary, tally: Tally, responses: LandedFile, comments: LandedFile
    ) -> None:
        """Write the judged rows of a delivery of responses."""
        batch, timed = judged.batch, judged.timed
        if not len(batch):
            return
        matrix = self.answers.decode(batch, timed.deciding_days, tally)
        keys = self._response_keys(judged)
        languages = self._language_codes(batch)
        is_completed, exclusions = self._completion(batch), self._exclusion(batch)
        open_answers = self._open_answers(judged)
        hashes = self._hashes(judged, matrix, languages, is_completed, exclusions, open_answers, periods)
        columns = self._columns(judged, periods, languages, is_completed, exclusions)
        columns |= {
            "response_key": keys,
            "response_hash": hashes,
            "multiplicity": pa.array(np.ones(len(batch), dtype=np.int64)),
            "answers": self.answers.lists(matrix),
        }
        responses.write(columns)
        for found in open_answers:
            if len(found.rows):
                named = self._languages.array(languages)
                comments.write(comment_rows(found, batch.row_numbers, keys, named, self._origin))
        self.count_rows(judged, periods, is_completed, exclusions, tally)

    def count_rows(
        self,
        judged: Judged,
        periods: Vocabulary,
        is_completed: npt.NDArray[np.bool_],
        exclusions: Codes,
        tally: Tally,
    ) -> None:
        """Add landed rows to the counts of the reading."""
        names = periods.texts()
        for code, count in enumerate(np.bincount(judged.timed.periods, minlength=len(names))):
            if count:
                tally.periods[names[code]] += int(count)
        self._count_frame(judged, names)
        tally.landed_rows += len(judged.batch)
        tally.excluded += int((exclusions != NULL).sum())
        tally.incomplete += int((~is_completed).sum())

    def _count_frame(self, judged: Judged, periods: list[str]) -> None:
        if not self.frame.columns:
            return
        services, channels = judged.dimensions["service"], judged.dimensions["channel"]
        named = {dimension.name: dimension.vocabulary.texts() for dimension in self._dimensions}
        if self.mapping.dimensions.channel is None:
            named["channel"], channels = [ALL_CHANNELS], np.zeros_like(channels)
        strata = strata_of(
            periods, judged.timed.periods, named["service"], services, named["channel"], channels
        )
        self.frame.add(judged.batch, *strata)

    def landed_columns(self, judged: Judged, periods: Vocabulary, tally: Tally) -> dict[str, pa.Array]:
        """Columns of table lines of an aggregate, without answers, keys and hashes; the lines are counted."""
        batch = judged.batch
        is_completed, exclusions = self._completion(batch), self._exclusion(batch)
        self.count_rows(judged, periods, is_completed, exclusions, tally)
        columns = self._columns(judged, periods, self._language_codes(batch), is_completed, exclusions)
        nothing = pa.nulls(len(batch), pa.string())
        no_hash = pa.nulls(len(batch), RESPONSES.field("response_hash").type)
        return columns | {"response_key": nothing, "response_hash": no_hash}

    def _refuse_other_organisations(self, batch: Batch, refusals: _Refusals) -> None:
        """Rows that say themselves that they are another organisation's."""
        if self._owner is None:
            return
        is_own = self._is_own(batch.column(self._owner.column)) == 1
        refusals.add(~is_own, "MH-ANDERE-ORGANISATIE", self._owner.column)

    def _response_ids(self, batch: Batch, refusals: _Refusals) -> pa.Array | None:
        key = self.mapping.keys.response
        if key is None or self.mapping.source.delivery != "respondent":
            return None
        ids = ids_of(batch, key.columns)
        refusals.add(ids.is_blank | ids.is_damaged, "MH-ID", key.columns[0])
        return ids.texts

    def _respondent_ids(self, batch: Batch, refusals: _Refusals) -> pa.Array | None:
        key = self.mapping.keys.respondent
        if key is None or self.mapping.source.delivery != "respondent":
            return None
        ids = ids_of(batch, key.columns)
        unusable = ids.is_damaged if key.optional else ids.is_blank | ids.is_damaged
        refusals.add(unusable, "MH-ID", key.columns[0])
        return ids.texts if not ids.is_blank.any() else _blanked(ids.texts, ids.is_blank)

    def _dimension(self, dimension: DimensionDecoder, batch: Batch, refusals: _Refusals) -> DecodedDimension:
        decoded = dimension.decode(batch)
        refusals.add(decoded.is_refused, "MH-DIMENSIE", dimension.column)
        return decoded

    def _warn(
        self,
        dimension: DimensionDecoder,
        decoded: DecodedDimension,
        batch: Batch,
        kept: npt.NDArray[np.int64],
        tally: Tally,
    ) -> None:
        unlisted = kept[decoded.is_unlisted[kept]]
        if len(unlisted) and dimension.warning is not None:
            tally.note(dimension.warning, dimension.column, len(unlisted), batch.row_numbers[unlisted])

    def _weights(self, batch: Batch, refusals: _Refusals) -> npt.NDArray[np.int64] | None:
        if self._weight_column is None:
            return None
        column = batch.column(self._weight_column)
        coded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
        table = np.array(
            [self._parse_weight(text) or 0 for text in coded.dictionary.to_pylist()], dtype=np.int64
        )
        weights = table[coded.indices.to_numpy(zero_copy_only=False)]
        refusals.add(weights == 0, "MH-WEGING", self._weight_column)
        return weights

    def _own_code(self, raw: str) -> int:
        return int(self._owner is None or self._owner.names(raw, self._delivery.organisation_id))

    def _language_code(self, raw: str) -> int:
        language = self.mapping.language
        is_value = language is not None and not raw.startswith((NATIVE_TIME, NOT_ONE_VALUE))
        value = language.decode(raw) if language is not None and is_value else None
        return self._languages.code(value or UNKNOWN)

    def _language_codes(self, batch: Batch) -> Codes:
        language = self.mapping.language
        if language is None or language.column is None:
            return np.full(len(batch), self._language_code(""), dtype=np.int32)
        return self._language(batch.column(language.column))

    def _is_completed(self, raw: str) -> bool:
        return self.mapping.completed is None or self.mapping.completed.is_met(raw)

    def _completion(self, batch: Batch) -> npt.NDArray[np.bool_]:
        completed = self.mapping.completed
        if completed is None or completed.column is None:
            return np.ones(len(batch), dtype=np.bool_)
        return self._completed(batch.column(completed.column)) == 1

    def _exclusion_code(self, rule: Exclusion, raw: str) -> int:
        return self._reasons.code(rule.reason) if rule.applies(raw) else NULL

    def _exclusion(self, batch: Batch) -> Codes:
        found = np.full(len(batch), NULL, dtype=np.int32)
        for column, decode in self._exclusions:
            found = np.where(found == NULL, decode(batch.column(column)), found)
        return found

    def _open_answers(self, judged: Judged) -> list[Comments]:
        found = []
        for item in self._open_items:
            offered = offered_on(item, judged.timed.deciding_days)
            if offered is None or offered.any():
                self.used_columns.add(item.column or "")
            found.append(read_comments(item, judged.batch, offered))
        return found

    def _response_keys(self, judged: Judged) -> pa.Array:
        if judged.response_ids is None:
            return row_keys(self._delivery.delivery_id, judged.batch.row_numbers)
        assert self._delivery.key is not None
        return response_keys(judged.response_ids, self._delivery.key, self._delivery.organisation_id)

    def _columns(
        self,
        judged: Judged,
        periods: Vocabulary,
        languages: Codes,
        is_completed: npt.NDArray[np.bool_],
        exclusions: Codes,
    ) -> dict[str, pa.Array]:
        batch, timed = judged.batch, judged.timed
        count = len(batch)
        columns = self._origin(count) | {
            "row_number": pa.array(batch.row_numbers),
            "instrument_id": repeated(self.mapping.instrument.id, count),
            "contact_date": pa.array(timed.days, mask=~timed.has_day).cast(pa.date32()),
            "submitted_at": pa.array(timed.micros, mask=~has_moment(timed.micros)).cast(
                pa.timestamp("us", "UTC")
            ),
            "period_id": periods.array(timed.periods),
            "language": self._languages.array(languages),
            "weight": pa.nulls(count, WEIGHT) if judged.weights is None else weight_column(judged.weights),
            "is_completed": pa.array(is_completed),
            "exclusion_reason": self._reasons.array(exclusions),
        }
        for dimension in self._dimensions:
            codes = judged.dimensions[dimension.name]
            columns[_DIMENSION_COLUMNS[dimension.name]] = dimension.vocabulary.array(codes)
        return columns | self._respondent_columns(judged, count)

    def _respondent_columns(self, judged: Judged, count: int) -> dict[str, pa.Array]:
        delivery = self._delivery
        keyed = judged.respondent_ids is not None or judged.response_ids is not None
        keys = pa.nulls(count, pa.string())
        if judged.respondent_ids is not None:
            assert delivery.key is not None
            keys = respondent_keys(judged.respondent_ids, delivery.key, delivery.organisation_id)
        version = np.full(count, delivery.key_version or 0, dtype=np.int32)
        return {
            "respondent_key": keys,
            "key_version": pa.array(version) if keyed else pa.nulls(count, pa.int32()),
        }

    def texts_of(self, dimension: str, judged: Judged) -> list[str]:
        """The value of a dimension per judged row."""
        (decoder,) = (one for one in self._dimensions if one.name == dimension)
        names = decoder.vocabulary.texts()
        return [names[code] for code in judged.dimensions[dimension].tolist()]

    def origin_columns(self, count: int) -> dict[str, pa.Array]:
        """The columns that say where `count` landed rows come from."""
        return self._origin(count)

    def _origin(self, count: int) -> dict[str, pa.Array]:
        return {
            "delivery_id": repeated(self._delivery.delivery_id, count),
            "organisation_id": repeated(self._delivery.organisation_id, count),
            "mapping_id": repeated(self.mapping.mapping_id, count),
            "mapping_version": repeated(self.mapping.mapping_version, count),
        }

    @charged_to(SAFETY)
    def _hashes(
        self,
        judged: Judged,
        matrix: Codes,
        languages: Codes,
        is_completed: npt.NDArray[np.bool_],
        exclusions: Codes,
        open_answers: list[Comments],
        periods: Vocabulary,
    ) -> pa.Array:
        """A hash per row over its mapped content; keys, row number and delivery take no part."""
        timed = judged.timed
        hashes = RowHashes(len(judged.batch))
        hashes.add_numbers("contact_date", np.where(timed.has_day, timed.days, -1).astype(np.int64))
        hashes.add_numbers("submitted_at", timed.micros)
        hashes.add_numbers("is_completed", is_completed.astype(np.int64))
        if judged.weights is not None:
            hashes.add_numbers("weight", judged.weights)
        hashes.add_texts("period_id", timed.periods, periods.lanes())
        hashes.add_texts("language", languages, self._languages.lanes())
        hashes.add_texts("exclusion_reason", exclusions, self._reasons.lanes())
        for dimension in self._dimensions:
            hashes.add_texts(dimension.name, judged.dimensions[dimension.name], dimension.vocabulary.lanes())
        lanes = self.answers.vocabulary.lanes()
        for index, item in enumerate(self.answers.items):
            hashes.add_texts(f"item {item.seq}", matrix[:, index], lanes)
        for found in open_answers:
            hashes.add_texts(f"item {found.item.seq}", found.codes, found.lanes)
        return hashes.column()


def _blanked(ids: pa.Array, is_blank: npt.NDArray[np.bool_]) -> pa.Array:
    """A joined id with a blank part is no id."""
    return pa.array(np.where(is_blank, "", ids.to_numpy(zero_copy_only=False)), type=pa.string())


def taken(batch: Batch, rows: npt.NDArray[np.int64]) -> Batch:
    """These rows of a batch; the batch itself when they are all of it."""
    if len(rows) == len(batch):
        return batch
    chosen = pa.array(rows)
    return Batch(
        batch.row_numbers[rows], {name: column.take(chosen) for name, column in batch.columns.items()}
    )
