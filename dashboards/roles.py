"""Roles: the decisions of `access` carried into Superset.

Belongs here: roles, their permissions, dashboard roles and row level security in Superset's metadata, in one
transaction. Does not belong here: deciding them.
"""

from collections.abc import Iterable

from superset import db, security_manager
from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable
from superset.models.core import Database
from superset.models.dashboard import Dashboard

from dashboards.access import ADMIN, Access, AccessError, organisation_of, read_access

_OWN_RULES = "meethuis: %"
_ADMIN_VIEW = "Meethuis"


def apply_access(published: Iterable[str]) -> Access:
    """Give every role what `access.yml` says; `published` are the organisations with figures.

    A role of an organisation that is no longer published keeps its rule: without one it would see every row. Raises
    AccessError when imported dashboards or datasets have no rule.
    """
    standing = {organisation_of(role.name) for role in security_manager.get_all_roles()} - {None}
    access = read_access({*published, *(one for one in standing if one)})
    tables = {
        table.table_name: table for table in db.session.query(SqlaTable).filter_by(is_managed_externally=True)
    }
    rules = access.rules(
        {name: {column.column_name for column in table.columns} for name, table in tables.items()}
    )
    own_dashboards = db.session.query(Dashboard).filter_by(is_managed_externally=True).all()
    access.check_dashboards(dashboard.slug for dashboard in own_dashboards)

    roles = {ADMIN: security_manager.find_role(ADMIN), access.analyst: _analyst(access)}
    permissions = [_permission(action, view) for action, view in access.organisation_permissions]
    readable = [_permission("datasource_access", table.perm) for table in tables.values()]
    for name in access.organisation_roles.values():
        roles[name] = _role(name)
        roles[name].permissions = [*permissions, *readable]
    for dashboard in own_dashboards:
        dashboard.roles = [roles[name] for name in access.roles_of(dashboard.slug)]
    standing_rules = db.session.query(RowLevelSecurityFilter).filter(
        RowLevelSecurityFilter.name.like(_OWN_RULES)
    )
    former = {rule.name: rule for rule in standing_rules}
    for rule in rules:
        row = former.pop(rule.name, None) or RowLevelSecurityFilter(name=rule.name)
        row.filter_type = "Base" if rule.is_base else "Regular"
        row.clause, row.group_key = rule.clause, rule.group
        row.description = "Uit dashboards/access.yml; wordt bij elke start opnieuw gezet"
        row.roles = [roles[name] for name in rule.roles]
        row.tables = [tables[name] for name in rule.datasets]
        db.session.add(row)
    for row in former.values():
        db.session.delete(row)
    db.session.commit()
    return access


def _analyst(access: Access):  # type: ignore[no-untyped-def]
    role = _role(access.analyst)
    found = {
        one.id: one for name in access.analyst_like for one in security_manager.find_role(name).permissions
    }
    database = db.session.query(Database).filter_by(is_managed_externally=True).one()
    role.permissions = [
        *(one for one in found.values() if one.view_menu.name != _ADMIN_VIEW),
        *(_permission(action, view) for action, view in access.analyst_permissions),
        _permission("database_access", database.perm),
    ]
    return role


def _role(name: str):  # type: ignore[no-untyped-def]
    return security_manager.find_role(name) or security_manager.add_role(name)


def _permission(action: str, view: str):  # type: ignore[no-untyped-def]
    found = security_manager.find_permission_view_menu(action, view)
    if found is None:
        raise AccessError(f"dashboards/access.yml: Superset knows no permission {action} on {view}")
    return found
