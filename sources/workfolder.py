"""The work folder: where landing copies, landed files, state and the warehouse stand.

Belongs here: paths only, and making the folders. Does not belong here: what is written into them.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WorkFolder:
    """Paths under `--work`."""

    root: Path

    def create(self) -> None:
        """Make the folders, closed to other users of the machine."""
        self.root.mkdir(parents=True, exist_ok=True)
        closed = (self.landing, self.landed, self.process, self.comments, self.quarantine, self.resolved)
        for folder in (*closed, self.exceptions, self.state, self.mappings, self.history):
            folder.mkdir(mode=0o700, exist_ok=True)

    @property
    def ledger(self) -> Path:
        """The append-only ledger."""
        return self.root / "ledger.sqlite"

    @property
    def landing(self) -> Path:
        """Raw copies, named by sha256."""
        return self.root / "landing"

    @property
    def landed(self) -> Path:
        """One Parquet file per delivery, one row per response."""
        return self.root / "landed"

    @property
    def process(self) -> Path:
        """One Parquet file per delivery of process data, one row per line and metric."""
        return self.root / "process"

    @property
    def comments(self) -> Path:
        """Redacted open comments."""
        return self.root / "comments"

    @property
    def quarantine(self) -> Path:
        """Row numbers and codes of refused rows."""
        return self.root / "quarantine"

    @property
    def exceptions(self) -> Path:
        """Per organisation: landed rows that must not count."""
        return self.root / "exceptions"

    @property
    def state(self) -> Path:
        """What dbt reads of the ledger."""
        return self.root / "state"

    @property
    def mappings(self) -> Path:
        """Copies of accepted mapping files, by content digest."""
        return self.root / "mappings"

    @property
    def model(self) -> Path:
        """The effective reference tables."""
        return self.root / "model"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that only dbt opens for writing."""
        return self.root / "warehouse.duckdb"

    @property
    def published_states(self) -> Path:
        """What the last publication was computed from, per organisation."""
        return self.root / "published_states.json"

    @property
    def history(self) -> Path:
        """What stands behind the published figures, per snapshot."""
        return self.root / "history"

    @property
    def data_docs(self) -> Path:
        """Great Expectations Data Docs."""
        return self.root / "data_docs"

    def landed_file(self, organisation_id: str, delivery_id: str) -> Path:
        """The landed responses of one delivery."""
        return self.landed / organisation_id / f"{delivery_id}.parquet"

    def process_file(self, organisation_id: str, delivery_id: str) -> Path:
        """The landed lines of one delivery of process data."""
        return self.process / organisation_id / f"{delivery_id}.parquet"

    def exceptions_file(self, organisation_id: str) -> Path:
        """The landed rows of one organisation that must not count."""
        return self.exceptions / f"{organisation_id}.parquet"

    @property
    def resolved(self) -> Path:
        """Resolutions kept between nights."""
        return self.root / "resolved"

    def resolved_file(self, organisation_id: str, delivery_id: str = "current") -> Path:
        """The kept resolution of an organisation's current deliveries together, or of one that does not count."""
        return self.resolved / organisation_id / f"{delivery_id}.parquet"
