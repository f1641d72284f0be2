"""Bootstrap: an empty or older Superset brought to what this folder says, in one process.

Belongs here: migrations, the administrator, the import of the bundle, roles. Does not belong here: deciding whether it
is needed (`start`).
"""

from pathlib import Path
from typing import Any

import superset
import yaml

from dashboards import bundle

_MANAGED = ("databases/", "datasets/", "charts/", "dashboards/")


def bootstrap(organisations: tuple[str, ...], admin: str, password: str | None) -> None:
    """Migrate, set the administrator (an existing one keeps its password without a new one), import, give access."""
    from superset.app import create_app

    app = create_app()
    # Superset's models can be imported once there is an application only.
    from dashboards.roles import apply_access

    with app.app_context():
        _migrate()
        _synchronise_permissions()
        user = _administrator(admin, password)
        _import(asset_contents(), user)
        apply_access(organisations)


def asset_contents() -> dict[str, str]:
    """The bundle as Superset imports it: path and text, and marked as ours to manage."""
    contents = {}
    for name, content in bundle.assets().items():
        if name.startswith(_MANAGED):
            content["is_managed_externally"] = True
        contents[name] = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    return contents


def _migrate() -> None:
    from flask_migrate import upgrade

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))


def _synchronise_permissions() -> None:
    from superset import appbuilder, security_manager

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def _administrator(name: str, password: str | None):  # type: ignore[no-untyped-def]
    from superset import security_manager

    user = security_manager.find_user(username=name)
    if user is None:
        return security_manager.add_user(
            name,
            "Beheer",
            "Meethuis",
            f"{name}@localhost",
            security_manager.find_role("Admin"),
            password=password,
        )
    if password is not None:
        security_manager.reset_password(user.id, password)
    return user


def _import(contents: dict[str, str], user: Any) -> None:
    from superset import db
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice
    from superset.utils.core import override_user

    with override_user(user):
        ImportAssetsCommand(contents).run()
        imported = {str(yaml.safe_load(text).get("uuid")) for text in contents.values()}
        # What was taken out of the folder would otherwise stay, with the rights it had.
        for model in (Dashboard, Slice, SqlaTable):
            for row in db.session.query(model).filter_by(is_managed_externally=True):
                if str(row.uuid) not in imported:
                    db.session.delete(row)
        db.session.commit()
