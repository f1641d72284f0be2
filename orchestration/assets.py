"""Assets: the steps of the night as Dagster sees them.

Belongs here: names, dependencies, metadata a data engineer looks for, and check results. Does not belong here: what a
step does (`night`) or any rule.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from expectations import rules
from orchestration.checks import conservation_law, disclosure_check, gate_results, manifest_check
from orchestration.dashboards import Refreshed, refresh_dashboards
from orchestration.log import record
from orchestration.night import Night
from orchestration.progress import progress
from orchestration.warehouse import NodeResult, WarehouseError

INTAKE, PUBLICATION = "intake", "publication"
LAW, UNRECOVERABLE = "rows_add_up", "no_hidden_figure_recoverable"


def _night(context: dg.AssetExecutionContext) -> Night:
    opened: Night = context.resources.night
    return opened


def _log_organisations(context: dg.AssetExecutionContext, counts: Mapping[str, int], label: str) -> None:
    """One materialisation per changed organisation, so that its history can be followed."""
    for organisation_id, count in sorted(counts.items()):
        context.log_event(
            dg.AssetMaterialization(
                asset_key=context.asset_key,
                partition=None,
                metadata={"organisation_id": organisation_id, label: count},
            )
        )


@dg.asset(group_name=INTAKE, required_resource_keys={"night"}, kinds={"python"})
def sighted_deliveries(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """What organisations dropped, copied to landing under its sha256."""
    found = _night(context).discover()
    _log_organisations(context, Counter(organisation_id for organisation_id, _ in found.sighted), "sighted")
    return dg.MaterializeResult(
        metadata={
            "organisations": len(found.organisations),
            "sighted": len(found.sighted),
            "unregistered_folders": len(found.unregistered),
            "unreachable": list(found.unreachable),
        }
    )


@dg.asset(group_name=INTAKE, deps=[sighted_deliveries], required_resource_keys={"night"}, kinds={"parquet"})
def landed_responses(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """One Parquet file per delivery, one row per response: pseudonymised, redacted, decoded against its mapping."""
    opened = _night(context)
    plan = opened.plan()
    with progress("lezen", len(plan.tasks)) as advance:
        readings = opened.read(plan, advance)
    opened.erase()
    landed = [reading for _, reading in readings if reading.outcome == "landed"]
    return dg.MaterializeResult(
        metadata={
            "read": len(readings),
            "landed": len(landed),
            "rows_landed": sum(reading.rows_landed for reading in landed),
            "rows_quarantined": sum(reading.rows_quarantined for reading in landed),
            "refused": len(plan.refusals),
        }
    )


@dg.asset(
    group_name=INTAKE,
    deps=[landed_responses],
    required_resource_keys={"night"},
    kinds={"greatexpectations"},
    check_specs=[
        dg.AssetCheckSpec(
            rule.check_name,
            asset="judged_deliveries",
            description=rule.text_en,
            metadata={"severity": rule.severity},
        )
        for rule in rules()
    ],
)
def judged_deliveries(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """The gate's verdict on every delivery read: accept, hold or reject."""
    results = _night(context).judge()
    yield dg.MaterializeResult(metadata={"judged": max((one.judged for one in results), default=0)})
    yield from gate_results(results)


@dg.asset(
    group_name=INTAKE,
    deps=[judged_deliveries],
    required_resource_keys={"night"},
    kinds={"sqlite"},
    check_specs=[
        dg.AssetCheckSpec(
            LAW,
            asset="settled_deliveries",
            blocking=True,
            description="in_file = processed + quarantined + duplicate + erased, for every delivery",
        )
    ],
)
def settled_deliveries(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Which deliveries count, which rows of them count, and what became of the others."""
    opened = _night(context)
    changed = opened.settle()
    _log_organisations(context, Counter(one.organisation_id for one in changed), "settled")
    yield dg.MaterializeResult(metadata={"changed": len(changed), **opened.counts()})
    yield conservation_law(LAW, [one for outcomes in opened.outcomes.values() for one in outcomes])


@dg.asset(group_name=INTAKE, deps=[settled_deliveries], required_resource_keys={"night"}, kinds={"json"})
def receipts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """An answer in the organisation's own folder for everything it dropped."""
    return dg.MaterializeResult(metadata={"written": _night(context).answer()})


class _Translator(DagsterDbtTranslator):
    """dbt sources are what intake wrote; every other node keeps its schema and name."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            is_landed = dbt_resource_props["source_name"] == "landed"
            return dg.AssetKey("landed_responses" if is_landed else "settled_deliveries")
        return dg.AssetKey([dbt_resource_props.get("schema") or "reference", dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props.get("schema") or "reference")


TRANSLATOR = _Translator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))


def warehouse_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The dbt project's seeds and models as assets and its data tests as checks; one dbt invocation builds them."""

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        required_resource_keys={"night"},
        dagster_dbt_translator=TRANSLATOR,
    )
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        opened = _night(context)
        if not opened.has_news():
            context.log.info("Nothing changed since the last publication: no model runs.")
            return
        total = sum(1 for node in manifest["nodes"].values() if node["resource_type"] != "unit_test")
        with progress("rekenen", total) as advance:
            build = opened.transform(lambda name: advance())
        for node in build.nodes:
            yield from _events(manifest, node)
        if build.failed:
            names = ", ".join(node.unique_id for node in build.failed)
            raise WarehouseError(f"dbt reports {names}")

    return warehouse


def _events(manifest: Mapping[str, Any], node: NodeResult) -> Iterator[Any]:
    if node.resource_type in ("model", "seed") and node.passed:
        key = TRANSLATOR.get_asset_spec(manifest, node.unique_id, None).key
        yield dg.MaterializeResult(asset_key=key, metadata={"seconds": node.seconds})
    elif node.unique_id in manifest["nodes"] and node.resource_type == "test":
        check = get_asset_check_key_for_test(manifest, TRANSLATOR, node.unique_id, None)
        if check is not None:
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=node.passed,
                metadata={"failures": node.failures or 0},
            )


def publication_assets(marts: list[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """What follows the marts: disclosure audit, published snapshot, receipts that name it, dashboards."""

    @dg.asset(
        group_name=PUBLICATION,
        deps=marts,
        required_resource_keys={"night"},
        kinds={"python"},
        check_specs=[
            dg.AssetCheckSpec(
                UNRECOVERABLE,
                asset="disclosure_audit",
                blocking=True,
                description="no hidden figure can be computed from the shown ones",
            )
        ],
    )
    def disclosure_audit(context: dg.AssetExecutionContext) -> Iterator[Any]:
        """An attack on the marts by subtraction and intervals; anything found stops the publication."""
        found = _night(context).audit()
        yield dg.MaterializeResult(metadata={"recoverable": len(found)})
        yield disclosure_check(UNRECOVERABLE, found)

    @dg.asset(
        group_name=PUBLICATION,
        deps=[disclosure_audit, *marts],
        required_resource_keys={"night"},
        kinds={"duckdb"},
        check_specs=[
            dg.AssetCheckSpec(
                "manifest_holds",
                asset="published_snapshot",
                description="the published file has the hashes that its manifest names",
            )
        ],
    )
    def published_snapshot(context: dg.AssetExecutionContext) -> Iterator[Any]:
        """The marts in a file of their own, reached through an atomically swapped link."""
        opened = _night(context)
        published = opened.publish()
        tables = published.manifest["tables"]
        yield dg.MaterializeResult(
            metadata={
                "snapshot_id": published.snapshot_id,
                "is_new": published.is_new,
                **{f"rows_{name}": entry["rows"] for name, entry in tables.items()},
            }
        )
        yield manifest_check("manifest_holds", opened.installation.settings.published)

    @dg.asset(
        group_name=PUBLICATION, deps=[published_snapshot], required_resource_keys={"night"}, kinds={"json"}
    )
    def confirmed_receipts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Receipts that name the publication their figures stand in."""
        return dg.MaterializeResult(metadata={"written": _night(context).confirm()})

    @dg.asset(
        group_name=PUBLICATION, deps=[confirmed_receipts], required_resource_keys={"night"}, kinds={"parquet"}
    )
    def retained_counts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Counts in the place of answers whose retention term is over, now that their figures are published."""
        return dg.MaterializeResult(metadata={"deliveries": _night(context).retain()})

    @dg.asset(
        group_name=PUBLICATION,
        deps=[published_snapshot],
        required_resource_keys={"night"},
        kinds={"superset"},
    )
    def refreshed_dashboards(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """The dashboards of a running Superset over the new publication; where none is configured, nothing."""
        published = _night(context).published
        refreshed = refresh_dashboards(published.snapshot_id) if published else Refreshed(False, None)
        if refreshed.fault:
            context.log.warning(refreshed.fault)
            record("refresh", "dashboards", "failed", reason=refreshed.fault)
        return dg.MaterializeResult(
            metadata={
                "is_configured": refreshed.is_configured,
                "is_verified": refreshed.is_configured and refreshed.fault is None,
                "charts_broken": list(refreshed.charts_broken),
            }
        )

    return [disclosure_audit, published_snapshot, confirmed_receipts, retained_counts, refreshed_dashboards]
