"""For every rule a delivery that breaks it and one that just meets it, each of an organisation of its own."""

from collections.abc import Callable

from expectations import Delivery
from tests.expectations.landing import Found, Landing, Row, agreeing

# (rule, does it fail, what is delivered); the last delivery is the one that is judged.
Case = tuple[str, bool, Callable[[Landing], object]]


def _answers(good: int, **others: int) -> list[Row]:
    """k1 answered `good` times, then each other raw value so many times ('x' stands for an unreadable one)."""
    raw = {"x": "!invalid", "empty": "", "nvt": "nvt", "dk": "weet niet", "declared": "fout"}
    return [[str(1 + i % 5)] for i in range(good)] + [
        [raw[name]] for name, n in others.items() for _ in range(n)
    ]


def _refused(code: str, rows: int) -> Callable[[Landing], Delivery]:
    return lambda to: to.deliver(agreeing(200), quarantined=rows, problems=(Found(code, "warning", rows),))


def _new_columns(severity: str) -> Callable[[Landing], Delivery]:
    return lambda to: to.deliver(agreeing(20), problems=(Found("MH-KOLOM-NIEUW", severity, 2),))


def _months(sizes: tuple[int, ...]) -> Callable[[Landing], object]:
    return lambda to: [to.deliver(agreeing(n), f"2025-{month:02d}") for month, n in enumerate(sizes, start=1)]


def _shift(
    before: Callable[[int], int], after: Callable[[int], int], n: int = 500
) -> Callable[[Landing], object]:
    return lambda to: [to.deliver(agreeing(n, before), "2025-12"), to.deliver(agreeing(n, after), "2026-01")]


def _lines(first: int, second: int) -> Callable[[Landing], Delivery]:
    rows: list[Row] = [["5"], ["4"], [None, "5"]]
    return lambda to: to.deliver(rows, multiplicity=[first - 5, 5, second], lines=[7, 7, 7])


def _same_answers(straight: int) -> list[Row]:
    varied: Row = ["1", "2", "3", "4", "5", "1", "2"]
    return [["4"] * 7] * straight + [varied] * (100 - straight)


def _driven(sign: int) -> list[Row]:
    return [[str(1 + i % 5), str(1 + i % 5) if sign > 0 else str(5 - i % 5)] for i in range(100)]


def _turned(signs: tuple[int, ...]) -> Callable[[Landing], object]:
    return lambda to: [
        to.deliver(_driven(sign), f"2025-{month:02d}") for month, sign in enumerate(signs, start=10)
    ]


def _labels(severity: str, columns: int) -> Callable[[Landing], Delivery]:
    return lambda to: to.deliver(
        agreeing(20), problems=(Found("MH-LABEL-RICHTING", severity, columns),) if columns else ()
    )


CASES: list[Case] = [
    ("MH-K-LABELS", True, _labels("error", 1)),
    ("MH-K-LABELS", False, _labels("error", 0)),
    ("MH-K-QUARANTAINE-ALLES", True, lambda to: to.deliver([], quarantined=4)),
    ("MH-K-QUARANTAINE-ALLES", False, lambda to: to.deliver(agreeing(1), quarantined=3)),
    ("MH-K-VELDEN", True, _refused("MH-VELDEN", 11)),
    ("MH-K-VELDEN", False, _refused("MH-VELDEN", 10)),
    ("MH-K-QUARANTAINE", True, lambda to: to.deliver(agreeing(9), quarantined=10)),
    ("MH-K-QUARANTAINE", False, lambda to: to.deliver(agreeing(10), quarantined=10)),
    ("MH-K-KOLOM-NIEUW", True, _new_columns("error")),
    ("MH-K-KOLOM-NIEUW", False, _new_columns("info")),
    ("MH-K-ONGELDIG", True, lambda to: to.deliver(_answers(989, x=11))),
    ("MH-K-ONGELDIG", False, lambda to: to.deliver(_answers(990, x=10))),
    ("MH-K-ONGELDIG", False, lambda to: to.deliver(_answers(900, declared=100))),
    ("MH-K-ONGELDIG-ENKELE", True, lambda to: to.deliver(_answers(999, x=1))),
    ("MH-K-ONGELDIG-ENKELE", False, lambda to: to.deliver(_answers(999, empty=1))),
    ("MH-K-DAGVOLGORDE", True, _refused("MH-DAGVOLGORDE", 11)),
    ("MH-K-DAGVOLGORDE", False, _refused("MH-DAGVOLGORDE", 10)),
    ("MH-K-AFNAME", True, _months((100, 59))),
    ("MH-K-AFNAME", False, _months((100, 60))),
    ("MH-K-WEGING", True, _refused("MH-WEGING", 11)),
    ("MH-K-WEGING", False, _refused("MH-WEGING", 10)),
    ("MH-K-WEGING-GEMIDDELDE", True, lambda to: to.deliver(agreeing(40), weights=["1.2"] * 40)),
    ("MH-K-WEGING-GEMIDDELDE", False, lambda to: to.deliver(agreeing(40), weights=["0.5", "1.5"] * 20)),
    ("MH-K-WEGING-UITERST", True, lambda to: to.deliver(agreeing(40), weights=["1"] * 39 + ["8"])),
    ("MH-K-WEGING-UITERST", False, lambda to: to.deliver(agreeing(40), weights=["1"] * 39 + ["6"])),
    ("MH-K-VERDELING", True, _shift(lambda i: 1 + i % 5, lambda i: 2 + i % 3)),
    ("MH-K-VERDELING", False, _shift(lambda i: 1 + i % 5, lambda i: 1 + (i + 2) % 5)),
    ("MH-K-GEMIDDELDE", True, _shift(lambda i: 3 + i % 2, lambda i: 2 + i % 2)),
    ("MH-K-GEMIDDELDE", False, _shift(lambda i: 3 + i % 2, lambda i: 3 + i % 2 - (i % 10 == 0))),
    ("MH-K-AANTAL", True, _months((20, 20, 20, 41))),
    ("MH-K-AANTAL", False, _months((20, 20, 20, 40))),
    ("MH-K-ONTBREKEND", True, lambda to: to.deliver(_answers(60, empty=30, dk=10, nvt=50))),
    ("MH-K-ONTBREKEND", False, lambda to: to.deliver(_answers(61, empty=30, dk=9, nvt=50))),
    ("MH-K-KADER", True, lambda to: to.deliver(agreeing(11), population=100, invited=10)),
    ("MH-K-KADER", False, lambda to: to.deliver(agreeing(10), population=100, invited=10)),
    ("MH-K-TOTALEN", True, _lines(41, 20)),
    ("MH-K-TOTALEN", False, _lines(40, 20)),
    ("MH-K-ZELFDE-ANTWOORD", True, lambda to: to.deliver(_same_answers(25))),
    ("MH-K-ZELFDE-ANTWOORD", False, lambda to: to.deliver(_same_answers(24))),
    ("MH-K-ONTWERPEFFECT", True, lambda to: to.deliver(agreeing(40), weights=["1"] * 38 + ["30", "30"])),
    ("MH-K-ONTWERPEFFECT", False, lambda to: to.deliver(agreeing(40), weights=["1"] * 38 + ["2", "3"])),
    ("MH-K-OMGEKEERD", True, _turned((1, 1, -1))),
    ("MH-K-OMGEKEERD", False, _turned((-1, -1, -1))),
    ("MH-K-RICHTING", True, lambda to: to.deliver(_driven(-1))),
    ("MH-K-RICHTING", False, lambda to: to.deliver(_driven(1))),
]
