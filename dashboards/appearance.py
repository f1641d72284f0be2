"""Appearance: colours, logo, Dutch numbers and dates.

Belongs here: what Superset's configuration says of looks. Does not belong here: wording (`language`), any chart.
"""

from typing import Any

LOGO_URL = "/meethuis/logo.svg"
APP_NAME = "Overheidsbreed Meethuis"

_BLUE = "#154273"
_LINK = "#01689b"

# Superset replaces its default theme by this one, it does not merge them: every token must be here.
THEME: dict[str, Any] = {
    "token": {
        "brandAppName": APP_NAME,
        "brandLogoAlt": APP_NAME,
        "brandLogoUrl": LOGO_URL,
        "brandLogoMargin": "12px 0",
        "brandLogoHref": "/",
        "brandLogoHeight": "32px",
        "brandIconMaxWidth": 240,
        "brandSpinnerUrl": None,
        "brandSpinnerSvg": None,
        "colorPrimary": _BLUE,
        "colorLink": _LINK,
        "colorError": "#d52b1e",
        "colorWarning": "#8f5a00",
        "colorSuccess": "#2a6f2b",
        "colorInfo": _LINK,
        # Grey text of 4.5:1 and more on white; the default greys stay below it.
        "colorTextTertiary": "#595959",
        "colorTextDescription": "#595959",
        "colorTextPlaceholder": "#696969",
        "fontUrls": [],
        "fontFamily": "Verdana, 'DejaVu Sans', Arial, sans-serif",
        "fontFamilyCode": "'DejaVu Sans Mono', 'Courier New', monospace",
        "transitionTiming": 0,
        "fontSizeXS": "10",
        "fontSizeXXL": "28",
        "fontWeightNormal": "400",
        "fontWeightLight": "400",
        "fontWeightStrong": "600",
        "fontWeightBold": "700",
        "colorEditorSelection": "#fff5cf",
    },
    "algorithm": "default",
    # A text alternative of every chart for screen readers, and nothing that moves.
    "echartsOptionsOverrides": {"aria": {"enabled": True}, "animation": False},
    # Labels beside lying bars are measured a letter too short, and a long name takes two lines.
    "echartsOptionsOverridesByChartType": {
        "echarts_timeseries_bar": {
            "grid": {"left": 32},
            "yAxis": {"axisLabel": {"width": 220, "overflow": "break", "lineHeight": 15}},
        },
    },
}

# After Okabe and Ito, darkened where a colour has less than 3:1 on white; the first two differ in grey as well.
CATEGORICAL = [{
    "id": "meethuis",
    "description": "Meethuis, leesbaar bij kleurenblindheid",
    "label": "Meethuis",
    "isDefault": True,
    "colors": ["#154273", "#c75300", "#007a5a", "#b0578d", "#0072b2", "#8a6d00", "#5c5c5c", "#3d8fb8"],
}]  # fmt: skip
SEQUENTIAL = [{
    "id": "meethuis_blauw",
    "description": "Licht naar donker blauw",
    "label": "Meethuis blauw",
    "isDefault": True,
    "isDiverging": False,
    "colors": ["#e5eef5", "#b8d0e3", "#82add0", "#4a84b4", "#24609a", "#154273"],
}]  # fmt: skip

# Series that mean the same wherever they are drawn: a figure, the ends of its interval, the band between them.
FIGURE = _BLUE
BOUND = "#c75300"
BAND = "#4a84b4"
UNPAINTED = "rgba(255,255,255,0)"

NUMBERS = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["€ ", ""]}
DATES = {
    "dateTime": "%-d %B %Y %H:%M",
    "date": "%-d-%-m-%Y",
    "time": "%H:%M:%S",
    "periods": ["", ""],
    "days": ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
    "shortDays": ["zo", "ma", "di", "wo", "do", "vr", "za"],
    "months": [
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ],
    "shortMonths": ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
}  # fmt: skip
