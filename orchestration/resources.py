"""Resources: the opened run that every asset works on.

Belongs here: opening a run from the environment for runs that Dagster launches. The command line passes its own.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.installation import open_installation
from orchestration.night import Night, night
from orchestration.settings import settings_from


@dg.resource(
    config_schema={"organisation_id": dg.Field(str, default_value="", description="Read only this one.")}
)
def night_resource(context: dg.InitResourceContext) -> Iterator[Night]:
    """One run over the installation that `MEETHUIS_*` names; holds the run lock until the run ends."""
    with night(
        open_installation(settings_from({})), context.resource_config["organisation_id"] or None
    ) as opened:
        yield opened
