"""Settings: where things stand and with which keys, from the environment.

Belongs here: reading, defaulting and refusing them. Does not belong here: what Superset does with them
(`superset_config`).
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent

# The keys of Superset's own code, documentation and compose files: everybody knows them.
KNOWN_KEYS = frozenset({
    "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET", "CHANGE_ME_SECRET_KEY", "TEST_NON_DEV_SECRET", "thisISaSECRET_1234",
    "YOUR_OWN_RANDOM_GENERATED_SECRET_KEY", "\\2\\1thisismyscretkey\\1\\2\\e\\y\\y\\h",
    "\2\1thisismyscretkey\1\2\\e\\y\\y\\h",
})  # fmt: skip
_SHORTEST_KEY = 32


class SettingsError(Exception):
    """The dashboards cannot start as they are configured; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything a start needs; `admin_password` is None when it is to be generated or stands already."""

    published: Path
    home: Path
    metadata_uri: str
    address: str
    port: int
    is_https: bool
    admin: str
    admin_password: str | None

    @property
    def key_file(self) -> Path:
        """The generated key of the sample set-up."""
        return self.home / "secret_key"

    @property
    def state_file(self) -> Path:
        """What the last bootstrap was made from."""
        return self.home / "state.json"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `MEETHUIS_*`, else defaults inside the clone; raises SettingsError."""
    home = _folder(environment, "MEETHUIS_SUPERSET_HOME", CLONE / "data" / "superset")
    port = environment.get("MEETHUIS_SUPERSET_PORT") or "8088"
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise SettingsError("MEETHUIS_SUPERSET_PORT: expected a port number such as 8088")
    return Settings(
        published=_folder(environment, "MEETHUIS_PUBLISHED", CLONE / "data" / "published"),
        home=home,
        metadata_uri=environment.get("MEETHUIS_SUPERSET_METADATA")
        or f"sqlite:///{home}/superset.db?check_same_thread=false",
        # Another one only in a container, whose port is then published on the host's loopback address.
        address=environment.get("MEETHUIS_SUPERSET_ADDRESS") or "127.0.0.1",
        port=int(port),
        is_https=environment.get("MEETHUIS_SUPERSET_HTTPS") == "1",
        admin=environment.get("MEETHUIS_SUPERSET_ADMIN") or "admin",
        admin_password=environment.get("MEETHUIS_SUPERSET_ADMIN_PASSWORD") or None,
    )


def published_link(environment: Mapping[str, str] = os.environ) -> Path:
    """The link that readers follow."""
    return read_settings(environment).published / "meethuis.duckdb"


def secret_key(settings: Settings, is_sample: bool, environment: Mapping[str, str] = os.environ) -> str:
    """The key that signs sessions: SUPERSET_SECRET_KEY, in the sample set-up else a generated one.

    Raises SettingsError for a key that everybody knows or can guess, and for none at all over real figures.
    """
    given = environment.get("SUPERSET_SECRET_KEY")
    if given is not None:
        if given in KNOWN_KEYS:
            raise SettingsError(
                "SUPERSET_SECRET_KEY is a key from Superset's own code or documentation, with which anybody can sign "
                "in as anybody. Make one with: openssl rand -base64 42"
            )
        if len(given) < _SHORTEST_KEY:
            raise SettingsError(
                f"SUPERSET_SECRET_KEY is shorter than {_SHORTEST_KEY} characters. "
                "Make one with: openssl rand -base64 42"
            )
        return given
    if not is_sample:
        raise SettingsError(
            "SUPERSET_SECRET_KEY is not set, and the published figures are no sample. "
            "Make a key with: openssl rand -base64 42, keep it, and set the variable at every start"
        )
    return _generated_key(settings.key_file)


def _generated_key(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48))
    return file.read_text(encoding="ascii")


def _folder(environment: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(environment.get(name) or default).absolute()
