"""The dbt project as dbt reads it: its variables, and what dbt made of it, parsed once for all work folders.

Parsing costs more than most small nights compute. Belongs here: keeping the parsed project until one of its files
changes, as JSON for Dagster and as dbt's own object for the night. Does not belong here: running any of it
(`warehouse`).
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import disclosure
import estimation
from orchestration.installation import ConfigurationError
from orchestration.settings import DBT_PROJECT
from sources.workfolder import WorkFolder

_FOLDER = DBT_PROJECT / "target"
_FOR_DAGSTER, _FOR_DBT, _STAMP = "manifest.json", "project.msgpack", "project.sha256"


class ParseError(ConfigurationError):
    """dbt cannot read its project: a file of this clone is not as it was released."""


def manifest_path() -> Path:
    """The manifest that Dagster reads its dbt assets from. Raises ParseError."""
    _parse_where_changed()
    return _FOLDER / _FOR_DAGSTER


def project_of(work: WorkFolder) -> Any:
    """The `Manifest` that dbt runs, with the sources of one work folder. Raises ParseError."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder as decoder

    _parse_where_changed()
    try:
        manifest = Manifest.from_msgpack((_FOLDER / _FOR_DBT).read_bytes(), decoder)
    except Exception:
        # Whatever is wrong with the file: it can be made again.
        (_FOLDER / _STAMP).unlink()
        _parse_where_changed()
        manifest = Manifest.from_msgpack((_FOLDER / _FOR_DBT).read_bytes(), decoder)
    manifest.build_flat_graph()
    for source in manifest.sources.values():
        # Quoted as in `_sources.yml`, where the work folder of the parsing stands.
        source.meta["work"] = str(work.root).replace("'", "''").replace("[", "[[]")
    return manifest


def arguments(target: Path) -> list[str]:
    """The arguments that every call of dbt has; `target` gets its files and its log."""
    project = ["--no-version-check", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    return [*project, "--target-path", str(target), "--log-path", str(target)]


@contextmanager
def environment(work: WorkFolder, threads: int) -> Iterator[None]:
    """The variables that the dbt project and its profile read, for as long as this lasts."""
    values = {
        "MEETHUIS_WORK": str(work.root),
        "MEETHUIS_WAREHOUSE": str(work.warehouse),
        "MEETHUIS_THREADS": str(threads),
        "MEETHUIS_MODEL": str(work.model),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    former = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def project_digest() -> str:
    """Changes with any file that decides over figures: the dbt project, the disclosure rules and the formulas.

    Seeds are not among them: their content is in the reference fingerprint.
    """
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        inside = path.relative_to(DBT_PROJECT)
        if (
            path.is_file()
            and path.suffix in (".sql", ".yml", ".py")
            and inside.parts[0] not in ("target", "logs")
        ):
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    for room in (disclosure, estimation):
        for path in sorted(Path(str(room.__file__)).parent.rglob("*.py")):
            digest.update(f"{room.__name__}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _parse_where_changed() -> None:
    from dbt.parser.manifest import extended_mashumaro_encoder as encoder

    # The adapter's macros are in there as well.
    versions = " ".join(version(name) for name in ("dbt-core", "dbt-adapters", "dbt-duckdb"))
    stamp = f"{versions} {project_digest()}"
    if (_FOLDER / _STAMP).exists() and (_FOLDER / _STAMP).read_text(encoding="utf-8") == stamp:
        return
    _FOLDER.mkdir(exist_ok=True)
    # Several processes may find the change at once: each parses, and whole files take the place of whole files.
    fresh = Path(tempfile.mkdtemp(prefix=".parse-", dir=_FOLDER))
    try:
        (fresh / _FOR_DBT).write_bytes(_parsed(fresh).to_msgpack(encoder))
        (fresh / _STAMP).write_text(stamp, encoding="utf-8")
        for name in (_FOR_DAGSTER, _FOR_DBT, _STAMP):
            (fresh / name).replace(_FOLDER / name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _parsed(target: Path) -> Any:
    from dbt.cli.main import dbtRunner

    with environment(WorkFolder(target), 1):
        result = dbtRunner().invoke(["parse", "--quiet", *arguments(target)])
    if not result.success:
        raise ParseError("the dbt project does not parse; run `dbt parse` in dbt_project/ to see why")
    return result.result
