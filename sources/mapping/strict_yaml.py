"""YAML as the mapping language takes it: every scalar is text, every field has its line.

Belongs here: from bytes to nodes, and what YAML feature is refused. Does not belong here: what a field means;
`no`, `0123`, `14 013` and `2025-1` stay text, and the field that receives them decides whether that text is a
number.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from sources.mapping.fields import normalised
from sources.mapping.issues import FieldPath, MappingError, MappingIssue, field_name, quoted

MAX_BYTES = 512 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 24

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# The parser in C gives the same events about ten times sooner; a night loads a thousand mappings.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Scalar:
    """Text as written, or None for an unquoted null."""

    text: str | None
    line: int
    size: int = 1
    depth: int = 0

    def plain(self) -> str | None:
        """The text."""
        return self.text


@dataclass(frozen=True)
class Sequence:
    """A list; `size` counts every node in it and `depth` its levels, aliases written out."""

    items: tuple["Node", ...]
    line: int
    size: int
    depth: int

    def plain(self) -> list[object]:
        """The list as plain Python data."""
        return [item.plain() for item in self.items]


@dataclass(frozen=True)
class Table:
    """Fields by name, each with the line of its name."""

    entries: dict[str, "Node"]
    key_lines: dict[str, int]
    line: int
    size: int
    depth: int

    def plain(self) -> dict[str, object]:
        """The fields as plain Python data."""
        return {name: node.plain() for name, node in self.entries.items()}


Node = Scalar | Sequence | Table


def compose(content: bytes, file: str) -> tuple[list[Node], list[MappingIssue]]:
    """The documents of a file, empty ones left out, and what is wrong with fields that could still be read:
    duplicate names, tags, merge keys.

    Raises MappingError when nothing can be read: no UTF-8, more than MAX_BYTES, no YAML, a composite name, or
    nodes that are too deep or, with aliases written out, too many.
    """
    if len(content) > MAX_BYTES:
        raise MappingError([MappingIssue(file, None, "file", "more bytes than that", f"at most {MAX_BYTES}")])
    composer = _Composer(yaml.parse(_decoded(content, file), Loader=_LOADER), file)
    try:
        documents = composer.documents()
    except yaml.YAMLError as error:
        raise MappingError([*composer.issues, _syntax_issue(error, file)]) from None
    return [one for one in documents if one.plain() is not None], composer.issues


def line_of(node: Node, path: FieldPath) -> int:
    """The line of the field at `path`, or of the nearest part around it that exists."""
    line = node.line
    for part in path:
        if isinstance(node, Table) and part in node.entries:
            line, node = node.key_lines[str(part)], node.entries[str(part)]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line = node.line
        else:
            return line
    return line


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _size(nodes: Iterable[Node]) -> int:
    return 1 + sum(node.size for node in nodes)


def _depth(nodes: Iterable[Node]) -> int:
    return 1 + max((node.depth for node in nodes), default=0)


def _decoded(content: bytes, file: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MappingError([MappingIssue(file, line, "file", "bytes that are not UTF-8", "UTF-8")]) from None
    unprintable = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if unprintable is not None:
        line = text.count("\n", 0, unprintable.start()) + 1
        raise MappingError([MappingIssue(file, line, "file", "a control character", "printable text")])
    return text


def _syntax_issue(error: yaml.YAMLError, file: str) -> MappingIssue:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "text that is no YAML"
    return MappingIssue(file, mark.line + 1 if mark else None, "file", str(problem), "valid YAML")


@dataclass
class _Composer:
    """Builds nodes from parser events; one use per file."""

    events: Iterator[yaml.Event]
    file: str
    issues: list[MappingIssue] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    nodes: int = 0

    def documents(self) -> list[Node]:
        found: list[Node] = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
                found.append(self._node(next(self.events), ()))
        return found

    def _node(self, event: yaml.Event, path: FieldPath) -> Node:
        line = _line(event)
        self._check_depth(len(path), line, path)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, line, path)
        if getattr(event, "tag", None):
            self._note(line, path, "a tag", "values without a tag such as !!str or !python/name")
        anchor = getattr(event, "anchor", None)
        if anchor:
            self.anchors[anchor] = None
        node = self._content(event, line, path)
        if anchor:
            self.anchors[anchor] = node
        return node

    def _content(self, event: yaml.Event, line: int, path: FieldPath) -> Node:
        self._count(1, line, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(line, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(line, path)
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(line, path, "an unfinished document", "valid YAML")
        is_null = event.implicit[0] and event.value in _NULLS
        return Scalar(None if is_null else event.value, line)

    def _sequence(self, line: int, path: FieldPath) -> Sequence:
        items: list[Node] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, (*path, len(items))))
        return Sequence(tuple(items), line, _size(items), _depth(items))

    def _table(self, line: int, path: FieldPath) -> Table:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        spellings: dict[str, str] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            name = self._key(event, path)
            key_line = _line(event)
            node = self._node(next(self.events), (*path, name))
            # Names are compared as everywhere: two that differ in outer spaces or composition are one.
            first = spellings.setdefault(normalised(name), name)
            if first in entries:
                allowed = f"one field of that name (the first is on line {lines[first]})"
                self._note(key_line, (*path, name), "the same field again", allowed)
                continue
            entries[name], lines[name] = node, key_line
        return Table(entries, lines, line, _size(entries.values()), _depth(entries.values()))

    def _key(self, event: yaml.Event, path: FieldPath) -> str:
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(line, path, "a composite or aliased field name", "plain text as field name")
        if event.tag or (event.value == "<<" and event.implicit[0]):
            self._note(line, (*path, event.value), "a tag or merge key", "fields written out in full")
        return str(event.value)

    def _alias(self, event: yaml.AliasEvent, line: int, path: FieldPath) -> Node:
        node = self.anchors.get(event.anchor or "")
        if node is None:
            self._stop(
                line, path, f"the alias {quoted(event.anchor)}", "an alias of an earlier, finished part"
            )
        self._check_depth(len(path) + node.depth, line, path)
        self._count(node.size, line, path)
        return node

    def _check_depth(self, depth: int, line: int, path: FieldPath) -> None:
        if depth > MAX_DEPTH:
            self._stop(line, path[:3], "more levels than that", f"at most {MAX_DEPTH} levels")

    def _count(self, nodes: int, line: int, path: FieldPath) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self._stop(
                line, path, "more than that many values", f"at most {MAX_NODES} values, aliases counted"
            )

    def _note(self, line: int, path: FieldPath, found: str, allowed: str) -> None:
        self.issues.append(MappingIssue(self.file, line, field_name(path), found, allowed))

    def _stop(self, line: int, path: FieldPath, found: str, allowed: str) -> NoReturn:
        self._note(line, path, found, allowed)
        raise MappingError(self.issues)
