"""Redaction: the examples of the domain reference, and recall and precision on a labelled synthetic set."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.nl import bsn

from sources.redaction import redact

EXAMPLES = [
    ("123456782", "[BSN]"),
    ("bsn 111222333.", "bsn [BSN]."),
    ("1112.22.333", "[BSN]"),
    ("111 222 333", "[BSN]"),
    ("NL91ABNA0417164300", "[IBAN]"),
    ("nl91 abna 0417 1643 00 is van mij", "[IBAN] is van mij"),
    ("(030) 286 10 00", "[TELEFOON]"),
    ("06-12345678", "[TELEFOON]"),
    ("+31 (0)6 12 34 56 78", "[TELEFOON]"),
    ("0031612345678", "[TELEFOON]"),
    ("a.jansen+x@voorbeeld.nl", "[E-MAIL]"),
    ("3511 AB 12", "[ADRES]"),
    ("1234AB nr. 5-b", "[ADRES]"),
    ("in 3511 AB", "in 3511"),
    ("kenteken 12ABC3", "kenteken [KENTEKEN]"),
    ("mijn auto GX-123-B", "mijn auto [KENTEKEN]"),
    ("geboren op 12-05-1954", "geboren op [GEBOORTEDATUM]"),
    ("geb. 3 mei 1980", "geb. [GEBOORTEDATUM]"),
    ("geboortedatum: 1980-05-03", "geboortedatum: [GEBOORTEDATUM]"),
    ("mijn naam is Pieter van der Berg", "mijn naam is [NAAM]"),
    ("Ik heet Ans", "Ik heet [NAAM]"),
    ("mevrouw Jansen was top", "mevrouw [NAAM] was top"),
    ("dhr. P.J. de Boer", "dhr. [NAAM]"),
    ("Jan de Vries 06-12345678", "[NAAM] [TELEFOON]"),
    # Invisible characters do not hide a number.
    ("1234\u200b56782", "[BSN]"),
    ("123456782 euro", "[BSN] euro"),
]

KEPT = [
    "zaaknummer 2024001234567",
    "KVK 30280353",
    "KvK-nummer: 12345678",
    "bel 14 030 of 0800-1234 of 0900 8844",
    "een bedrag van 1.234,50 euro in 2024",
    "artikel 8 lid 2 van de Awb",
    "op 12-05-2024 om 12:30 uur",
    "mijn naam is verkeerd gespeld",
    "De heer was vriendelijk",
    "Wil graag geholpen worden, 3 keer gebeld",
    "in 2025 en 2026",
    "1500 km rijden voor 2 KG",
    "123456789",
    "het duurde van 9 tot 12",
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_examples(text: str, expected: str) -> None:
    assert redact(text)[0] == expected
    assert redact(text)[1]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert redact(text) == (text, ())


def test_counts_per_kind() -> None:
    assert redact("123456782 en 111222333, a@b.nl")[1] == (("bsn", 2), ("email", 1))


SENTENCES = [
    "Ik ben goed geholpen. {} Dank daarvoor.",
    "{}",
    "Graag contact: {}, liefst snel.",
    "Ik heb drie keer gebeld ({}) en niemand nam op!",
    "vraag over {} staat nog open sinds 2024",
]
SURNAMES = "Jansen Bakker Visser Öztürk Yılmaz El-Amrani Hoekstra Mulder Smit Vermeulen".split()  # noqa: SIM905
FIRST = "Fatima Sanne Mohammed Daan Marieke Kees Aisha Thomas".split()  # noqa: SIM905
TITLES = ["mevrouw {}", "de heer {}", "dhr. {}", "mw. {}", "mijn naam is {}", "ik heet {}", "meneer {}"]


def _digits(choice: random.Random, count: int) -> str:
    return "".join(choice.choices("0123456789", k=count))


def _bsn(choice: random.Random) -> str:
    while not bsn.is_valid(number := _digits(choice, 9)):
        pass
    return choice.choice(
        [number, f"{number[:4]}.{number[4:6]}.{number[6:]}", f"{number[:3]} {number[3:6]} {number[6:]}"]
    )


def _iban(choice: random.Random) -> str:
    body = choice.choice(["ABNA", "INGB", "RABO"]) + _digits(choice, 10)
    number = iban.calc_check_digits("NL00" + body).join(["NL", body])
    return choice.choice([number, " ".join(re.findall(".{1,4}", number)), number.lower()])


def _phone(choice: random.Random) -> str:
    rest = _digits(choice, 8)
    return choice.choice(
        [f"06{rest}", f"06-{rest}", f"06 {rest[:4]} {rest[4:]}", f"+316{rest}", f"+31 6 {rest}", f"(020) 6{rest[:6]}",
         f"030-2{rest[:6]}", f"0031 6 {rest}"]
    )  # fmt: skip


def _address(choice: random.Random) -> str:
    letters = choice.choice(["AB", "KE", "XZ"])
    return f"{choice.randint(1000, 9999)}{choice.choice([' ', ''])}{letters} {choice.randint(1, 300)}"


def _plate(choice: random.Random) -> str:
    return choice.choice(["GX-123-B", "12-ABC-3", "AB-12-CD", "1-ABC-23", "kenteken 99XXX9"])


def _birth_date(choice: random.Random) -> str:
    day, year = choice.randint(1, 28), choice.randint(1930, 2010)
    return choice.choice(
        [f"geboren {day}-3-{year}", f"geb. op {day} mei {year}", f"geboortedatum {day}/11/{year}"]
    )


def _name(choice: random.Random) -> str:
    particle = choice.choice(["", "", "van ", "de ", "van der "])
    name = particle + choice.choice(SURNAMES)
    if choice.random() < 0.4:
        return f"{choice.choice(FIRST)} {name}"
    return choice.choice(TITLES).format(choice.choice(["", "A. ", "J.P. "]) + name)


MAKERS = {
    "bsn": _bsn, "iban": _iban, "phone": _phone, "address": _address, "licence_plate": _plate,
    "birth_date": _birth_date, "name": _name, "email": lambda choice: f"x{_digits(choice, 3)}@voorbeeld.nl",
}  # fmt: skip


def test_recall_and_precision_on_a_labelled_set() -> None:
    choice = random.Random(20260201)
    hits: dict[str, list[bool]] = {kind: [] for kind in MAKERS}
    right = wrong = 0
    for number in range(4000):
        kind = sorted(MAKERS)[number % len(MAKERS)]
        found = dict(redact(choice.choice(SENTENCES).format(MAKERS[kind](choice)))[1])
        hits[kind].append(found.get(kind, 0) == 1)
        right += min(found.get(kind, 0), 1)
        wrong += sum(found.values()) - min(found.get(kind, 0), 1)
    for _ in range(2000):
        filler = f"{choice.choice(KEPT)} {choice.randint(1, 99999)}"
        wrong += sum(count for _, count in redact(choice.choice(SENTENCES).format(filler))[1])
    recall = {kind: sum(found) / len(found) for kind, found in hits.items()}
    assert recall.pop("name") >= 0.90
    assert min(recall.values()) >= 0.99, recall
    assert right / (right + wrong) >= 0.90


@given(st.text())
def test_redaction_is_stable(text: str) -> None:
    once = redact(text)[0]
    assert redact(once)[0] == redact(redact(once)[0])[0]
