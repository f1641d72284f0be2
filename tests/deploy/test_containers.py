"""The container files: nothing is open to others, nothing runs as root, nothing comes from a place they name."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

CLONE = Path(__file__).resolve().parents[2]
DEPLOY = CLONE / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def test_every_published_port_is_on_loopback() -> None:
    ports = [str(port) for service in SERVICES.values() for port in service.get("ports", ())]
    assert sorted(ports) == ["127.0.0.1:3000:3000", "127.0.0.1:8088:8088"]


def test_nobody_uses_the_network_of_the_host() -> None:
    assert not any(
        {"network_mode", "privileged", "pid", "ipc", "cap_add"} & set(one) for one in SERVICES.values()
    )


def test_the_web_interface_cannot_start_anything() -> None:
    starts = [str(one.get("command", "")) for one in SERVICES.values() if "dagster-webserver" in str(one)]
    assert starts
    assert all("dagster-webserver --read-only " in one for one in starts)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_can_change_nothing_but_its_volumes(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] in ("10001:10001", "postgres")
    assert service["mem_limit"]
    assert service["pids_limit"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"meethuis"}))
def test_a_standing_container_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_only_what_reads_the_bucket_has_a_way_out() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    with_a_way_out = {name for name, one in SERVICES.items() if "store" in one["networks"]}
    assert with_a_way_out == {"dagster-daemon", "meethuis"}


def test_the_dashboards_and_the_web_interface_see_no_delivery() -> None:
    for name in ("superset", "dagster-webserver", "postgres"):
        volumes = [str(volume) for volume in SERVICES[name].get("volumes", ())]
        assert not [one for one in volumes if one.startswith(("work:", "${BUCKET")) or "/bucket" in one]
    assert "published:/srv/meethuis/published:ro" in SERVICES["superset"]["volumes"]


def test_secrets_are_files() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEYS", variable):
                assert value.startswith("/run/secrets/"), (name, variable)
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), (name, variable)
    assert all(list(secret) == ["file"] for secret in COMPOSE["secrets"].values())


def test_images_have_a_version_and_no_registry() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += re.findall(r"^ARG BASE=(\S+)$", CONTAINERFILE, re.M)
    assert len(images) == len(SERVICES) + 1
    for image in images:
        plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", image)
        assert re.fullmatch(r"[a-z-]+:(\d[\w.-]*|\$\{RELEASE:\?[^}]*\})", plain), image
    bases = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.M)
    stages = re.findall(r"^FROM \S+ AS (\S+)$", CONTAINERFILE, re.M)
    assert all(base == "${BASE}" or base in stages for base in bases)


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_no_file_names_a_place_to_fetch_from(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"docker\.io|quay\.io|ghcr\.io|gcr\.io|pypi\.org|index-url|:latest", text)
    # This machine, or a service of the compose file itself.
    assert not re.search(rf"https?://(?!127\.0\.0\.1|(?:{'|'.join(SERVICES)}):)", text)


def test_every_package_is_installed_by_its_hash() -> None:
    installs = re.findall(r"pip install ([^\n&]*)", CONTAINERFILE)
    assert len(installs) == 3
    from_a_lock = [one for one in installs if "-r requirements/" in one]
    assert all("--require-hashes" in one for one in from_a_lock)
    assert [one.split() for one in installs if one not in from_a_lock] == [
        ["--no-deps", "--no-build-isolation", "--editable", ".", "\\"]
    ]


def test_both_images_end_as_an_ordinary_user() -> None:
    stages = re.split(r"^FROM ", CONTAINERFILE, flags=re.M)[1:]
    by_name = {stage.split("\n", 1)[0].rpartition(" AS ")[2]: stage for stage in stages}
    for name in ("pipeline", "dashboards"):
        assert re.findall(r"^USER (\S+)$", by_name[name], re.M) == ["meethuis"]


def test_only_named_folders_come_into_an_image() -> None:
    lines = (CLONE / ".containerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not [rule for rule in rules if rule.startswith("!") and ("data" in rule or "env" in rule)]
    assert (DEPLOY / "Containerfile.dockerignore").resolve() == CLONE / ".containerignore"
