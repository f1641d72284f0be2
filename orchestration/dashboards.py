"""Dashboards: telling a running Superset of a new publication, and asking whether its charts still answer.

Belongs here: what a night needs of them. Does not belong here: how Superset is asked (`dashboards.client`). Readers see
a new publication without this; what it adds are the roles of new organisations, and a look by day's first light.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Refreshed:
    """What became of it; `fault` says in a line what a person should look at, None when all is well."""

    is_configured: bool
    fault: str | None
    charts_broken: tuple[str, ...] = ()


def refresh_dashboards(snapshot_id: str, environment: Mapping[str, str] = os.environ) -> Refreshed:
    """Refresh and verify the Superset that MEETHUIS_SUPERSET_URL names, if any; never raises: figures are out."""
    url = environment.get("MEETHUIS_SUPERSET_URL")
    if not url:
        return Refreshed(is_configured=False, fault=None)
    from dashboards.client import Superset, SupersetError

    password = environment.get("MEETHUIS_SUPERSET_ADMIN_PASSWORD")
    if not password:
        return Refreshed(True, "MEETHUIS_SUPERSET_URL is set, MEETHUIS_SUPERSET_ADMIN_PASSWORD is not")
    try:
        superset = Superset(url, environment.get("MEETHUIS_SUPERSET_ADMIN") or "admin", password)
        found = superset.refresh()["snapshot_id"]
        # Charts over another publication say nothing of this one.
        broken = tuple(superset.broken_charts()) if found == snapshot_id else ()
    except (SupersetError, ValueError, KeyError) as error:
        reason = str(error) if isinstance(error, SupersetError) else "an answer that is not Superset's"
        return Refreshed(True, f"the dashboards could not be refreshed: {reason}")
    if found != snapshot_id:
        return Refreshed(True, f"the dashboards read publication {found}, not {snapshot_id}")
    fault = f"{len(broken)} charts give no answer" if broken else None
    return Refreshed(True, fault, broken)
