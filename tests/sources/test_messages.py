"""Texts of problem codes."""

import re
from pathlib import Path

import pytest

from sources.messages import (
    MESSAGES_FILE,
    PLACEHOLDERS,
    Message,
    MessageError,
    all_messages,
    message,
    parse_messages,
)

READERS = Path(__file__).resolve().parents[2] / "sources"
GOOD = "severity: info, text_nl: een, text_en: one, remedy_nl: doe, remedy_en: do"


def test_every_code_a_reader_uses_has_a_text() -> None:
    used = set()
    for file in READERS.rglob("*.py"):
        used |= set(re.findall(r'"(MH-[A-Z-]+[A-Z])"', file.read_text(encoding="utf-8")))
    assert used <= set(all_messages())


def test_texts_are_sentences_with_known_placeholders() -> None:
    for one in all_messages().values():
        for text in (one.text_nl, one.text_en, one.remedy_nl, one.remedy_en):
            assert text.endswith("."), one.code
            assert set(re.findall(r"{(.*?)}", text)) <= PLACEHOLDERS, one.code


def test_filling() -> None:
    filled = message("MH-ONGELDIG").filled(3, "Rapport{cijfer}")
    assert "3 antwoorden" in filled["text_nl"] and "Rapport{cijfer}" in filled["text_nl"]


@pytest.mark.parametrize("one", all_messages().values(), ids=all_messages())
def test_one_and_many_are_told_apart(one: Message) -> None:
    for count in (0, 1, 2, 1000):
        for text in one.filled(count, "kolom", 3, 4).values():
            assert not set("[]{}|") & set(text)
            wrong = (
                "rijen|antwoorden|regels|rows|answers|lines" if count == 1 else "rij|antwoord|regel|row|line"
            )
            assert not re.search(rf"\b{count} (?:{wrong})\b", text)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "A: {severity: info}",
        f"A: {{{GOOD.replace('info', 'erg')}}}",
        f"A: {{{GOOD}, extra: x}}",
        f"A: {{{GOOD.replace('een', '{waarde}')}}}".replace("{waarde}", "'{waarde}'"),
        "A: {" + GOOD.replace("een", "''") + "}",
    ],
)
def test_faulty_texts_are_refused(text: str) -> None:
    with pytest.raises(MessageError):
        parse_messages(text)


def test_an_unknown_code_is_a_fault_of_ours() -> None:
    assert MESSAGES_FILE.exists()
    with pytest.raises(MessageError, match="MH-NERGENS"):
        message("MH-NERGENS")
