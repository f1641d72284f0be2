"""Language: Dutch pages, with the faults of Superset's own translation corrected.

Belongs here: the language pack that browsers get and the language a page says it is in. Does not belong here: texts
of our dashboards (`assets/`).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import superset
import yaml
from flask import Flask, Response, request
from flask_babel import get_locale

CORRECTIONS = Path(__file__).with_name("language.yml")
_PACK = Path(superset.__file__).parent / "translations" / "nl" / "LC_MESSAGES" / "messages.json"


@cache
def dutch_pack() -> str:
    """Superset's Dutch language pack as JSON, overlaid with `language.yml`."""
    pack: dict[str, Any] = json.loads(_PACK.read_text(encoding="utf-8"))
    messages = pack["locale_data"]["superset"]
    for english, dutch in yaml.safe_load(CORRECTIONS.read_text(encoding="utf-8")).items():
        messages[english] = [dutch] if isinstance(dutch, str) else dutch
    return json.dumps(pack, ensure_ascii=False)


def speak_dutch(app: Flask) -> None:
    """Serve the corrected pack, to the login page too, and let every page name its language."""

    @app.before_request
    def corrected_pack() -> Response | None:
        if request.path.rstrip("/").endswith("/superset/language_pack/nl"):
            return Response(dutch_pack(), mimetype="application/json")
        return None

    @app.after_request
    def named_language(response: Response) -> Response:
        if response.mimetype == "text/html" and not response.direct_passthrough:
            page = response.get_data(as_text=True)
            response.set_data(page.replace("<html>", f'<html lang="{get_locale() or "nl"}">', 1))
        return response
