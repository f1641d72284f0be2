"""Strict YAML: what stays text, what is refused, and at what cost."""

import resource
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.mapping import MappingError, load_mapping_file
from sources.mapping.strict_yaml import MAX_BYTES, MAX_DEPTH, compose
from tests.sources.mapping_files import BASE, edited, issues, line_with, load, product_reference, write


def plain(text: str) -> object:
    (node,), faults = compose(text.encode(), "kto.yml")
    assert not faults
    return node.plain()


WORDS = "no yes on off n y 0123 0o17 0x1F 2025-1 12:30 1_000 1e3 .inf = 2025-07-01 true False"


@pytest.mark.parametrize("written", [*WORDS.split(), "14 013"])
def test_unquoted_scalars_stay_text_as_value_and_as_key(written: str) -> None:
    assert plain(f"{written}: [{written}]") == {written: [written]}


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_an_unquoted_null_is_nothing_and_a_quoted_one_is_text(written: str) -> None:
    assert plain(f"a: {written}") == {"a": None}
    assert plain(f'a: "{written}"') == {"a": written}


def test_a_null_key_is_its_own_text() -> None:
    assert plain("{null: a, ~: b}") == {"null": "a", "~": "b"}


def test_traps_arrive_as_the_author_meant_them(tmp_path: Path) -> None:
    mapping = load(
        tmp_path,
        ("{Balie: desk, Web: web}", "{no: desk, 0123: web, 14 013: phone, 2025-1: mail}"),
        ('missing: {"9": dont_know}', "missing: {off: dont_know, 99: not_applicable}"),
    )
    channel = mapping.dimensions.channel
    assert channel is not None
    assert [channel.decode(raw) for raw in ("no", "0123", "14 013", "2025-1", "123")] == [
        "desk", "web", "phone", "mail", None,
    ]  # fmt: skip
    scale = mapping.items[0].scale
    assert scale is not None
    assert scale.missing == {"off": "dont_know", "99": "not_applicable"}


def test_a_boolean_field_takes_true_and_false_only(tmp_path: Path) -> None:
    keys = "keys: {response: {column: id}}"
    optional = "keys: {{response: {{column: id}}, respondent: {{column: nr, optional: {}}}}}"
    mapping = load(tmp_path, (keys, optional.format("true")))
    assert mapping.keys.respondent is not None
    assert mapping.keys.respondent.optional
    for word in ("yes", "on", "True"):
        (issue,) = issues(tmp_path, (keys, optional.format(word)))
        assert (issue.field, issue.found, issue.allowed) == (
            "keys.respondent.optional", f"'{word}'", "true or false",
        )  # fmt: skip


def test_a_duplicate_key_is_an_error_with_its_line(tmp_path: Path) -> None:
    text = edited(("scales:\n", "valid_from: 2026-01-01\nscales:\n"))
    (issue,) = issues(tmp_path, text=text)
    assert issue.field == "valid_from"
    assert issue.line == line_with("valid_from: 2026-01-01", text)
    assert "line 4" in issue.allowed


def test_a_duplicate_key_deep_inside_is_found_beside_other_faults(tmp_path: Path) -> None:
    found = issues(
        tmp_path,
        ("{Balie: desk, Web: web}", "{Balie: desk, Balie: web}"),
        ("snapshot: full", "snapshot: all"),
    )
    assert [issue.field for issue in found] == ["source.snapshot", "dimensions.channel.map.Balie"]


def test_names_that_differ_in_spaces_or_composition_are_duplicates(tmp_path: Path) -> None:
    for again in ('"Balie "', '" Balie"'):
        (issue,) = issues(tmp_path, ("{Balie: desk, Web: web}", f"{{Balie: desk, {again}: web}}"))
        assert issue.found == "the same field again"
    (issue,) = issues(tmp_path, ("{Balie: desk, Web: web}", "{Caf\u00e9: desk, Cafe\u0301: web}"))
    assert issue.found == "the same field again"


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (("valid_to: null", "valid_to: !!python/name:os.system"), "valid_to"),
        (("mapping_version: 1.0.0", "mapping_version: !!str 1.0.0"), "mapping_version"),
        (("audience: {const: citizen}", "audience: {<<: {const: citizen}}"), "dimensions.audience.<<"),
    ],
)
def test_tags_and_merge_keys_are_refused(tmp_path: Path, edit: tuple[str, str], field: str) -> None:
    found = issues(tmp_path, edit)
    assert field in [issue.field for issue in found]
    assert all(issue.line == line_with(edit[1], edited(edit)) for issue in found)


def test_an_alias_repeats_a_part(tmp_path: Path) -> None:
    scale = "{min: 1, max: 5, kind: likert_agree}"
    mapping = load(
        tmp_path,
        ("scale: eens5, comparability: A", f"scale: &eens {scale}, comparability: A"),
        ("scale: eens5, comparability: B", "scale: *eens, comparability: B"),
    )
    assert mapping.items[0].scale == mapping.items[1].scale


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    "bomb",
    [
        LAUGHS,
        "a: &a {" + ",".join(f"k{i}: v" for i in range(1000)) + "}\nb: [" + ",".join(["*a"] * 5000) + "]\n",
        "a: &a [*a]\n",
        "a: " + "[" * 5000 + "]" * 5000,
        "[" * 200_000,
        "".join(f"a{i}: &a{i} [*a{i - 1}]\n" if i else "a0: &a0 [x]\n" for i in range(100)),
    ],
    ids=["billion_laughs", "quadratic", "recursive", "deep", "unclosed", "deep_by_alias"],
)  # fmt: skip
def test_a_bomb_is_refused_quickly_and_in_little_memory(tmp_path: Path, bomb: str) -> None:
    path = write(tmp_path, bomb)
    product_reference()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(MappingError):
        load_mapping_file(path, product_reference())
    assert time.process_time() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_a_file_over_the_limit_is_not_parsed(tmp_path: Path) -> None:
    (issue,) = issues(tmp_path, text=BASE + "#" * MAX_BYTES)
    assert (issue.field, issue.allowed) == ("file", f"at most {MAX_BYTES}")


def test_depth_just_within_the_limit_is_yaml() -> None:
    assert plain("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (BASE.encode() + "naam: café\n".encode("cp1252"), BASE.count("\n") + 1),
        (BASE.replace("kto/*.csv", "kto/\x07.csv").encode(), 7),
        (BASE.replace("[nl]", "[nl").encode(), 8),
    ],
    ids=["no_utf8", "control_character", "syntax"],
)
def test_unreadable_text_names_the_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = write(tmp_path, "")
    path.write_bytes(content)
    with pytest.raises(MappingError) as raised:
        load_mapping_file(path, product_reference())
    (issue,) = raised.value.issues
    assert (issue.file, issue.line, issue.field) == ("gm0344/kto.yml", line, "file")


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + BASE)
    assert load_mapping_file(path, product_reference())


@pytest.mark.parametrize("text", ["", "# niets\n", "---\n---\n", "null\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str) -> None:
    (issue,) = issues(tmp_path, text=text)
    assert issue.found == "an empty file"


@given(st.binary(max_size=200))
def test_any_bytes_give_nodes_or_a_mapping_error(content: bytes) -> None:
    try:
        compose(content, "kto.yml")
    except MappingError as error:
        assert error.issues


@given(st.text(alphabet="abc:-[]{}&*!'\"\n #,?|>%@`~", max_size=60))
def test_any_yaml_like_text_gives_nodes_or_a_mapping_error(text: str) -> None:
    try:
        compose(text.encode(), "kto.yml")
    except MappingError as error:
        assert error.issues
