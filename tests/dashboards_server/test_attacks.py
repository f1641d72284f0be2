"""What must not be possible, each tried as the person who would gain by it, with the control that it could."""

from __future__ import annotations

import json

import pytest
import requests

from dashboards.client import Superset
from tests.dashboards_server.server import FIRST_DATABASE, Server, browse, dataset_id, question, sql

COUNT = {"label": "n", "expressionType": "SQL", "sqlExpression": "count(*)"}
OWN = ["organisation_id"]
HOST_FILE = "/etc/passwd"
REFUSED = (400, 403, 404, 422, 500)


def organisations(answer: requests.Response) -> set[str]:
    """The organisations of whom an answer has rows."""
    assert answer.ok, answer.status_code
    (result,) = answer.json()["result"]
    return {row["organisation_id"] for row in result["data"]}


def ask(user: Superset, content: dict[str, object]) -> requests.Response:
    return user.request("POST", "/api/v1/chart/data", content)


def assert_refused(answer: requests.Response) -> None:
    """Refused, and nothing of a file of the host in the refusal."""
    assert answer.status_code in REFUSED, answer.status_code
    assert "root:" not in answer.text


# Reading files of the host


def test_sql_lab_reads_the_published_file(server: Server, analyst: Superset) -> None:
    answer = sql(analyst, "select count(distinct organisation_id) as n from marts.kpi")
    assert answer.ok and answer.json()["data"] == [{"n": len(server.organisations)}]


@pytest.mark.parametrize("text", [
    f"select * from read_csv('{HOST_FILE}', header = false, sep = '|')",
    f"select * from read_text('{HOST_FILE}')",
    f"select content::varchar from read_blob('{HOST_FILE}')",
    f"from '{HOST_FILE}.csv'",
    "select * from glob('/etc/*')",
    "select * from sniff_csv('/etc/passwd')",
    f"select * from query('from read_text(''{HOST_FILE}'')')",
    "attach '/tmp/other.duckdb' as other",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "reset lock_configuration",
])  # fmt: skip
def test_sql_lab_reads_no_file(analyst: Superset, text: str) -> None:
    assert_refused(sql(analyst, text))


@pytest.mark.parametrize("name", ["analyst", "admin"])
def test_a_virtual_dataset_reads_no_file(
    name: str, request: pytest.FixtureRequest, analyst: Superset
) -> None:
    user: Superset = request.getfixturevalue(name)
    made = user.request("POST", "/api/v1/dataset/", {
        "database": FIRST_DATABASE, "schema": "marts", "table_name": f"bestand_{name}",
        "sql": f"select * from read_text('{HOST_FILE}')",
    })  # fmt: skip
    assert "root:" not in made.text
    if made.ok:
        assert_refused(ask(user, question(made.json()["id"], ["content"])))
        user.request("DELETE", f"/api/v1/dataset/{made.json()['id']}")
    else:
        assert made.status_code in REFUSED


@pytest.mark.parametrize("expression", [
    f"(select content from read_text('{HOST_FILE}'))",
    f"max((select any_value(content) from read_text('{HOST_FILE}')))",
    "getenv('SUPERSET_SECRET_KEY')",
])  # fmt: skip
def test_a_chart_reads_no_file_and_no_secret(analyst: Superset, admin: Superset, expression: str) -> None:
    metric = {"label": "x", "expressionType": "SQL", "sqlExpression": expression}
    assert_refused(ask(analyst, question(dataset_id(admin, "kpi"), [], {"metrics": [metric]})))


@pytest.mark.parametrize("uri", [
    "duckdb:///:memory:", "duckdb:////etc/other.duckdb", "sqlite:////tmp/x.db", "duckdb:///md:other", "duckdb://",
])  # fmt: skip
def test_no_other_database_can_be_added(admin: Superset, uri: str) -> None:
    answer = admin.request("POST", "/api/v1/database/", {"database_name": "ander", "sqlalchemy_uri": uri})
    assert answer.status_code in REFUSED


# Writing


@pytest.mark.parametrize("text", [
    "create table marts.x as select 1",
    "create temp table x as select 1",
    "drop table marts.kpi",
    "delete from marts.kpi",
    "update marts.kpi set value = 0",
    "insert into marts.snapshot select * from marts.snapshot",
    "copy marts.kpi to '/tmp/kpi.csv'",
    "export database '/tmp/export'",
    "select 1; drop table marts.kpi",
])  # fmt: skip
def test_nobody_writes(analyst: Superset, text: str) -> None:
    assert_refused(sql(analyst, text))
    assert sql(analyst, "select count(*) > 0 as n from marts.kpi").json()["data"] == [{"n": True}]


def test_an_organisation_cannot_edit_a_dataset(uwv: Superset, admin: Superset) -> None:
    kpi = dataset_id(admin, "kpi")
    assert_refused(uwv.request("PUT", f"/api/v1/dataset/{kpi}", {"sql": "select 1"}))


def test_an_analyst_cannot_edit_a_dataset(analyst: Superset, admin: Superset) -> None:
    kpi = dataset_id(admin, "kpi")
    assert_refused(analyst.request("PUT", f"/api/v1/dataset/{kpi}", {"sql": "select 1"}))


def test_an_organisation_cannot_lift_its_rule(uwv: Superset) -> None:
    assert_refused(uwv.request("GET", "/api/v1/rowlevelsecurity/"))
    assert_refused(uwv.request("POST", "/api/v1/rowlevelsecurity/", {"name": "x", "clause": "1 = 1"}))
    assert_refused(uwv.request("POST", "/api/v1/meethuis/refresh"))


def test_an_analyst_cannot_change_access(analyst: Superset) -> None:
    assert_refused(analyst.request("POST", "/api/v1/rowlevelsecurity/", {"name": "x", "clause": "1 = 1"}))
    assert_refused(analyst.request("POST", "/api/v1/security/users/", {"username": "x"}))
    assert_refused(analyst.request("POST", "/api/v1/meethuis/refresh"))


# Rows of another organisation


def test_an_analyst_sees_all_organisations(server: Server, analyst: Superset, admin: Superset) -> None:
    answer = ask(analyst, question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT]}))
    assert organisations(answer) == server.organisations


def test_without_a_role_of_ours_there_is_no_row(server: Server, admin: Superset) -> None:
    reader = server.sign_in("lezer")
    answer = ask(reader, question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT]}))
    assert answer.status_code in REFUSED or not organisations(answer)


def test_chart_data_holds_own_rows(uwv: Superset, admin: Superset) -> None:
    answer = ask(uwv, question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT]}))
    assert organisations(answer) == {"uwv"}


@pytest.mark.parametrize("query", [
    {"filters": [{"col": "organisation_id", "op": "==", "val": "kvk"}]},
    {"extras": {"where": "organisation_id = 'kvk'", "having": ""}},
    {"extras": {"where": "1 = 1) or (1 = 1", "having": ""}},
    {"is_timeseries": False, "orderby": [["organisation_id", True]], "row_offset": 0},
])  # fmt: skip
def test_no_filter_reaches_others(uwv: Superset, admin: Superset, query: dict[str, object]) -> None:
    answer = ask(uwv, question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT], **query}))
    assert answer.status_code in REFUSED or organisations(answer) <= {"uwv"}


def test_government_wide_figures_are_for_every_organisation(uwv: Superset, admin: Superset) -> None:
    # A database gives groups back in any order.
    asked = question(
        dataset_id(admin, "government"), ["kpi_id"], {"metrics": [COUNT], "orderby": [["kpi_id", True]]}
    )
    rows = [ask(user, asked).json()["result"][0]["data"] for user in (uwv, admin)]
    assert rows[0] == rows[1] != []


def test_csv_export_holds_own_rows(uwv: Superset, admin: Superset) -> None:
    content = question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT]}, result_format="csv")
    answer = ask(uwv, content)
    assert answer.ok and "uwv" in answer.text
    assert "kvk" not in answer.text and "gm0344" not in answer.text


def test_drill_to_detail_holds_own_rows(server: Server, admin: Superset) -> None:
    path = f"/datasource/samples?datasource_id={dataset_id(admin, 'kpi')}&datasource_type=table&per_page=1000"
    found = {}
    for username in ("uwv", "analist"):
        answer = browse(server.url, username).post(server.url + path, json={"filters": []}, timeout=60)
        assert answer.ok, answer.status_code
        found[username] = {row["organisation_id"] for row in answer.json()["result"]["data"]}
    assert found["uwv"] == {"uwv"} and found["analist"] - {"uwv"}


def test_drill_to_detail_by_chart_data_holds_own_rows(uwv: Superset, admin: Superset) -> None:
    answer = ask(uwv, question(dataset_id(admin, "kpi"), [], result_type="drill_detail"))
    assert organisations(answer) == {"uwv"}


def ask_as_a_map(server: Server, username: str, dataset: int, **form: object) -> requests.Response:
    """The map asks by an older way, which takes any question that a map could ask."""
    form = {
        "datasource": f"{dataset}__table", "viz_type": "country_map", "select_country": "netherlands",
        "entity": OWN[0], "metric": COUNT, "row_limit": 10000, **form,
    }  # fmt: skip
    session = browse(server.url, username)
    return session.post(
        f"{server.url}/superset/explore_json/", data={"form_data": json.dumps(form)}, timeout=60
    )


def test_a_map_holds_own_rows(server: Server, admin: Superset) -> None:
    kpi = dataset_id(admin, "kpi")
    answers = {name: ask_as_a_map(server, name, kpi).json() for name in ("analist", "uwv")}
    found = {name: {row["country_id"] for row in answer["data"]} for name, answer in answers.items()}
    assert found == {"analist": server.organisations, "uwv": {"uwv"}}


@pytest.mark.parametrize("form", [
    {"adhoc_filters": [{"expressionType": "SQL", "clause": "WHERE", "sqlExpression": "1 = 1) or (1 = 1"}]},
    {"adhoc_filters": [{"expressionType": "SQL", "clause": "WHERE", "sqlExpression": "organisation_id = 'kvk'"}]},
    {"metric": {**COUNT, "sqlExpression": f"max((select any_value(content) from read_text('{HOST_FILE}')))"}},
    {"metric": {**COUNT, "sqlExpression": "(select string_agg(organisation_id) from marts.kpi)"}},
])  # fmt: skip
def test_no_question_of_a_map_reaches_others(
    server: Server, admin: Superset, form: dict[str, object]
) -> None:
    answer = ask_as_a_map(server, "uwv", dataset_id(admin, "kpi"), **form)
    rows = (answer.json().get("data") or []) if answer.ok else []
    assert "root:" not in answer.text and {row["country_id"] for row in rows} <= {"uwv"}
    assert not [row for row in rows if "kvk" in str(row)]


def test_filter_values_are_own(uwv: Superset, admin: Superset) -> None:
    kpi = dataset_id(admin, "kpi")
    answer = uwv.request("GET", f"/api/v1/datasource/table/{kpi}/column/organisation_id/values/")
    assert answer.status_code in REFUSED or set(answer.json()["result"]) == {"uwv"}


@pytest.mark.parametrize("text", [
    "select * from marts.kpi",
    "summarize marts.kpi",
    "pivot marts.kpi on organisation_id using count(*)",
    "prepare x as select * from marts.kpi; execute x",
])  # fmt: skip
def test_an_organisation_has_no_sql_lab(uwv: Superset, text: str) -> None:
    assert_refused(sql(uwv, text))


def test_a_cached_result_of_another_is_not_given(server: Server, analyst: Superset, admin: Superset) -> None:
    content = question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT]}, force=False)
    assert organisations(ask(analyst, content)) == server.organisations
    assert organisations(ask(server.sign_in("kvk"), content)) == {"kvk"}
    assert organisations(ask(server.sign_in("uwv"), content)) == {"uwv"}


def test_a_cache_key_of_another_is_not_given(analyst: Superset, uwv: Superset, admin: Superset) -> None:
    content = question(dataset_id(admin, "kpi"), OWN, {"metrics": [COUNT]}, force=False)
    key = ask(analyst, content).json()["result"][0]["cache_key"]
    assert_refused(uwv.request("GET", f"/api/v1/chart/data/{key}"))


def test_a_saved_chart_holds_own_rows(server: Server, uwv: Superset, admin: Superset) -> None:
    """Every imported chart, asked by its number: no name or id of another organisation in the answer."""
    charts = admin.everything("chart")
    assert charts
    others = server.organisations - {"uwv"}
    for chart in charts:
        answer = uwv.request("GET", f"/api/v1/chart/{chart['id']}/data/")
        if answer.ok:
            rows = [row for result in answer.json()["result"] for row in result["data"]]
            found = {value for row in rows for key, value in row.items() if key.endswith("organisation_id")}
            assert not found & others, chart["slice_name"]
            assert "Kamer van Koophandel" not in json.dumps(rows), chart["slice_name"]
