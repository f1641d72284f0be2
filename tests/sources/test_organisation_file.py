"""The file with an organisation's own settings."""

from pathlib import Path

import pytest

from sources.limits import DEFAULT_LIMITS
from sources.organisation_file import OrganisationFile, OrganisationFileError, load_organisation_file


def load(folder: Path, text: str) -> OrganisationFile:
    (folder / "uwv").mkdir(exist_ok=True)
    (folder / "uwv" / "organisation.yml").write_text(text)
    return load_organisation_file(folder, "uwv")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_organisation_file(tmp_path, "uwv") == OrganisationFile() == load(tmp_path, "")


def test_a_store_credentials_and_limits(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "source_uri: sftp://files.example.nl:2222/uit/klantonderzoek\n"
        "credentials: {username: UWV_SFTP_USER, private_key: UWV_SFTP_KEY}\n"
        "limits: {rows: 5000, cpu_seconds: 2.5}\n",
    )
    assert found.source_uri == "sftp://files.example.nl:2222/uit/klantonderzoek"
    assert found.credentials == {"username": "UWV_SFTP_USER", "private_key": "UWV_SFTP_KEY"}
    assert (found.limits.rows, found.limits.cpu_seconds) == (5000, 2.5)
    assert found.limits.columns == DEFAULT_LIMITS.columns


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("source_url: /srv\n", "document"),
        ("- 1\n", "document"),
        ("source_uri: ftp://host/x\n", "source_uri"),
        ("source_uri: relative/path\n", "source_uri"),
        ("source_uri: s3://key:canary@bucket\n", "source_uri"),
        ("source_uri: sftp://me:canary@host/x\n", "source_uri"),
        ("credentials: {username: A}\n", "document"),
        ("source_uri: s3://b\ncredentials: {access_key_id: canary-in-place}\n", "credentials.access_key_id"),
        ("source_uri: s3://b\ncredentials: {canary: A}\n", "credentials"),
        ("source_uri: s3://b\ncredentials: {username: A}\n", "credentials.username"),
        ("source_uri: /srv\ncredentials: {username: A}\n", "credentials.username"),
        ("limits: {rows: many}\n", "limits.rows"),
        ("limits: {rows: 0}\n", "limits.rows"),
        ("limits: {rows: -5}\n", "limits.rows"),
        ("limits: {cells: 5}\n", "limits"),
        ("limits: 5\n", "limits"),
        ("source_uri: /a\n---\nsource_uri: /b\n", "document"),
        ("a: [\n", "file"),
    ],
)
def test_a_fault_is_said_with_its_place_and_shows_no_credential(
    tmp_path: Path, text: str, field: str
) -> None:
    with pytest.raises(OrganisationFileError) as caught:
        load(tmp_path, text)
    assert field in {issue.field for issue in caught.value.issues}
    assert "canary" not in str(caught.value)
    assert "uwv/organisation.yml" in str(caught.value)
