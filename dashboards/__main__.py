"""`python -m dashboards`: what `make superset` calls."""

import sys

from dashboards.access import AccessError
from dashboards.settings import SettingsError
from dashboards.start import start

MISCONFIGURED = 3

if __name__ == "__main__":
    try:
        start()
    except (SettingsError, AccessError) as error:
        print(f"superset: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(MISCONFIGURED)
