"""Refresh: what a publication changes in a running Superset.

Belongs here: the call with which an administrator, or the night, lets new organisations in. Does not belong here:
figures: nothing of them is kept, so nothing of them has to be refreshed.
"""

from flask import Response
from flask_appbuilder.api import BaseApi, expose, protect
from superset import security_manager

from dashboards.publication import read_publication
from dashboards.roles import apply_access
from dashboards.settings import read_settings


class RefreshApi(BaseApi):
    """`POST /api/v1/meethuis/refresh`: roles and rules for whoever is published now."""

    resource_name = "meethuis"
    class_permission_name = "Meethuis"

    @expose("/refresh", methods=("POST",))
    @protect()
    def refresh(self) -> Response:
        """Apply access.yml again and tell which publication is being read."""
        if not security_manager.is_admin():
            return self.response_403()
        publication = read_publication(read_settings())
        apply_access(publication.organisations)
        return self.response(
            200, snapshot_id=publication.snapshot_id, organisations=len(publication.organisations)
        )
