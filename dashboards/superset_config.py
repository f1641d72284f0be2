"""The configuration of Superset, read through SUPERSET_CONFIG_PATH.

Belongs here: values under Superset's own names, with a reason where it is not plain. Does not belong here: code.
"""

import os
from datetime import timedelta

from dashboards import appearance, connections, settings
from dashboards.hooks import prepare_app

_settings = settings.read_settings()

# Set by the start, which refuses known and missing keys (`settings.secret_key`).
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = _settings.metadata_uri

APP_NAME = appearance.APP_NAME
APP_ICON = appearance.LOGO_URL
FAVICONS = [{"href": appearance.LOGO_URL, "type": "image/svg+xml"}]
THEME_DEFAULT = appearance.THEME
THEME_DARK = None
ENABLE_UI_THEME_ADMINISTRATION = False
EXTRA_CATEGORICAL_COLOR_SCHEMES = appearance.CATEGORICAL
EXTRA_SEQUENTIAL_COLOR_SCHEMES = appearance.SEQUENTIAL
D3_FORMAT = appearance.NUMBERS
D3_TIME_FORMAT = appearance.DATES
CURRENCIES = ["EUR"]
LANGUAGES = {"nl": {"flag": "nl", "name": "Nederlands"}, "en": {"flag": "gb", "name": "English"}}
BABEL_DEFAULT_LOCALE = "nl"

FLASK_APP_MUTATOR = prepare_app
DB_CONNECTION_MUTATOR = connections.lock_connection
DB_SQLA_URI_VALIDATOR = connections.validate_uri
PREVENT_UNSAFE_DB_CONNECTIONS = True
DISALLOWED_SQL_FUNCTIONS = {"duckdb": set(connections.REFUSED_FUNCTIONS)}
SQLLAB_TIMEOUT = int(timedelta(seconds=30).total_seconds())

# No copy of a figure: a cache would outlive its publication, or show one reader what another may see.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    "RLS_IN_SQLLAB": True,
    "EMBEDDED_SUPERSET": False,
    "ALERT_REPORTS": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "DRILL_TO_DETAIL": True,
    "TAGGING_SYSTEM": False,
}

# Users and roles are managed over the API as well; only administrators have the right.
FAB_ADD_SECURITY_API = True
AUTH_ROLE_PUBLIC = "Public"
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
# Sign-in is slowed down; an ordinary page fetches some hundred files and must not be.
RATELIMIT_ENABLED = True
RATELIMIT_APPLICATION = "1000 per second"
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "5 per second"
SESSION_COOKIE_SECURE = _settings.is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
PERMANENT_SESSION_LIFETIME = int(timedelta(hours=12).total_seconds())
ENABLE_PROXY_FIX = _settings.is_https
ENABLE_CORS = False

# Nothing but this server: no tiles, no fonts, and not the pixel with which Superset's front end reports its use.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _settings.is_https,
}
