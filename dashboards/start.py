"""Start: from the environment to a server on 127.0.0.1, with as little work as the last start left.

Belongs here: the order of a start, and knowing whether Superset must be set up again. Does not belong here: setting
it up (`bootstrap`).
"""

import contextlib
import hashlib
import hmac
import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from dashboards.access import AccessError
from dashboards.marts import CODES, MODELS
from dashboards.publication import Publication, read_publication
from dashboards.settings import CLONE, Settings, SettingsError, read_settings, secret_key

_LOCK = CLONE / "requirements" / "dashboards.txt"
_ROOM = Path(__file__).resolve().parent


def start() -> None:
    """Set Superset up where needed, then become its server. Raises SettingsError."""
    settings = read_settings()
    publication = read_publication(settings)
    # Sessions, users and the key stand here.
    os.umask(0o077)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secret_key(settings, publication.is_sample)
    _require_free(settings.address, settings.port)
    os.environ.update(
        SUPERSET_SECRET_KEY=key,
        SUPERSET_CONFIG_PATH=str(_ROOM / "superset_config.py"),
        SUPERSET_HOME=str(settings.home),
        PYTHONPATH=str(CLONE),
        FLASK_APP="superset.app:create_app()",
    )
    # Superset would let it overrule the metadata database of the configuration.
    os.environ.pop("SUPERSET__SQLALCHEMY_DATABASE_URI", None)
    os.chdir(settings.home)
    state = _State(settings, publication, key)
    if not state.is_current():
        _set_up(settings, publication, state)
    print(f"Dashboards: http://127.0.0.1:{settings.port} (publication {publication.snapshot_id})", flush=True)  # noqa: T201
    program = Path(sys.executable).with_name("gunicorn")
    os.execv(program, [
        str(program), "--bind", f"{settings.address}:{settings.port}", "--worker-class", "gthread", "--workers", "1",
        "--threads", "4", "--timeout", "120", "--no-control-socket", "--log-level", "warning",
        "superset.app:create_app()",
    ])  # fmt: skip


class _State:
    """What Superset was last set up from, beside the metadata database."""

    def __init__(self, settings: Settings, publication: Publication, key: str) -> None:
        self.file, self.uri = settings.state_file, settings.metadata_uri
        self.fingerprint = _fingerprint(settings, publication, key)
        try:
            self.last = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.last = {}

    def is_current(self) -> bool:
        """Whether nothing changed since, and the metadata database is still the one that was set up."""
        return self.last.get("fingerprint") == self.fingerprint and _knows_roles(self.uri)

    @property
    def has_sample_password(self) -> bool:
        """Whether the administrator's password was generated and printed."""
        return bool(self.last.get("has_sample_password"))

    def keep(self, has_sample_password: bool) -> None:
        """Remember that Superset stands as it should."""
        content = {"fingerprint": self.fingerprint, "has_sample_password": has_sample_password}
        self.file.write_text(json.dumps(content), encoding="utf-8")


def _set_up(settings: Settings, publication: Publication, state: _State) -> None:
    has_users = _knows_roles(settings.metadata_uri)
    password, is_generated = settings.admin_password, False
    if password is None and not publication.is_sample and (not has_users or state.has_sample_password):
        raise SettingsError(
            "MEETHUIS_SUPERSET_ADMIN_PASSWORD is not set, and the published figures are no sample. "
            "Set it for this start; it becomes the password of the administrator"
        )
    # A first set-up that broke off has an administrator whose password nobody was told.
    if password is None and publication.is_sample and not (has_users and state.last):
        password, is_generated = secrets.token_urlsafe(12), True
    print("Setting Superset up; this takes a minute, once.", flush=True)  # noqa: T201
    with _quietly(settings.home / "bootstrap.log"):
        from dashboards.bootstrap import bootstrap

        bootstrap(publication.organisations, settings.admin, password)
    keeps_sample = settings.admin_password is None and (is_generated or state.has_sample_password)
    state.keep(has_sample_password=keeps_sample)
    if is_generated:
        print(f"Sample set-up. Sign in as {settings.admin} with password {password} (shown once)", flush=True)  # noqa: T201


@contextlib.contextmanager
def _quietly(log: Path) -> Iterator[None]:
    """Lead what Superset and its migrations print to a file; a failure says where it is."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("w", encoding="utf-8") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        try:
            yield
        except Exception as error:
            if isinstance(error, SettingsError | AccessError):
                raise
            logging.getLogger(__name__).exception("bootstrap")
            raise SettingsError(
                f"Superset could not be set up ({type(error).__name__}); see {log}"
            ) from error
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def _fingerprint(settings: Settings, publication: Publication, key: str) -> str:
    digest = hashlib.sha256()
    files = [
        _LOCK,
        CODES,
        *sorted(MODELS.glob("*.yml")),
        *sorted(path for path in _ROOM.rglob("*") if path.suffix in {".py", ".yml", ".yaml", ".svg"}),
    ]
    for file in files:
        digest.update(
            str(file.relative_to(CLONE)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest()
        )
    password = hmac.new(key.encode(), (settings.admin_password or "").encode(), "sha256").hexdigest()
    for part in (settings.metadata_uri, settings.admin, password, *publication.organisations):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _knows_roles(uri: str) -> bool:
    """Whether the metadata database has users; False for one that is empty or not there."""
    import sqlalchemy

    try:
        with contextlib.closing(sqlalchemy.create_engine(uri).connect()) as connection:
            return bool(connection.execute(sqlalchemy.text("select count(*) from ab_user")).scalar())
    except sqlalchemy.exc.OperationalError as error:
        if uri.startswith("sqlite"):
            return False
        raise SettingsError(
            f"MEETHUIS_SUPERSET_METADATA: the database cannot be reached ({type(error.orig).__name__})"
        ) from error
    except sqlalchemy.exc.ProgrammingError:
        return False


def _require_free(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise SettingsError(
                f"{address}:{port} is in use. Stop what listens there, or set MEETHUIS_SUPERSET_PORT"
            ) from error
