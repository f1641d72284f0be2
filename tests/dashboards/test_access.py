"""Who sees what is decided as `access.yml` says, without a server; tests/dashboards_server tries it on one."""

from __future__ import annotations

import pytest

from dashboards.access import ADMIN, AccessError, Rule, organisation_of, read_access
from dashboards.marts import marts
from dashboards.pages import ORDER

ORGANISATIONS = ["uwv", "gm0344"]
COLUMNS = {"kpi": ["organisation_id", "kpi_id", "comparability_grade"], "government": ["kpi_id"]}


def rules(columns: dict[str, list[str]] = COLUMNS) -> dict[str, Rule]:
    """The rules over these datasets by name."""
    return {rule.name: rule for rule in read_access(ORGANISATIONS).rules(columns)}


def test_every_mart_and_every_dashboard_is_named() -> None:
    access = read_access(ORGANISATIONS)
    assert access.datasets.keys() == marts().keys()
    access.check_dashboards(ORDER)
    access.rules({name: list(mart.columns) for name, mart in marts().items()})


def test_nobody_sees_a_row_without_a_role() -> None:
    (base,) = [rule for rule in rules().values() if rule.is_base]
    assert base.clause == "1 = 0"
    assert base.datasets == ("government", "kpi")
    assert set(base.roles) == {ADMIN, "BZK-analist", "Organisatie uwv", "Organisatie gm0344"}


def test_an_organisation_sees_its_own_rows_and_no_others() -> None:
    own = rules()["meethuis: Organisatie uwv"]
    assert (own.clause, own.roles, own.datasets) == (
        "organisation_id = 'uwv'",
        ("Organisatie uwv",),
        ("kpi",),
    )


def test_own_questions_of_an_organisation_are_hidden_from_everybody_else() -> None:
    hidden = rules()["meethuis: eigen vragen"]
    assert hidden.clause == "comparability_grade is distinct from 'X'"
    assert set(hidden.roles) == {"BZK-analist", ADMIN} and hidden.datasets == ("kpi",)


def test_rules_of_one_person_narrow_each_other_only_in_their_own_group() -> None:
    groups = {rule.group for rule in rules().values() if "BZK-analist" in rule.roles}
    assert groups == {None, "grade"}
    assert {rule.group for rule in rules().values() if "Organisatie uwv" in rule.roles} == {
        None,
        "organisation",
    }


def test_a_dashboard_is_opened_by_the_roles_that_it_names() -> None:
    assert read_access(ORGANISATIONS).roles_of("briefing") == [
        "BZK-analist", "Organisatie gm0344", "Organisatie uwv",
    ]  # fmt: skip


@pytest.mark.parametrize(("columns", "message"), [
    ({"answers": ["organisation_id"]}, "says of no role"),
    ({"kpi": ["kpi_id"]}, "no column organisation_id"),
    ({"government": ["organisation_id"]}, "rows of single organisations"),
])  # fmt: skip
def test_a_dataset_that_does_not_fit_stops_the_start(columns: dict[str, list[str]], message: str) -> None:
    with pytest.raises(AccessError, match=message):
        rules(columns)


@pytest.mark.parametrize(("slugs", "message"), [
    ([*ORDER, "nieuw"], r"without access \['nieuw'\]"),
    (ORDER[1:], r"named but missing \['briefing'\]"),
])  # fmt: skip
def test_a_dashboard_that_does_not_fit_stops_the_start(slugs: list[str], message: str) -> None:
    with pytest.raises(AccessError, match=message):
        read_access(ORGANISATIONS).check_dashboards(slugs)


@pytest.mark.parametrize("strange", ["uwv' or '1' = '1", "UWV", "", "gm0344 "])
def test_an_id_that_could_be_sql_stops_the_start_and_is_not_told(strange: str) -> None:
    with pytest.raises(AccessError) as error:
        read_access([strange])
    assert not strange or strange not in str(error.value)


def test_a_role_tells_its_organisation_and_others_none() -> None:
    roles = read_access(ORGANISATIONS).organisation_roles
    assert {organisation_of(role) for role in roles.values()} == set(ORGANISATIONS)
    assert [organisation_of(role) for role in ("Admin", "BZK-analist", "Organisatie ")] == [None] * 3
