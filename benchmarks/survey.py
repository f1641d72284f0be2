"""The survey of the benchmark: what is asked, on which scales, and each organisation's own mapping.

Belongs here: questions, answer texts, the mapping in the product's language and the same facts as the plain tables that
the rivals join with. Does not belong here: what people answer (`deliveries`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KPI_NODES = (
    "kpi.tevredenheid", "kpi.menselijkheid", "kpi.vertrouwen", "kpi.gemak", "kpi.doel_bereikt", "kpi.aanbeveling",
)  # fmt: skip
DRIVER_NODES = (
    "drv.serieus_genomen", "drv.empathie", "drv.meedenken", "drv.eerlijkheid", "drv.regie", "drv.snelheid",
    "drv.juistheid", "drv.begrijpelijkheid", "drv.bereikbaarheid", "drv.deskundigheid", "drv.transparantie",
    "drv.belofte_nagekomen", "drv.in_een_keer_goed", "drv.veiligheid_gegevens",
)  # fmt: skip

# As delivered, as the register knows it, and its group; one service per group.
SERVICES = (
    ("Paspoort", "paspoort", "identity"),
    ("Verhuizing", "verhuizen", "registration"),
    ("Omgevingsvergunning", "omgevingsvergunning", "permits"),
    ("Wmo-voorziening", "wmo", "care"),
    ("Gemeentelijke belastingen", "gemeentelijke-belastingen", "taxes"),
)
CHANNELS = (
    ("Website", "web"), ("App", "app"), ("Telefoon", "phone"), ("Balie", "desk"), ("E-mail", "email"), ("Chat", "chat"),
)  # fmt: skip

RESPONSE, RESPONDENT, DAY, SERVICE, CHANNEL, COMMENT = (
    "respons_id", "klant_id", "datum", "dienst", "kanaal", "toelichting",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """A closed scale; `labels` from the lowest value up, `dont_know` is the code or text for no opinion."""

    name: str
    kind: str
    low: int
    high: int
    is_reversed: bool = False
    labels: tuple[str, ...] = ()
    dont_know: str | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """Answers as delivered, from the most negative to the most positive."""
        values = range(self.low, self.high + 1)
        texts = self.labels or tuple(str(value) for value in values)
        return texts[::-1] if self.is_reversed else texts

    def as_mapping(self) -> dict[str, Any]:
        """The scale in the mapping language."""
        missing = {"": "not_answered"} | ({self.dont_know: "dont_know"} if self.dont_know else {})
        found: dict[str, Any] = {"kind": self.kind, "missing": missing}
        found["direction"] = "low_is_good" if self.is_reversed else "high_is_good"
        if self.labels:
            return found | {"labels": {text: self.low + step for step, text in enumerate(self.labels)}}
        return found | {"min": self.low, "max": self.high}


MARK = Scale("cijfer10", "rapportcijfer", 1, 10, dont_know="99")
RECOMMEND = Scale("aanbevelen11", "nps", 0, 10, dont_know="99")
EFFORT = Scale("moeite5", "ces1", 1, 5, is_reversed=True, dont_know="9")
AGREE = Scale("eens5", "likert_agree", 1, 5, dont_know="9")
DISAGREE = Scale("oneens5", "likert_agree", 1, 5, is_reversed=True, dont_know="9")
SATISFIED = Scale(
    "tevreden5",
    "likert_satisfaction",
    1,
    5,
    labels=("Zeer ontevreden", "Ontevreden", "Niet tevreden, niet ontevreden", "Tevreden", "Zeer tevreden"),
    dont_know="Weet niet / n.v.t.",
)
AGREE_TEXT = Scale(
    "eens5_tekst",
    "likert_agree",
    1,
    5,
    labels=("Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens"),
    dont_know="Weet niet / n.v.t.",
)
YES_NO = Scale("janee", "yes_no", 0, 1, labels=("Nee", "Ja"), dont_know="Weet niet / n.v.t.")

_KPI_SCALES = (MARK, AGREE, AGREE_TEXT, EFFORT, AGREE, RECOMMEND)
# Each organisation words its drivers differently: it starts elsewhere in this list.
_DRIVER_SCALES = (AGREE, AGREE_TEXT, AGREE, DISAGREE, AGREE, YES_NO, AGREE_TEXT)
_OWN_SCALES = (AGREE, AGREE_TEXT, DISAGREE, AGREE)


@dataclass(frozen=True)
class Question:
    """A closed question: its column, what it measures and how it is answered; `is_counted` when it feeds figures."""

    column: str
    node_id: str
    scale: Scale
    comparability: str
    role: str = "primary"

    @property
    def is_counted(self) -> bool:
        """Whether the question stands for a node of the model."""
        return self.role == "primary" and self.comparability != "X"


def organisation_ids(count: int) -> list[str]:
    """`test0001` and on: ids that the register keeps for invented organisations."""
    return [f"test{number:04d}" for number in range(1, count + 1)]


def questions(organisation_index: int) -> list[Question]:
    """The 25 closed questions of an organisation: 20 stand for a node, one is secondary, four are its own."""
    drivers = [
        _DRIVER_SCALES[(position + organisation_index) % len(_DRIVER_SCALES)]
        for position in range(len(DRIVER_NODES))
    ]
    asked = [(node, scale, "A", "primary") for node, scale in zip(KPI_NODES, _KPI_SCALES, strict=True)]
    asked += [(node, scale, "B", "primary") for node, scale in zip(DRIVER_NODES, drivers, strict=True)]
    asked.append((KPI_NODES[0], SATISFIED, "A", "secondary"))
    asked += [(f"eigen.vraag_{number}", scale, "X", "primary") for number, scale in enumerate(_OWN_SCALES, 1)]
    return [Question(f"v{position:02d}", *one) for position, one in enumerate(asked, 1)]


def mapping(organisation_id: str, organisation_index: int) -> dict[str, Any]:
    """The organisation's mapping, ready to be written as YAML."""
    asked = questions(organisation_index)
    return {
        "meethuis_mapping": 1,
        "mapping_id": "klantonderzoek",
        "mapping_version": "1.0.0",
        "valid_from": "2020-01-01",
        "organisation": {"org_id": organisation_id},
        "source": {"delivery": "respondent", "format": "csv", "match": "klantonderzoek/*.csv"}
        | {"snapshot": "full", "delimiter": ";"},
        "instrument": {"id": f"{organisation_id}-ko", "name_nl": "Klantonderzoek", "kind": "transactional"}
        | {"languages": ["nl"]},
        "design": {"sample": "census_with_nonresponse", "mode": ["email"], "weights": {"method": "none"}},
        "keys": {"response": {"column": RESPONSE}, "respondent": {"column": RESPONDENT}},
        "when": {"column": DAY, "type": "date", "format": "%Y-%m-%d"},
        "dimensions": {
            "service": {"column": SERVICE, "map": {raw: service for raw, service, _ in SERVICES}},
            "channel": {"column": CHANNEL, "map": dict(CHANNELS)},
            "audience": {"const": "citizen"},
        },
        "scales": {one.scale.name: one.scale.as_mapping() for one in asked},
        "items": [_item(one) for one in asked]
        + [{"column": COMMENT, "item": "open.toelichting", "kind": "open_text", "language": "nl"}],
        "approval": {"by": "benchmark", "date": "2020-01-01"},
    }


def _item(one: Question) -> dict[str, Any]:
    named = {"column": one.column, "item": one.node_id, "scale": one.scale.name}
    return named | {"comparability": one.comparability, "role": one.role}


def item_rows(organisation_id: str, organisation_index: int) -> Iterator[dict[str, Any]]:
    """What the rivals join with: per question that feeds figures, what it measures and its scale."""
    for one in questions(organisation_index):
        if one.is_counted:
            yield {
                "organisation_id": organisation_id,
                "column_name": one.column,
                "kpi_id": one.node_id,
                "min_value": one.scale.low,
                "max_value": one.scale.high,
                "is_reversed": one.scale.is_reversed,
            }


def codebook_rows(organisation_id: str, organisation_index: int) -> Iterator[dict[str, Any]]:
    """What the rivals join with: per question and answer as delivered, its value on the scale as printed."""
    for one in questions(organisation_index):
        if one.is_counted:
            texts = one.scale.labels or tuple(str(v) for v in range(one.scale.low, one.scale.high + 1))
            for step, text in enumerate(texts):
                yield {
                    "organisation_id": organisation_id,
                    "column_name": one.column,
                    "raw_value": text,
                    "value": one.scale.low + step,
                }
