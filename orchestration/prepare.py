"""`python -m orchestration.prepare`: what Dagster's own programs need before they start as services.

Belongs here: the DAGSTER_HOME of the installation that `MEETHUIS_*` names. Does not belong here: starting anything; the
units and the compose file in `deploy/` do.
"""

from orchestration.installation import dagster_home
from orchestration.settings import settings_from

if __name__ == "__main__":
    dagster_home(settings_from({}).work)
