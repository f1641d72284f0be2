"""The shape of the reference tables: file, columns, types, keys and links.

Belongs here: what a table must look like, as data. Does not belong here: what stands in a table (that is
`dbt_project/seeds/`), how it is checked (`sources.reference_checks`) or used (`sources.reference`).
"""

from dataclasses import dataclass
from enum import StrEnum

WILDCARD = "*"
UNKNOWN = "unknown"
# The id of a total in the published figures; no channel, audience or service group may be called so.
TOTAL = "all"
# Organisations of a synthetic government; never in the register.
SYNTHETIC_ID = r"test[0-9]{4}"
# From here on a series for the quantile is exact enough; below it only the table is.
LAST_DEGREES_OF_FREEDOM = 1000


class Kind(StrEnum):
    """The type of the values in a column."""

    IDENTIFIER = "identifier"
    IDENTIFIERS = "identifiers separated by ;"
    TEXT = "text"
    INTEGER = "whole number"
    DECIMAL = "number"
    BOOLEAN = "true or false"
    DATE = "date as 2025-12-31"


@dataclass(frozen=True)
class Column:
    """One column: its type, whether it may be empty, its closed list and the table it points at.

    `refers_to` is the (table, column) in which every value must occur.
    `may_follow` marks product rows that are left out when another model replaces the table they point at.
    """

    name: str
    kind: Kind = Kind.IDENTIFIER
    required: bool = True
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    refers_to: tuple[str, str] | None = None
    has_wildcard: bool = False
    may_follow: bool = False


@dataclass(frozen=True)
class Table:
    """One reference table; `must_hold` and `must_not_hold` are ids of the first key column.

    `is_completed`: rows of the product that a replaced table does not have still hold. `may_be_empty`: no row is no
    fault.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    must_hold: tuple[str, ...] = ()
    must_not_hold: tuple[str, ...] = ()
    is_completed: bool = False
    may_be_empty: bool = False

    @property
    def file_name(self) -> str:
        """The CSV file of this table, in the product and in a `--model` folder."""
        return f"{self.name}.csv"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the order in which they are written."""
        return tuple(column.name for column in self.columns)


def _text(name: str, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, required)


def _integer(name: str, required: bool = True) -> Column:
    return Column(name, Kind.INTEGER, required)


def _decimal(name: str, required: bool = True) -> Column:
    return Column(name, Kind.DECIMAL, required)


def _choice(name: str, *choices: str, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, required, choices)


_LABELS = (_text("label_nl"), _text("label_en"))
_ORDER = _integer("sort_order")

BREAKDOWNS = ("age_band", "touchpoint", "life_event", "service")
THRESHOLDS = (
    "suppression_min_n",
    "no_spread_min_n",
    "indicative_below_n",
    "indicative_half_width",
    "publishable_from_n",
    "burgerpeiling_norm_n",
    "format_tolerance",
    "false_discovery_rate",
    "least_difference",
    "test_min_expected",
    "overlap_min_share",
    "peers_min_organisations",
    "peers_max_share",
    "coverage_min_share",
    "driver_min_n",
    "driver_min_n_per_driver",
    "driver_min_answered_share",
    "reliability_min_alpha",
)
QUADRANTS = ("improve", "maintain", "monitor", "overkill")

MODEL_NODE = Table(
    "ref_model_node",
    (
        Column("model_version"),
        Column("node_id"),
        _choice("floor", "kpi", "driver", "open"),
        Column("parent_node_id", required=False, refers_to=("ref_model_node", "node_id")),
        *_LABELS,
        _ORDER,
        _choice("driver_kind", "soft", "hygiene", required=False),
        _choice("status", "reconstructie", "officieel", "eigen"),
        _choice("provenance", "named", "assumed"),
        _text("statement_nl", required=False),
        _text("anchor", required=False),
    ),
    key=("node_id",),
)
SCALE_FAMILY = Table("ref_scale_family", (Column("scale_family"), *_LABELS, _ORDER), key=("scale_family",))
SCALE = Table(
    "ref_scale",
    (
        Column("scale_kind"),
        _decimal("min_value"),
        _decimal("max_value"),
        Column("scale_family", refers_to=("ref_scale_family", "scale_family")),
        *_LABELS,
    ),
    key=("scale_kind", "min_value", "max_value"),
)
STATISTIC = Table(
    "ref_statistic",
    (
        Column("statistic"),
        *_LABELS,
        _choice("unit", "score", "share", "grade", "points", "scale_value"),
        _integer("decimals"),
        _ORDER,
        _text("formula_nl"),
        _text("formula_en"),
    ),
    key=("statistic",),
)
FAMILY_STATISTIC = Table(
    "ref_family_statistic",
    (
        Column("scale_family", refers_to=("ref_scale_family", "scale_family"), has_wildcard=True),
        Column("statistic", refers_to=("ref_statistic", "statistic")),
        _choice(
            "method",
            "mean_score",
            "mean_value",
            "share_category_high",
            "share_category_low",
            "share_from",
            "net_share",
        ),
        _decimal("high_from", required=False),
        _decimal("low_to", required=False),
        _decimal("high_from_decimals", required=False),
        _choice("required_grade", "A", "B", "C", required=False),
    ),
    key=("scale_family", "statistic"),
)
KPI_DEFINITION = Table(
    "ref_kpi_definition",
    (
        Column("node_id", refers_to=("ref_model_node", "node_id"), has_wildcard=True, may_follow=True),
        Column("statistic", refers_to=("ref_statistic", "statistic")),
        Column("is_headline", Kind.BOOLEAN),
        Column("higher_is_better", Kind.BOOLEAN),
        _text("formula_nl"),
        _text("formula_en"),
    ),
    key=("node_id", "statistic"),
)
ORGANISATION = Table(
    "ref_organisation",
    (
        Column("organisation_id", pattern=r"[a-z][a-z0-9_-]*"),
        Column("valid_from", Kind.DATE),
        Column("valid_to", Kind.DATE, required=False),
        _text("name"),
        Column("organisation_type"),
        _text("province", required=False),
        _integer("inhabitants", required=False),
        Column("size_class", required=False),
        Column("urbanity", required=False),
        Column(
            "predecessor_ids",
            Kind.IDENTIFIERS,
            required=False,
            refers_to=("ref_organisation", "organisation_id"),
        ),
        Column("tooi_uri", Kind.TEXT, required=False, pattern=r"https?://\S+"),
        Column("oin", Kind.TEXT, required=False, pattern=r"[0-9]{20}"),
        Column("kvk", Kind.TEXT, required=False, pattern=r"[0-9]{8}"),
        _text("source"),
    ),
    key=("organisation_id", "valid_from"),
)
SERVICE_GROUP = Table(
    "ref_service_group",
    (Column("service_group"), *_LABELS, _ORDER),
    key=("service_group",),
    must_hold=("other", UNKNOWN),
    must_not_hold=(TOTAL,),
)
SERVICE = Table(
    "ref_service",
    (
        Column("service_id"),
        Column("service_group", refers_to=("ref_service_group", "service_group")),
        *_LABELS,
        Column("upl_uri", Kind.TEXT, required=False, pattern=r"https?://\S+"),
    ),
    key=("service_id",),
    must_hold=(UNKNOWN,),
)
CHANNEL = Table(
    "ref_channel",
    (
        Column("channel"),
        *_LABELS,
        _choice("contact_type", "human", "digital", "paper", "mixed", UNKNOWN),
        _ORDER,
    ),
    key=("channel",),
    must_hold=(UNKNOWN,),
    must_not_hold=(TOTAL,),
)
AUDIENCE = Table(
    "ref_audience",
    (Column("audience"), *_LABELS, _ORDER),
    key=("audience",),
    must_hold=(UNKNOWN,),
    must_not_hold=(TOTAL,),
)
TOUCHPOINT = Table(
    "ref_touchpoint",
    (
        Column("touchpoint_id"),
        _choice("journey_stage", "before", "during", "decision", "after", "relation", UNKNOWN),
        *_LABELS,
    ),
    key=("touchpoint_id",),
    must_hold=(UNKNOWN,),
)
LIFE_EVENT = Table(
    "ref_life_event",
    (Column("life_event_id"), _choice("kind", "life", "business", UNKNOWN), *_LABELS),
    key=("life_event_id",),
    must_hold=(UNKNOWN,),
)
BREAKDOWN = Table(
    "ref_breakdown",
    (_choice("breakdown", *BREAKDOWNS), *_LABELS, _ORDER),
    key=("breakdown",),
    must_hold=BREAKDOWNS,
)
QUADRANT = Table(
    "ref_quadrant",
    (_choice("quadrant", *QUADRANTS), *_LABELS, _ORDER),
    key=("quadrant",),
    must_hold=QUADRANTS,
)
INSTRUMENT_KIND = Table(
    "ref_instrument_kind", (Column("instrument_kind"), *_LABELS), key=("instrument_kind",)
)
MODE = Table("ref_mode", (Column("mode"), _choice("administration", "self", "interviewer")), key=("mode",))
SAMPLE_DESIGN = Table(
    "ref_sample_design",
    (
        Column("sample"),
        _choice("interval_basis", "design", "model", "none"),
        _choice("population_correction", "whole", "stratum", "none"),
    ),
    key=("sample",),
)
THRESHOLD = Table(
    "ref_threshold",
    (_choice("threshold", *THRESHOLDS), _decimal("value"), *_LABELS),
    key=("threshold",),
    must_hold=THRESHOLDS,
    is_completed=True,
)
PEER_GROUP = Table(
    "ref_peer_group",
    (
        Column("peer_group_kind"),
        _choice("organisation_column", "organisation_type", "size_class", "province", required=False),
        Column("organisation_type", required=False),
        *_LABELS,
        _ORDER,
    ),
    key=("peer_group_kind",),
)
STANDARD_MIX = Table(
    "ref_standard_mix",
    (
        Column("mix_version"),
        Column("channel", refers_to=("ref_channel", "channel"), may_follow=True),
        Column("service_group", refers_to=("ref_service_group", "service_group"), may_follow=True),
        _integer("weight"),
    ),
    key=("channel", "service_group"),
    may_be_empty=True,
)
PROCESS_METRIC = Table(
    "ref_process_metric",
    (
        Column("metric"),
        _choice("unit", "count", "days", "seconds", "contacts"),
        _choice("combination", "sum", "weighted_mean", "none"),
        *_LABELS,
        _ORDER,
    ),
    key=("metric",),
)
CODE = Table(
    "ref_code",
    (Column("column_name"), Column("code", Kind.TEXT), *_LABELS, _ORDER),
    key=("column_name", "code"),
    is_completed=True,
)
STUDENT_T = Table(
    "ref_student_t",
    (_integer("degrees_of_freedom"), _decimal("quantile_975")),
    key=("degrees_of_freedom",),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        MODEL_NODE,
        SCALE_FAMILY,
        SCALE,
        STATISTIC,
        FAMILY_STATISTIC,
        KPI_DEFINITION,
        ORGANISATION,
        SERVICE_GROUP,
        SERVICE,
        CHANNEL,
        AUDIENCE,
        TOUCHPOINT,
        LIFE_EVENT,
        BREAKDOWN,
        QUADRANT,
        INSTRUMENT_KIND,
        MODE,
        SAMPLE_DESIGN,
        THRESHOLD,
        PEER_GROUP,
        STANDARD_MIX,
        PROCESS_METRIC,
        CODE,
        STUDENT_T,
    )
}
