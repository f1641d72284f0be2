"""Erasure requests: the files in `_verwijderverzoeken/`, and the answer that takes the place of one.

Belongs here: reading a request file and writing its answer. Does not belong here: erasing (`erasure`). Raw ids exist in
memory only; an answer, a message or a log never holds one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from sources import tombstones
from sources.bucket import Bucket, ObjectChanged, StoredObject
from sources.pseudonyms import Key

FOLDER = "_verwijderverzoeken"
_MOST_BYTES = 16 * 1024 * 1024
_ANSWER = (".uitgevoerd.json", ".uitgevoerd.txt", ".geweigerd.json", ".geweigerd.txt")


class RequestError(Exception):
    """A request file that cannot be used as it is. The text says why, in Dutch, without any value of it."""


@dataclass(frozen=True)
class Request:
    """One line of a request file: either id may be absent, not both."""

    respondent_id: str | None = field(repr=False)
    response_id: str | None = field(repr=False)
    request_id: str | None = field(repr=False)


@dataclass(frozen=True)
class RequestFile:
    """A request file as it lies there; `sha256` of its content is its name from here on."""

    organisation_id: str
    key: str
    sha256: str
    requests: tuple[Request, ...]
    refusal: str | None = None


def request_files(bucket: Bucket, organisation_id: str) -> list[RequestFile]:
    """Every request file of an organisation, usable or refused; raises StorageError when they cannot be listed."""
    found = []
    for item in bucket.special_files(organisation_id, FOLDER):
        # Half a file would be half an erasure, and the file would be gone.
        if item.key.endswith(_ANSWER) or not item.is_settled:
            continue
        try:
            found.append(_request_file(bucket, organisation_id, item))
        except ObjectChanged:
            continue
    return found


def _request_file(bucket: Bucket, organisation_id: str, item: StoredObject) -> RequestFile:
    if item.size > _MOST_BYTES:
        name = hashlib.sha256(f"{item.key}|{item.size}".encode()).hexdigest()
        return RequestFile(organisation_id, item.key, name, (), "Het bestand is groter dan 16 MB.")
    content = bucket.read_small(item, _MOST_BYTES)
    if len(content) != item.size:
        raise ObjectChanged(item.key)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        requests = parse_requests(PurePosixPath(item.key).suffix, content, organisation_id)
    except RequestError as error:
        return RequestFile(organisation_id, item.key, sha256, (), str(error))
    return RequestFile(organisation_id, item.key, sha256, requests)


def parse_requests(suffix: str, content: bytes, organisation_id: str) -> tuple[Request, ...]:
    """The requests of a csv or json file; raises RequestError for one that is not whole and well.

    Nothing of a file is executed unless all of it can be: half an erasure would be taken for a whole one.
    """
    try:
        text = content.decode("utf-8-sig")
        rows = _json_rows(text) if suffix.lower() == ".json" else _csv_rows(text)
    except (ValueError, csv.Error, RecursionError):
        raise RequestError("Het bestand is geen csv (UTF-8, met kopregel) of json met verzoeken.") from None
    if not rows:
        raise RequestError("Het bestand bevat geen enkel verzoek.")
    return tuple(_request(row, number, organisation_id) for number, row in enumerate(rows, start=1))


def _json_rows(text: str) -> list[Mapping[str, Any]]:
    document = json.loads(text)
    rows = document if isinstance(document, list) else [document]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError
    return rows


def _csv_rows(text: str) -> list[Mapping[str, Any]]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    return [row for row in reader if any(row.values())]


def _request(row: Mapping[str, Any], number: int, organisation_id: str) -> Request:
    if row.get(None) or str(row.get("organisation_id") or "").strip() != organisation_id:  # type: ignore[call-overload]
        raise RequestError(
            f"Verzoek {number} noemt in 'organisation_id' niet de organisatie van deze map, of heeft te veel velden."
        )
    respondent, response = (_id(row.get(name)) for name in ("respondent_id", "response_id"))
    if respondent is None and response is None:
        raise RequestError(f"Verzoek {number} heeft geen 'respondent_id' en geen 'response_id'.")
    return Request(respondent, response, _id(row.get("request_id")))


def _id(value: object) -> str | None:
    text = str(value).strip() if isinstance(value, str | int) else ""
    return text or None


def tombstone_bodies(file: RequestFile, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """The tombstones that a request file asks for, under every version of the organisation's key."""
    bodies = []
    for one in file.requests:
        if one.respondent_id is not None:
            bodies.append(tombstones.of_respondent(file.organisation_id, one.respondent_id, keys))
        if one.response_id is not None:
            bodies.append(tombstones.of_response(file.organisation_id, one.response_id, keys))
    return bodies


def answer(
    bucket: Bucket, file: RequestFile, executed_at: str, counts: Mapping[str, int] | None
) -> dict[str, Any]:
    """Write the answer to a request and return it; `counts` of what went, None for a request that is refused."""
    is_executed = counts is not None
    body: dict[str, Any] = {
        "schema_version": "1.0",
        "organisation_id": file.organisation_id,
        "request_file_sha256": file.sha256,
        "executed_at" if is_executed else "refused_at": executed_at,
        "status": "uitgevoerd" if is_executed else "geweigerd",
        "requests_n": len(file.requests),
        "request_ids": _case_numbers(file.requests),
        "erased": dict(counts or {}),
        "reason_nl": file.refusal,
    }
    stem = f"{FOLDER}/{file.sha256[:12]}.{body['status']}"
    bucket.write_text(file.organisation_id, f"{stem}.txt", _as_text(body))
    bucket.write_text(
        file.organisation_id, f"{stem}.json", json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    )
    return body


def _case_numbers(requests: Iterable[Request]) -> list[str]:
    """The numbers by which the organisation knows its requests, without any that is a person's id at the same time."""
    ids = {one for request in requests for one in (request.respondent_id, request.response_id) if one}
    return sorted(
        {
            one.request_id
            for one in requests
            if one.request_id and not any(own in one.request_id for own in ids)
        }
    )


COUNTS_NL = {
    "rows": "gelezen rijen gewist",
    "comments": "toelichtingen gewist",
    "landing_copies": "kopieën van aangeleverde bestanden verwijderd",
}


def _as_text(body: Mapping[str, Any]) -> str:
    lines = ["Verwijderverzoek Overheidsbreed Meethuis", ""]
    if body["status"] == "geweigerd":
        lines += [
            "Uw verzoek is niet uitgevoerd.",
            "",
            f"{body['reason_nl']}",
            "Wat kunt u doen: herstel het bestand en zet het opnieuw in deze map.",
        ]
    else:
        lines += ["Uw verzoek is uitgevoerd. Het bestand met de nummers is verwijderd.", ""]
        lines += [f"  {body['erased'].get(name, 0):>6}  {text}" for name, text in COUNTS_NL.items()]
        lines += [
            "",
            "De gewiste gegevens worden ook bij een volgende aanlevering niet meer gelezen.",
            "Haal ze ook uit uw eigen bestanden in de map: daar kunnen wij niet wissen.",
        ]
    lines += ["", f"Kenmerk: {body['request_file_sha256'][:12]}", f"Aantal verzoeken: {body['requests_n']}"]
    if body["request_ids"]:
        lines.append(f"Uw nummers: {', '.join(body['request_ids'])}")
    return "\n".join(lines) + "\n"
