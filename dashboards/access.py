"""Access: who sees which dashboards and which rows, decided from `access.yml`.

Belongs here: the decision, as a value that can be read and tested without a server. Does not belong here: telling
Superset (`roles`).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ACCESS = Path(__file__).with_name("access.yml")
ADMIN = "Admin"
_ORGANISATION_ID = re.compile(r"[a-z0-9_]+")
_HIDDEN_GRADE = "comparability_grade is distinct from 'X'"


class AccessError(Exception):
    """What was imported and what `access.yml` names do not agree; the start stops."""


@dataclass(frozen=True)
class Rule:
    """A row level security rule of Superset. Regular rules of one group add up; a base rule binds all but `roles`."""

    name: str
    is_base: bool
    clause: str
    roles: tuple[str, ...]
    datasets: tuple[str, ...]
    group: str | None


@dataclass(frozen=True)
class Access:
    """`access.yml`, for the organisations that there are."""

    datasets: Mapping[str, str]
    dashboards: Mapping[str, tuple[str, ...]]
    analyst: str
    analyst_like: tuple[str, ...]
    analyst_permissions: tuple[tuple[str, str], ...]
    organisation_permissions: tuple[tuple[str, str], ...]
    organisation_roles: Mapping[str, str]

    def roles_of(self, slug: str) -> list[str]:
        """The roles that open a dashboard."""
        kinds = self.dashboards[slug]
        organisations = list(self.organisation_roles.values()) if "organisation" in kinds else []
        return ([self.analyst] if "analyst" in kinds else []) + organisations

    def rules(self, columns: Mapping[str, Collection[str]]) -> list[Rule]:
        """Every rule over the datasets, given as name and columns; raises AccessError when they do not fit."""
        self._check_datasets(columns)
        everyone = (ADMIN, self.analyst, *self.organisation_roles.values())
        own = tuple(sorted(name for name in columns if self.datasets[name] == "organisation"))
        graded = tuple(sorted(name for name, found in columns.items() if "comparability_grade" in found))
        rules = [Rule("meethuis: niets zonder rol", True, "1 = 0", everyone, tuple(sorted(columns)), None)]
        if graded:
            # Own items of an organisation are for itself.
            rules.append(
                Rule("meethuis: eigen vragen", False, _HIDDEN_GRADE, (self.analyst, ADMIN), graded, "grade")
            )
        return rules + [
            Rule(f"meethuis: {role}", False, f"organisation_id = '{one}'", (role,), own, "organisation")
            for one, role in self.organisation_roles.items()
            if own
        ]

    def check_dashboards(self, slugs: Iterable[str]) -> None:
        """Raise AccessError unless exactly the named dashboards were imported."""
        found, named = set(slugs), set(self.dashboards)
        if found != named:
            raise AccessError(
                f"dashboards/access.yml does not fit the dashboards: without access {sorted(found - named)}, "
                f"named but missing {sorted(named - found)}"
            )

    def _check_datasets(self, columns: Mapping[str, Collection[str]]) -> None:
        if unnamed := sorted(columns.keys() - self.datasets.keys()):
            raise AccessError(f"dashboards/access.yml says of no role what it sees of the datasets {unnamed}")
        for name, found in columns.items():
            if self.datasets[name] == "organisation" and "organisation_id" not in found:
                raise AccessError(f"dataset {name} has no column organisation_id to tell whose rows they are")
            if self.datasets[name] == "everyone" and "organisation_id" in found:
                raise AccessError(
                    f"dataset {name} has rows of single organisations; access.yml gives it to everyone"
                )


def read_access(organisations: Iterable[str], file: Path = ACCESS) -> Access:
    """The access of these organisations; raises AccessError for an id that is none."""
    given: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    analyst, organisation = given["roles"]["analyst"], given["roles"]["organisation"]
    ids = sorted(set(organisations))
    if strange := [one for one in ids if not _ORGANISATION_ID.fullmatch(one)]:
        raise AccessError(
            f"{len(strange)} organisation ids in the publication are not made of a-z, 0-9 and _"
        )
    return Access(
        datasets=given["datasets"],
        dashboards={slug: tuple(kinds) for slug, kinds in given["dashboards"].items()},
        analyst=analyst["name"],
        analyst_like=tuple(analyst["like"]),
        analyst_permissions=_pairs(analyst),
        organisation_permissions=_pairs(organisation),
        organisation_roles={one: organisation["name"].format(organisation_id=one) for one in ids},
    )


def _pairs(role: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((action, view) for action, view in role["permissions"])


def organisation_of(role: str, file: Path = ACCESS) -> str | None:
    """The organisation that a role of Superset stands for, if any."""
    given = yaml.safe_load(file.read_text(encoding="utf-8"))["roles"]["organisation"]["name"]
    before, _, after = given.partition("{organisation_id}")
    is_one = role.startswith(before) and role.endswith(after) and len(role) > len(before) + len(after)
    return role[len(before) : len(role) - len(after)] if is_one else None
