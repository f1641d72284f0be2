"""Dagster's SQLite storage with connections kept open: the same files, a fraction of the time per event.

Dagster's own class opens and closes a database for every event; each close folds the write-ahead log back and waits for
the disk. `dagster.yaml` names this one. Belongs here: how connections are held. Does not belong here: what is stored,
or where.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

_BUSY_SECONDS = 60
# The index, the run that is written, and a few that a page of the web interface shows.
_KEPT_OPEN = 4


class KeptEventLog(SqliteEventLogStorage):
    """Events of runs, one SQLite file per run and an index over them, as Dagster lays them out.

    A crash of the machine may lose the last events of a run, never the database: the ledger is the record, not this.
    """

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._known_tables: set[str] = set()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> sa.Engine:
        """The shard's engine; the one longest unused is closed when there are too many."""
        engine = self._engines.pop(shard, None)
        if engine is not None and not os.path.exists(self.path_for_shard(shard)):  # noqa: PTH110
            engine.dispose()
            engine = None
        self._engines[shard] = engine or self._opened(shard)
        while len(self._engines) > _KEPT_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def _opened(self, shard: str) -> sa.Engine:
        engine = sa.create_engine(
            self.conn_string_for_shard(shard),
            poolclass=sa.QueuePool,
            pool_size=1,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        )
        sa.event.listen(engine, "connect", _write_without_waiting)
        return engine

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table. Tables stay, so one that was seen is not looked for again."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def wipe(self) -> None:
        """Forget every run; closes their files first."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close every file."""
        self._close()
        super().dispose()

    def _close(self) -> None:
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


class KeptStorage(DagsterSqliteStorage):
    """Runs, events and schedules under a DAGSTER_HOME, where Dagster itself keeps them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptEventLog(os.path.join(base_dir, "history", "runs"))  # noqa: PTH118

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "KeptStorage":
        """The storage that `dagster.yaml` describes."""
        return cls.from_local(inst_data=inst_data, **config_value)


def _write_without_waiting(connection: Any, _record: Any) -> None:
    """Leave it to the write-ahead log when pages reach the disk."""
    connection.execute("pragma synchronous = normal")
