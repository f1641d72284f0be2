"""Client: the few calls of Superset's API that the night and the tests need.

Belongs here: signing in and asking. Does not belong here: what an answer means to its caller.
"""

from itertools import count
from typing import Any

import requests

_SECONDS = 60


class SupersetError(Exception):
    """Superset does not answer, or refuses; never holds what was asked or answered."""


class Superset:
    """A signed-in user of a running Superset. Raises SupersetError when signing in fails."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()
        answer = self.call(
            "POST",
            "/api/v1/security/login",
            {"username": username, "password": password, "provider": "db", "refresh": False},
        )
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.session.headers["X-CSRFToken"] = self.call("GET", "/api/v1/security/csrf_token/")["result"]
        self.session.headers["Referer"] = self.url

    def request(self, method: str, path: str, content: Any = None) -> requests.Response:
        """One call, whatever its answer; raises SupersetError when there is none."""
        try:
            return self.session.request(method, self.url + path, json=content, timeout=_SECONDS)
        except requests.RequestException as error:
            raise SupersetError(f"{self.url} does not answer ({type(error).__name__})") from error

    def call(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        """One call's JSON answer; raises SupersetError for every status but success."""
        answer = self.request(method, path, content)
        if not answer.ok:
            raise SupersetError(f"{method} {path.partition('?')[0]}: HTTP {answer.status_code}")
        found: dict[str, Any] = answer.json()
        return found

    def everything(self, resource: str) -> list[dict[str, Any]]:
        """All rows of a resource that this user may see: dashboard, chart, dataset, database."""
        found: list[dict[str, Any]] = []
        # A page may hold fewer rows than asked for: count pages, not rows.
        for page in count():
            answer = self.call("GET", f"/api/v1/{resource}/?q=(page:{page},page_size:100)")
            found += answer["result"]
            if not answer["result"] or len(found) >= answer["count"]:
                break
        return found

    def refresh(self) -> dict[str, Any]:
        """Let in whoever is published now; which publication is read, and of how many organisations."""
        return self.call("POST", "/api/v1/meethuis/refresh")

    def broken_charts(self) -> list[str]:
        """Names of the charts whose query gives no answer."""
        return [
            chart["slice_name"]
            for chart in self.everything("chart")
            if not self.request("GET", f"/api/v1/chart/{chart['id']}/data/").ok
        ]
