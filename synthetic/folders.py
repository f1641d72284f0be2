"""The folders of a demo: claiming them without touching anybody's files, and writing a government into them.

Belongs here: paths, markers and store times on disk. Does not belong here: what the files hold.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO

from synthetic.delivery import Delivery
from synthetic.government import Order, Organisation, Roll, organisations
from synthetic.process import MAPPING_ID as PROCESS_MAPPING
from synthetic.truth import Truth
from synthetic.writers import file_bytes

TRUTH = "_truth"
_WRITTEN = "written.txt"


class FolderError(Exception):
    """A folder holds files that no demo wrote (exit code 3)."""


class Demo:
    """The two folders of a demo."""

    def __init__(self, bucket: Path, organisations_dir: Path) -> None:
        self.bucket, self.organisations_dir = bucket, organisations_dir
        self._list = bucket / TRUTH / _WRITTEN
        self._written: TextIO

    def claim(self, mapping_files: list[str]) -> None:
        """Take the folders and remove what an earlier demo wrote there.

        `mapping_files` are the mapping files to come, relative. Raises FolderError, with nothing touched, when the
        bucket is not empty and no demo, or when one of these mapping files is somebody else's.
        """
        for folder in (self.bucket, self.organisations_dir):
            if folder.exists() and not folder.is_dir():
                raise FolderError(f"{folder} is a file; a demo needs a folder")
        former = self._list.read_text(encoding="utf-8").splitlines() if self._list.is_file() else None
        if former is None and self.bucket.is_dir() and any(self.bucket.iterdir()):
            raise FolderError(
                f"--bucket: {self.bucket} is not empty and holds no demo; give an empty or new folder"
            )
        own = set(former or ())
        for name in mapping_files:
            if (self.organisations_dir / name).exists() and f"organisations/{name}" not in own:
                raise FolderError(
                    f"--organisations: {self.organisations_dir / name} exists and is not of a demo; "
                    "give an empty or new folder"
                )
        for line in own:
            kind, _, name = line.partition("/")
            root = self.bucket if kind == "bucket" else self.organisations_dir
            # A line that no demo wrote may not lead to a file elsewhere.
            if (root / name).resolve().is_relative_to(root.resolve()):
                (root / name).unlink(missing_ok=True)

    def write(self, order: Order, on_roll: Roll, truth: Truth, progress: Callable[[], None]) -> None:
        """Write every organisation's mapping and deliveries, then the truth about them."""
        self._list.parent.mkdir(parents=True, exist_ok=True)
        # The list grows with the files, so that a demo that was broken off can be written again.
        with self._list.open("w", encoding="utf-8") as self._written:
            self._written.write(f"bucket/{TRUTH}/{_WRITTEN}\n")
            for organisation in organisations(order, on_roll):
                self._write_organisation(organisation, truth)
                progress()
            for name, text in truth.files().items():
                self._put("bucket", f"{TRUTH}/{name}", text.encode(), None)

    def _write_organisation(self, organisation: Organisation, truth: Truth) -> None:
        name = organisation.organisation_id
        mapping_id = organisation.survey.mapping["mapping_id"]
        text = organisation.mapping_text.encode()
        self._put("organisations", f"{name}/{mapping_id}.yml", text, None)
        if organisation.process_deliveries:
            text = organisation.process_mapping_text.encode()
            self._put("organisations", f"{name}/{PROCESS_MAPPING}.yml", text, None)
        for delivery in (*organisation.deliveries, *organisation.process_deliveries):
            content = delivery.content
            if content is None:
                content = file_bytes(organisation.survey, delivery.table)
            self._put("bucket", f"{name}/{delivery.key}", content, delivery.stored_at)
            if delivery.marker is not None:
                marker = json.dumps(_marker(delivery, content)).encode()
                self._put("bucket", f"{name}/{delivery.key}.done", marker, delivery.stored_at)
        truth.add(organisation)

    def _put(self, kind: str, name: str, content: bytes, stored_at: datetime | None) -> None:
        self._written.write(f"{kind}/{name}\n")
        self._written.flush()
        path = (self.bucket if kind == "bucket" else self.organisations_dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if stored_at is not None:
            os.utime(path, (stored_at.timestamp(), stored_at.timestamp()))


def _marker(delivery: Delivery, content: bytes) -> dict[str, object]:
    stated = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "rows": len(delivery.table.rows),
    }
    return stated | (delivery.marker or {})
