"""Hooks: what is added to Superset's web application.

Belongs here: the logo, the language, and the administrator's call after a publication. Does not belong here: what
these do.
"""

from pathlib import Path

from flask import Flask, Response, send_file

from dashboards.appearance import LOGO_URL
from dashboards.language import speak_dutch

_LOGO = Path(__file__).with_name("logo.svg")


def prepare_app(app: Flask) -> None:
    """Superset's FLASK_APP_MUTATOR."""
    # Imported here: Superset reads this module while it is itself being imported.
    from superset.extensions import appbuilder

    from dashboards.refresh import RefreshApi

    speak_dutch(app)
    app.add_url_rule(LOGO_URL, "meethuis_logo", _logo)
    appbuilder.add_api(RefreshApi)


def _logo() -> Response:
    return send_file(_LOGO, mimetype="image/svg+xml", max_age=86400)
