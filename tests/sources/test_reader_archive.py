"""A packed delivery: one file is read as if it lay there; an archive that hides something is refused."""

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from sources.limits import Limits
from tests.sources.reader_desk import HEADER, Desk, codes

TEXT = f"{HEADER}\nr1;03-03-2025;7;4;prima\nr2;04-03-2025;8;9;goed\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).map()


def zipped(*members: tuple[str | zipfile.ZipInfo, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def link() -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("kto.csv")
    found.create_system = 3
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


def encrypted() -> bytes:
    """The same archive with the bit set that says so, in both headers."""
    content = bytearray(zipped(("kto.csv", TEXT)))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(sign) + offset
        content[at] |= 1
    return bytes(content)


def lying() -> bytes:
    """An archive whose directory says that its member is smaller than it is."""
    content = bytearray(zipped(("kto.csv", TEXT * 50)))
    for sign, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(sign) + offset
        content[at : at + 4] = struct.pack("<I", 10)
    return bytes(content)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("name", ["kto.csv", "map/kto.csv", "kto.dat"])
def test_the_one_file_of_an_archive_is_read(desk: Desk, method: int, name: str) -> None:
    plain = desk.read(TEXT)
    packed = desk.read(zipped((name, TEXT), ("__MACOSX/._kto.csv", "x"), (".DS_Store", ""), method=method))
    assert packed == plain
    assert packed.rows_landed == 2


def test_nothing_of_it_is_left(desk: Desk) -> None:
    desk.read(zipped(("kto.csv", TEXT)))
    assert not list(desk.folder.rglob(".incoming-*"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: zipped(("een.csv", TEXT), ("twee.csv", TEXT)), "MH-ARCHIEF"),
        (lambda: zipped(("map/", "")), "MH-ARCHIEF"),
        (encrypted, "MH-ZIP-VERSLEUTELD"),
        (lambda: zipped(("../kto.csv", TEXT)), "MH-ZIP-NAAM"),
        (lambda: zipped(("/etc/kto.csv", TEXT)), "MH-ZIP-NAAM"),
        (lambda: zipped(("..\\kto.csv", TEXT)), "MH-ZIP-NAAM"),
        (lambda: zipped(("c:kto.csv", TEXT)), "MH-ZIP-NAAM"),
        (lambda: zipped((link(), "/etc/passwd")), "MH-ZIP-NAAM"),
        (lambda: zipped(("kto.zip", zipped(("kto.csv", TEXT)))), "MH-ZIP-GENEST"),
        (lambda: zipped(("kto.csv.gz", gzip.compress(TEXT.encode()))), "MH-ZIP-GENEST"),
        (lambda: zipped(("kto.csv", b"0" * 40_000_000)), "MH-LIMIET"),
        (lambda: zipped(*((f"{number}.csv", "") for number in range(1001))), "MH-LIMIET"),
        (lying, "MH-ZIP-STUK"),
        (lambda: zipped(("kto.csv", TEXT * 50))[:-400] + zipped(("kto.csv", TEXT * 50))[-200:], "MH-ZIP-STUK"),
    ],
)  # fmt: skip
def test_an_archive_that_hides_something_is_refused(
    desk: Desk, content: Callable[[], bytes], code: str
) -> None:
    reading = desk.read(content())
    assert (reading.outcome, codes(reading)) == ("rejected", [code])
    assert not list(desk.folder.rglob(".incoming-*"))


def test_a_name_that_occurs_twice_is_refused(desk: Desk) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped(("kto.csv", TEXT), ("kto.csv", TEXT))
    assert codes(desk.read(content)) == ["MH-ZIP-NAAM"]


def test_what_it_unpacks_to_is_counted(desk: Desk) -> None:
    desk.limits = Limits(text_bytes=50)
    assert codes(desk.read(zipped(("kto.csv", TEXT)))) == ["MH-LIMIET"]


def test_damaged_content_is_refused(desk: Desk) -> None:
    content = bytearray(zipped(("kto.csv", TEXT), method=zipfile.ZIP_STORED))
    content[60] ^= 0xFF
    assert codes(desk.read(bytes(content))) == ["MH-ZIP-STUK"]


def test_a_gzipped_workbook_is_read(desk: Desk) -> None:
    book = openpyxl.Workbook()
    for line in TEXT.splitlines():
        book.active.append(line.split(";"))
    content = io.BytesIO()
    book.save(content)
    desk.map(source={"format": "xlsx"})
    plain = desk.read(content.getvalue(), name="kto.xlsx")
    packed = desk.read(gzip.compress(content.getvalue()), name="kto.xlsx.gz")
    assert packed == plain
    assert packed.rows_landed == 2
    assert codes(desk.read(gzip.compress(content.getvalue())[:-20], name="kto.xlsx.gz")) == ["MH-ZIP-STUK"]
