"""What is written from the pages for others: `python -m dashboards.documents`.

Belongs here: `docs/analisten.md` (which chart answers which question) and the dbt exposures (which models a dashboard
rests on). Does not belong here: the texts of charts (`pages/`) and of questions (`questions.yml`).
"""

from pathlib import Path
from typing import Any

import yaml

from dashboards import layout
from dashboards.marts import ROOT, marts
from dashboards.pages import Page, filters, pages

QUESTIONS = Path(__file__).with_name("questions.yml")
ANALYSTS = ROOT / "docs" / "analisten.md"
EXPOSURES = ROOT / "dbt_project" / "models" / "exposures.yml"
# Marts that every computed label looks in.
ALWAYS = ("code_label", "snapshot")
PICTURES = "pictures/dashboards"
PICTURED = (
    "De beelden zijn van een synthetische overheid van 60 organisaties en acht kwartalen (`meethuis demo`): het "
    "bovenste deel van elk dashboard, zoals het opent."
)
INTRODUCTION = """\
# Voor analisten

Gemaakt door `python -m dashboards.documents` uit de bladzijden in `dashboards/pages/`; verander die.

De dashboards tonen alleen wat gepubliceerd is. Boven elk dashboard staat de publicatie (tijd en nummer), of er \
voorbeeldgegevens in zitten, en welk meetmodel geldt. Het meetmodel van dit product is een reconstructie, niet het \
Handboek.

Zo leest u een dashboard:

- Elke titel is een vraag. De zin erboven zegt hoe u het antwoord leest.
- Een cijfer heeft een marge (95%) en een aantal antwoorden. Zonder marge meldden deelnemers zichzelf aan; noem dan \
geen verschil.
- **Afgeschermd** betekent dat mensen anders herkenbaar worden: de groep zelf is klein, of zij zou een kleine groep \
verraden. Die twee zien er met opzet hetzelfde uit.
- Een vak dat over meer cijfers zou gaan dan één is leeg. Kies dan links één periode, onderzoek of onderwerp. Een \
grafiek telt nooit cijfers bij elkaar op die niet bij elkaar horen.
- Op het blad **Tabellen** staan dezelfde cijfers als tabel, om over te nemen of te laten voorlezen.
- Een klik op een rij of staaf filtert de andere grafieken.
- Samenhang is geen oorzaak: dat geldt voor alles op het dashboard Drijfveren.

Alle kolommen staan in [schema.md](schema.md), alle formules in [methodology.md](methodology.md).
"""


def questions() -> dict[int, dict[str, str]]:
    """Number to the question in Dutch and, where no chart answers it, why."""
    return yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))


def analysts() -> str:
    """The page for analysts."""
    lines = [
        INTRODUCTION,
        "## Welke vraag, welke grafiek\n",
        "| | vraag | dashboard | grafiek |",
        "|---|---|---|---|",
    ]
    for number, question in questions().items():
        answers = [
            (page.title, chart.question)
            for page in pages()
            for chart in page.charts
            if number in chart.answers
        ]
        if not answers:
            lines.append(f"| {number} | {question['nl']} | – | Nog niet. {question['unanswered']} |")
        for place, (title, asked) in enumerate(answers):
            head = f"| {number} | {question['nl']} " if place == 0 else "| | "
            lines.append(f"{head}| {title} | {asked} |")
    lines += ["", "## De dashboards", "", PICTURED, ""]
    for page in pages():
        lines += [f"### {page.title}", "", page.read, ""]
        lines += [f"![Het dashboard {page.title} in de browser]({PICTURES}/{page.slug}.png)", ""]
        lines += [f"Filters: {', '.join(filters()[key].name.lower() for key in page.filters)}.", ""]
        for chart in page.charts:
            lines.append(f"- **{chart.question}** {chart.read}")
        lines.append("")
    return "\n".join(lines)


def exposures() -> dict[str, Any]:
    """A dbt exposure per dashboard, on every mart that its charts and filters ask."""
    return {"exposures": [_exposure(page) for page in pages()]}


def _exposure(page: Page) -> dict[str, Any]:
    asked = {chart.mart for chart in layout.charts_of(page)} | {
        filters()[key].dataset for key in page.filters
    }
    return {
        "name": page.slug.replace("-", "_"),
        "label": page.title,
        "type": "dashboard",
        "maturity": "high",
        "url": f"http://127.0.0.1:8088/superset/dashboard/{page.slug}/",
        "description": page.read,
        "owner": {"name": "Overheidsbreed Meethuis"},
        "depends_on": [f"ref('{marts()[name].model}')" for name in sorted(asked | set(ALWAYS))],
    }


def exposures_text() -> str:
    """The file that dbt reads."""
    head = "# Made by `python -m dashboards.documents` from dashboards/pages.\n"
    return head + yaml.safe_dump(exposures(), allow_unicode=True, sort_keys=False, width=120)


if __name__ == "__main__":
    ANALYSTS.write_text(analysts(), encoding="utf-8")
    EXPOSURES.write_text(exposures_text(), encoding="utf-8")
