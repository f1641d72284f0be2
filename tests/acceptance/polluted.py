"""One clean delivery, polluted in over five hundred ways, and what a careful reader may make of each.

Belongs here: the clean table, the pollutions, and the judgement of what came out. Does not belong here: reading with
the product (`tests/sources/test_polluted`). After Vitagliano et al., Pollock, PVLDB 16(8), 2023.

A variant is read right when every row that lands is a row of the clean table in every mapped cell, every row that the
pollution did not touch lands, once, and nothing is lost on the way. Being refused is right too, except where nothing
is wrong with the table. A pollution that gives a cell another sensible text has that text among its `readings`.
"""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.acceptance.mappings import AGREE5, GRADE_ITEM, source

SEED = 20260215
HEADER = ("id", "datum", "kanaal", "cijfer", "eens", "tekst", "url", "extra")
MAPPED = len(HEADER) - 2
INVALID = "!invalid"
TEXTS = (
    "Goed, snel geholpen",
    'Scherm van 24"',
    "Zin zonder meer",
    "Twee\nregels, met komma",
    "",
    'Zei "nee", en één € teruggekregen',
)
# What a row says in its mapped cells: id, date, channel, mark, agreement, comment.
Reading = tuple[str, ...]
Cells = tuple[str, ...]
CLEAN: tuple[Cells, ...] = tuple(
    (
        f"r{number:03d}",
        f"2025-11-{1 + number % 28:02d}",
        ("web", "balie")[number % 2],
        str(number % 10 + 1),
        str(number % 5 + 1),
        TEXTS[number % len(TEXTS)],
        f"https://x/{number}",
        "",
    )
    for number in range(36)
)
PARTS: dict[str, Any] = {
    "source": source(),
    "dimensions": {"channel": {"column": "kanaal", "map": {"web": "web", "balie": "desk"}}},
    "items": [
        GRADE_ITEM,
        {"column": "eens", "item": "kpi.vertrouwen", "scale": AGREE5, "comparability": "A"},
        {"column": "tekst", "item": "open.toelichting", "kind": "open_text"},
    ],
    "ignore": ["url", "extra"],
}


@dataclass(frozen=True)
class Variant:
    """A polluted file. `touched`: rows (from 0) that need not land. `records`: how many records it has under its
    header, None where that cannot be told. `readings`: what else a touched row may say."""

    name: str
    content: bytes
    touched: frozenset[int] = frozenset()
    records: int | None = None
    readings: tuple[Reading, ...] = ()
    is_sound: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a reader made of a file: the rows that landed (None when it was refused) and how many it put aside."""

    landed: tuple[Reading, ...] | None
    quarantined: int = 0
    in_file: int = 0


def reading(cells: Sequence[str]) -> Reading:
    """What the mapped cells of a row say; white space in a comment says nothing."""
    channel = {"web": "web", "balie": "desk"}.get(cells[2], cells[2])
    return (*cells[:2], channel, *cells[3:5], " ".join(cells[5].split()))


def fault(variant: Variant, outcome: Outcome) -> str | None:
    """What is wrong with an outcome; None when it is right."""
    if outcome.landed is None:
        return "refused, though nothing is wrong" if variant.is_sound else None
    landed = Counter(outcome.landed)
    clean = {reading(row): number for number, row in enumerate(CLEAN)}
    touched = {*variant.readings, *(reading(CLEAN[number]) for number in variant.touched)}
    strange = set(landed) - set(clean) - touched
    if any(not any(_differs_in_invalid_answers(row, right) for right in touched) for row in strange):
        return "a row that nobody delivered"
    if any(count > 1 for count in landed.values()):
        return "a row more than once"
    if any(row not in landed for row, number in clean.items() if number not in variant.touched):
        return "a good row is lost"
    if outcome.in_file != len(outcome.landed) + outcome.quarantined:
        return "the counts do not add up"
    if variant.records is not None and outcome.in_file != variant.records:
        return "another number of records"
    return None


def _differs_in_invalid_answers(row: Reading, right: Reading) -> bool:
    """Whether `row` is `right` but for answers that are marked, and so counted, as invalid."""
    return all(one in (other, INVALID) for one, other in zip(row, right, strict=True))


def written(
    rows: Iterable[Sequence[str]], quoting: int = csv.QUOTE_MINIMAL, delimiter: str = ","
) -> list[str]:
    """Records as csv writes them, one text each, without their line ends."""
    records = []
    for row in rows:
        text = io.StringIO()
        csv.writer(text, quoting=quoting, lineterminator="\n", delimiter=delimiter).writerow(row)  # type: ignore[arg-type]
        records.append(text.getvalue().removesuffix("\n"))
    return records


def whole(records: Iterable[str], line_end: str = "\n") -> bytes:
    return "".join(record + line_end for record in records).encode()


def variants() -> list[Variant]:
    """Every variant; always the same ones."""
    chance = random.Random(SEED)
    families: tuple[Callable[[random.Random], Iterator[Variant]], ...] = (
        delimiters, many_delimiters, quotes, missing_quotes, undoubled_quotes, line_ends, around_the_table,
        second_tables, encodings, nul_bytes, truncations, columns, blank_lines, other_delimiters, joined_rows,
        headers, combinations,
    )  # fmt: skip
    found = [variant for family in families for variant in family(chance)]
    assert len({variant.name for variant in found}) == len(found)
    return found


def _one_row(name: str, records: Sequence[str], row: int, spoiled: str, *readings: Reading) -> Variant:
    """A variant in which one row (from 0) reads `spoiled`; `records` begin with the header."""
    count = len(CLEAN) if "\n" not in spoiled else None
    content = whole([*records[: row + 1], spoiled, *records[row + 2 :]])
    return Variant(f"{name} in row {row}", content, frozenset({row}), count, readings)


def _row_without_breaks(chance: random.Random) -> int:
    return chance.choice([number for number, row in enumerate(CLEAN) if "\n" not in row[5]])


def delimiters(chance: random.Random) -> Iterator[Variant]:
    """One delimiter less, or one or two more, at every place of some row."""
    records = written([HEADER, *CLEAN])
    for place, change in itertools.product(range(len(HEADER) - 1), ("less", "one", "two")):
        for row in sorted(chance.sample(range(len(CLEAN)), 4)):
            cells = written([[cell] for cell in CLEAN[row]])
            # csv writes a lone empty cell as quotes.
            cells = ["" if cell == '""' else cell for cell in cells]
            left, right = ",".join(cells[: place + 1]), ",".join(cells[place + 1 :])
            joint = {"less": "", "one": ",,", "two": ",,,"}[change]
            name = f"{change} delimiter at {place}"
            # Two cells that run together under the last delimiters say what the clean ones say, unless mapped.
            yield replace(_one_row(name, records, row, left + joint + right), records=None)
    ends = {"last": ",".join(CLEAN[4]) + ",", "last two": ",".join(CLEAN[4]) + ",,"}
    for name, record in ends.items():
        yield _one_row(f"extra empty {name}", records, 4, record)


def many_delimiters(chance: random.Random) -> Iterator[Variant]:
    """The same damage in many rows."""
    records = written([HEADER, *CLEAN])
    everywhere = frozenset(range(len(CLEAN)))
    for share in (0.1, 0.3, 0.6, 0.9):
        rows = {row for row in range(len(CLEAN)) if chance.random() < share}
        for name, change in (
            ("less", lambda text: text.rpartition(",")[0]),
            ("more", lambda text: text + ","),
        ):
            spoiled = [change(text) if at - 1 in rows else text for at, text in enumerate(records)]
            yield Variant(
                f"{name} delimiter in {share} of the rows", whole(spoiled), frozenset(rows), len(CLEAN)
            )
    trailing = [record + "," for record in records]
    yield Variant("trailing delimiter on every line", whole(trailing), records=len(CLEAN), is_sound=True)
    below = [records[0], *trailing[1:]]
    yield Variant("trailing delimiter on every row", whole(below), everywhere, len(CLEAN))
    yield Variant("trailing delimiter in the header", whole([records[0] + ",", *records[1:]]), everywhere)


def _with_quote(row: int, cell: int, at: int) -> Reading:
    """The row with a quote inside one cell, which is a character like any other there."""
    cells = list(CLEAN[row])
    cells[cell] = f'{cells[cell][:at]}"{cells[cell][at:]}'
    return reading(cells)


def quotes(chance: random.Random) -> Iterator[Variant]:
    """A stray quote at any place of a row, in a file with few quotes and in one where every cell has them."""
    for quoting, label in ((csv.QUOTE_MINIMAL, "few"), (csv.QUOTE_ALL, "all")):
        records = written([HEADER, *CLEAN], quoting)
        for number in range(40):
            row = chance.randrange(len(CLEAN))
            record = records[row + 1]
            at = chance.randrange(len(record) + 1)
            spoiled = record[:at] + '"' + record[at:]
            others = [
                _with_quote(row, cell, place)
                for cell in range(MAPPED)
                for place in range(len(CLEAN[row][cell]) + 1)
            ]
            name = f"stray quote {number} at {at}, {label} quoted,"
            yield replace(_one_row(name, records, row, spoiled, *others), records=None)
    records = written([HEADER, *CLEAN])
    for first, second in ((3, 8), (5, 6), (10, 30)):
        spoiled = [*records]
        for row in (first, second):
            cells = list(CLEAN[row])
            spoiled[row + 1] = ",".join([*cells[:6], f'"{cells[6]}', cells[7]])
        yield Variant(
            f"two open quotes, rows {first} and {second}", whole(spoiled), frozenset({first, second})
        )


def missing_quotes(chance: random.Random) -> Iterator[Variant]:
    """An opening or closing quote left out."""
    for quoting, label in ((csv.QUOTE_MINIMAL, "few"), (csv.QUOTE_ALL, "all")):
        records = written([HEADER, *CLEAN], quoting)
        for number in range(30):
            quoted = [row for row in range(len(CLEAN)) if '"' in records[row + 1]]
            row = chance.choice(quoted)
            record = records[row + 1]
            at = chance.choice([place for place, mark in enumerate(record) if mark == '"'])
            others = _without_quote(row)
            name = f"missing quote {number} at {at}, {label} quoted,"
            yield replace(_one_row(name, records, row, record[:at] + record[at + 1 :], *others), records=None)


def _without_quote(row: int) -> list[Reading]:
    """The row with one quote less, or one more, in one of its cells: `7"` where `"7"` lost its first quote."""
    found = []
    for cell in range(MAPPED):
        text = CLEAN[row][cell]
        spots = [place for place, mark in enumerate(text) if mark == '"']
        doubled = text.replace('"', '""')
        losses = (text[:place] + text[place + 1 :] for place in spots)
        for changed in (*losses, f'{text}"', f'"{text}', f'{doubled}"'):
            cells = list(CLEAN[row])
            cells[cell] = changed
            found.append(reading(cells))
    return found


def undoubled_quotes(chance: random.Random) -> Iterator[Variant]:
    """Quotes inside a quoted cell that are not doubled, and rows that use another quote."""
    records = written([HEADER, *CLEAN])
    for row in (number for number, cells in enumerate(CLEAN) if '"' in cells[5]):
        cells = CLEAN[row]
        for name, spoiled in (
            ("undoubled", f'"{cells[5]}"'),
            ("backslashed", '"' + cells[5].replace('"', '\\"') + '"'),
            ("apostrophes", "'" + cells[5] + "'"),
        ):
            text = ",".join([*cells[:5], spoiled, *cells[6:]])
            other = reading([*cells[:5], "'" + cells[5] + "'"])
            yield replace(_one_row(f"{name} quotes", records, row, text, other), records=None)
    for row in (2, 8, 14):
        text = ",".join(f"'{cell}'" for cell in CLEAN[row][:2]) + "," + ",".join(CLEAN[row][2:])
        yield _one_row("apostrophes around cells", records, row, text)
    curly = [",".join(f"“{cell}”" for cell in CLEAN[2])]
    yield _one_row("curly quotes around cells", records, 2, curly[0])


def line_ends(chance: random.Random) -> Iterator[Variant]:
    """Every way to end a line, and characters that only look like one."""
    rows = [(*row[:5], row[5].replace("\n", " "), *row[6:]) for row in CLEAN]
    readings = tuple(map(reading, rows))
    broken = frozenset(number for number, row in enumerate(CLEAN) if "\n" in row[5])
    shape = Variant("", b"", broken, len(CLEAN), readings, is_sound=True)
    for quoting, label in ((csv.QUOTE_MINIMAL, "few"), (csv.QUOTE_ALL, "all")):
        records = written([HEADER, *rows], quoting)
        for name, end in (("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r"), ("crcrlf", "\r\r\n")):
            yield replace(shape, name=f"{name}, {label} quoted", content=whole(records, end))
            without = whole(records, end).removesuffix(end.encode())
            yield replace(shape, name=f"{name}, {label} quoted, none at the end", content=without)
        for number in range(6):
            ends = [chance.choice(["\n", "\r\n", "\r"]) for _ in records]
            mixed = "".join(record + end for record, end in zip(records, ends, strict=True))
            # A carriage return before a line feed is one line end.
            yield replace(shape, name=f"mixed {number}, {label} quoted", content=mixed.encode())
        for name, mark in (("vertical tab", "\x0b"), ("NEL", "\x85"), ("LS", "\u2028"), ("FS", "\x1c")):
            lines = whole(records, mark)
            yield Variant(f"{name} for line ends, {label} quoted", lines, frozenset(range(len(CLEAN))))
            row = 2
            cells = [*rows[row][:5], f"Zin{mark}zonder meer", *rows[row][6:]]
            inside = [*records[: row + 1], *written([cells], quoting), *records[row + 2 :]]
            # A comment is kept without control characters.
            glued = reading([*rows[row][:5], "Zinzonder meer", *rows[row][6:]])
            wanted = (*readings, reading(cells), glued)
            yield replace(
                shape,
                name=f"{name} in a cell, {label} quoted",
                content=whole(inside),
                touched=broken | {row},
                readings=wanted,
            )


def around_the_table(chance: random.Random) -> Iterator[Variant]:
    """Titles above the header and notes below the rows."""
    records = written([HEADER, *CLEAN])
    everywhere = frozenset(range(len(CLEAN)))
    tops = {
        "title": ["Klantonderzoek november"],
        "title and blank line": ["Klantonderzoek november", ""],
        "title of the same width": ["Klantonderzoek" + "," * 7],
        "three lines": ["Klantonderzoek", "gemaakt op 1 december", "bron: export"],
        "line of delimiters": ["," * 7],
    }
    for name, lines in tops.items():
        yield Variant(f"{name} above the header", whole([*lines, *records]), everywhere)
    bottoms = {
        "note": (["gemaakt op 1 december"], 1),
        "blank line and note": (["", "gemaakt op 1 december"], 1),
        "note of the same width": (["gemaakt op 1 december" + "," * 7], 1),
        "line of delimiters": (["," * 7], 1),
        "quoted note": (['"gemaakt op 1 december, om tien uur"'], 1),
        "count": (["36 rijen"], 1),
        "three notes": (["een", "twee", "drie,vier"], 3),
    }
    for name, (lines, count) in bottoms.items():
        yield Variant(f"{name} below the rows", whole([*records, *lines]), records=len(CLEAN) + count)
        without = whole([*records, *lines]).removesuffix(b"\n")
        yield Variant(f"{name} below the rows, no line end", without, records=len(CLEAN) + count)
    yield Variant("control-Z at the end", whole(records) + b"\x1a")
    for word in ("Totaal", "Total"):
        total = f"{word},,,5.5,3,,,"
        yield Variant(f"{word} row", whole([*records, total]), records=len(CLEAN) + 1)


def second_tables(chance: random.Random) -> Iterator[Variant]:
    """The header again half way, and another table below or above."""
    records = written([HEADER, *CLEAN])
    for row in (1, 12, 20, len(CLEAN)):
        again = [*records[: row + 1], records[0], *records[row + 1 :]]
        yield Variant(f"header again after row {row}", whole(again), records=len(CLEAN) + 1)
        spaced = [*records[: row + 1], "", records[0], *records[row + 1 :]]
        yield Variant(f"blank line and header after row {row}", whole(spaced), records=len(CLEAN) + 1)
    narrow = ["dienst,aantal", "paspoort,12", "rijbewijs,24"]
    wide = written([(row[1], row[0], *row[2:]) for row in (HEADER, *CLEAN[:5])])
    for name, table in (("narrow", narrow), ("of the same width", wide)):
        yield Variant(f"table {name} below", whole([*records, "", *table]), records=len(CLEAN) + len(table))
        above = whole([*table, "", *records])
        yield Variant(f"table {name} above", above, frozenset(range(len(CLEAN))))


def encodings(chance: random.Random) -> Iterator[Variant]:
    """Other encodings than the declared UTF-8, marks, and text encoded twice."""
    text = whole(written([HEADER, *CLEAN])).decode()
    everywhere = frozenset(range(len(CLEAN)))
    accented = frozenset(number for number, row in enumerate(CLEAN) if not row[5].isascii())
    for codec in ("cp1252", "cp850", "mac_roman", "latin-1", "cp437", "cp1250", "iso8859_15", "utf-7"):
        touched = everywhere if codec != "utf-7" else accented
        readings = tuple(reading([*row[:5], row[5].encode("utf-7").decode(), *row[6:]]) for row in CLEAN)
        content = text.replace("€", "E" if codec in ("latin-1", "cp850", "cp437") else "€").encode(codec)
        yield Variant(f"in {codec}", content, touched, readings=readings if codec == "utf-7" else ())
    for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield Variant(f"in {codec}", text.encode(codec), everywhere)
    for codec in ("utf-8-sig", "utf-16", "utf-32"):
        yield Variant(f"in {codec}", text.encode(codec), records=len(CLEAN), is_sound=True)
    big = b"\xfe\xff" + text.encode("utf-16-be")
    yield Variant("in utf-16-be with a mark", big, records=len(CLEAN), is_sound=True)
    yield Variant("two marks", "\ufeff\ufeff".encode() + text.encode(), records=len(CLEAN), is_sound=True)
    for codec in ("cp1252", "mac_roman"):
        readings = tuple(reading([*row[:5], row[5].encode().decode(codec), *row[6:]]) for row in CLEAN)
        twice = text.encode().decode(codec).encode()
        yield Variant(
            f"encoded twice by way of {codec}", twice, accented, len(CLEAN), readings, is_sound=True
        )
    for row in (5, 11):
        spoiled = (
            text.replace(CLEAN[row][0], CLEAN[row][0] + "\xe9")
            .encode("utf-8")
            .replace(b"\xc3\xa9", b"\xe9", 1)
        )
        yield Variant(f"one byte of another encoding in row {row}", spoiled, everywhere)


def nul_bytes(chance: random.Random) -> Iterator[Variant]:
    """NUL bytes in a row, in the header, between rows and at the end."""
    records = written([HEADER, *CLEAN])
    for number in range(24):
        row = _row_without_breaks(chance)
        record = records[row + 1]
        at = chance.randrange(len(record) + 1)
        yield _one_row(
            f"NUL {number} at {at}", records, row, record[:at] + "\0" * (1 + number % 3) + record[at:]
        )
    everywhere = frozenset(range(len(CLEAN)))
    yield Variant("NUL in the header", whole(["i\0d" + records[0][2:], *records[1:]]), everywhere)
    yield Variant("NULs at the end", whole(records) + bytes(512))
    yield Variant("NUL after every byte", b"".join(bytes([one, 0]) for one in whole(records)), everywhere)


def truncations(chance: random.Random) -> Iterator[Variant]:
    """The file cut off at any byte."""
    for quoting, label in ((csv.QUOTE_MINIMAL, "few"), (csv.QUOTE_ALL, "all")):
        records = written([HEADER, *CLEAN], quoting)
        content = whole(records)
        ends = list(itertools.accumulate(len(whole([record])) for record in records))
        borders = [end - back for end in ends[3:9] for back in (0, 1, 2)]
        for at in sorted({*chance.sample(range(1, len(content)), 45), *borders}):
            there = sum(end <= at + 1 for end in ends) - 1
            missing = frozenset(range(max(there, 0), len(CLEAN)))
            yield Variant(f"cut off at byte {at}, {label} quoted", content[:at], missing)


def columns(chance: random.Random) -> Iterator[Variant]:
    """Columns swapped, dropped and repeated, with their header and without."""
    table = [HEADER, *CLEAN]
    everywhere = frozenset(range(len(CLEAN)))
    for one, other in itertools.combinations(range(len(HEADER)), 2):
        order = list(range(len(HEADER)))
        order[one], order[other] = order[other], order[one]
        swapped = [tuple(row[place] for place in order) for row in table]
        yield Variant(
            f"columns {one} and {other} swapped", whole(written(swapped)), records=len(CLEAN), is_sound=True
        )
    # Under the same header only what the cells themselves give away can be noticed.
    for one, other in ((0, 1), (1, 2), (1, 3), (2, 3), (2, 5), (1, 6)):
        order = list(range(len(HEADER)))
        order[one], order[other] = order[other], order[one]
        swapped = [tuple(row[place] for place in order) for row in CLEAN]
        yield Variant(f"cells {one} and {other} swapped", whole(written([HEADER, *swapped])), everywhere)
    for place, name in enumerate(HEADER):
        is_mapped = place < MAPPED
        without = [row[:place] + row[place + 1 :] for row in table]
        yield Variant(
            f"column {name} dropped", whole(written(without)), everywhere if is_mapped else frozenset(),
            records=None if is_mapped else len(CLEAN), is_sound=not is_mapped,
        )  # fmt: skip
        yield Variant(f"cells {name} dropped", whole(written([HEADER, *without[1:]])), everywhere)
        yield Variant(f"header {name} dropped", whole(written([without[0], *CLEAN])), everywhere)
        twice = [(*row, row[place]) for row in table]
        yield Variant(
            f"column {name} repeated", whole(written(twice)), everywhere if is_mapped else frozenset(),
            records=None if is_mapped else len(CLEAN), is_sound=not is_mapped,
        )  # fmt: skip
        yield Variant(f"cells {name} repeated", whole(written([HEADER, *twice[1:]])), everywhere)


def blank_lines(chance: random.Random) -> Iterator[Variant]:
    """Lines with nothing, with white space, and with delimiters alone."""
    records = written([HEADER, *CLEAN])
    for number in range(8):
        places = sorted(chance.sample(range(1, len(records) + 1), 1 + number), reverse=True)
        blank = list(records)
        for place in places:
            blank.insert(place, "")
        yield Variant(f"{len(places)} blank lines", whole(blank), records=len(CLEAN), is_sound=True)
        for name, line in (
            ("white space", "   "),
            ("delimiters", "," * 7),
            ("blank cells", '"",' * 7 + '""'),
        ):
            filled = list(records)
            for place in places:
                filled.insert(place, line)
            count = None if name == "white space" else len(CLEAN) + len(places)
            yield Variant(f"{len(places)} lines of {name}", whole(filled), records=count)
    yield Variant("blank lines at the end", whole([*records, "", ""]), records=len(CLEAN), is_sound=True)
    yield Variant("blank line on top", whole(["", *records]), frozenset(range(len(CLEAN))))


def other_delimiters(chance: random.Random) -> Iterator[Variant]:
    """Another delimiter, everywhere or in some rows."""
    everywhere = frozenset(range(len(CLEAN)))
    records = written([HEADER, *CLEAN])
    for name, mark in (("semicolon", ";"), ("tab", "\t"), ("bar", "|"), ("caret", "^"), ("colon", ":")):
        other = written([HEADER, *CLEAN], delimiter=mark)
        yield Variant(f"{name} everywhere", whole(other), everywhere)
        yield Variant(f"{name} in the header", whole([other[0], *records[1:]]), everywhere)
        yield Variant(f"{name} in the rows", whole([records[0], *other[1:]]), everywhere)
        row = _row_without_breaks(chance)
        yield _one_row(f"{name}", records, row, other[row + 1])


def joined_rows(chance: random.Random) -> Iterator[Variant]:
    """Two rows on one line, a row on two lines, a row in the middle of another."""
    records = written([HEADER, *CLEAN])
    for row in (0, 6, 8, 14, 22, 33):
        joined = [*records[: row + 1], records[row + 1] + records[row + 2], *records[row + 3 :]]
        yield Variant(
            f"rows {row} and {row + 1} on one line", whole(joined), frozenset({row, row + 1}), len(CLEAN) - 1
        )
    for row, line_end in itertools.product((2, 8, 14, 20), ("\n", "\r", "\r\n")):
        record = records[row + 1]
        at = chance.choice([place for place, mark in enumerate(record) if mark == ","])
        name = f"line end {line_end!r} before delimiter {at}"
        yield replace(_one_row(name, records, row, record[:at] + line_end + record[at:]), records=None)
        inside = f"{record[: at + 1]}{records[9]}{record[at + 1 :]}"
        yield _one_row(f"another row inside ({line_end!r}, {at})", records, row, inside)


def _borders(record: str) -> list[int]:
    """The places of the delimiters between the cells of a row."""
    quoted = range(record.find('"'), record.rfind('"')) if '"' in record else range(0)
    return [place for place, mark in enumerate(record) if mark == "," and place not in quoted]


def headers(chance: random.Random) -> Iterator[Variant]:
    """Other spellings of the header."""
    records = written([HEADER, *CLEAN])
    everywhere = frozenset(range(len(CLEAN)))
    sound = {"spaced": " , ".join(HEADER), "quoted": ",".join(f'"{name}"' for name in HEADER)}
    for name, line in sound.items():
        yield Variant(f"{name} header", whole([line, *records[1:]]), records=len(CLEAN), is_sound=True)
    unsound = {
        "upper case": ",".join(HEADER).upper(),
        "no": "",
        "half a": ",".join(HEADER[:4]),
        "open quote in the": '"' + ",".join(HEADER),
        "stray quote in the": ",".join(HEADER).replace("cijfer", '"cij"fer'),
        "numbered": ",".join(f"{at}. {name}" for at, name in enumerate(HEADER)),
    }
    for name, line in unsound.items():
        lines = [line, *records[1:]] if line else records[1:]
        yield Variant(f"{name} header", whole(lines), everywhere)


def combinations(chance: random.Random) -> Iterator[Variant]:
    """Two or three pollutions of rows at once."""
    records = written([HEADER, *CLEAN])
    plain = [number for number, row in enumerate(CLEAN) if "\n" not in row[5]]
    for number in range(60):
        spoiled: list[str] = list(records)
        rows = chance.sample(plain, chance.choice((2, 3)))
        for row in rows:
            record = spoiled[row + 1]
            at = chance.choice(_borders(record))
            spoiled[row + 1] = chance.choice(
                (
                    record[:at] + record[at + 1 :],
                    record[:at] + "," + record[at:],
                    record[:at] + "\0" + record[at:],
                    record[:at] + "\n" + record[at:],
                    record.replace(",", ";"),
                    record + ",",
                )
            )
        touched = frozenset(rows)
        line_end = chance.choice(("\n", "\r\n"))
        yield Variant(f"combination {number}", whole(spoiled, line_end), touched)
