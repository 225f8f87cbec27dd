"""XML of strangers as a tree of elements, and text for XML of ours.

Read by expat, whose work grows with the document alone, because there is nothing in it to expand: a document type is
refused where it begins, so there are no entities of anybody's making, no external ones, and nothing is ever fetched
(B24). Depth and number of elements are bounded; how many octets come in is the caller's to bound. Names are written
`{namespace}local`, or `local` where there is no namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

MOST_DEPTH: Final = 32
MOST_ELEMENTS: Final = 25_000
"""Elements of one document; a request with a text for each of 10,000 numbers has twice as many and a few."""

_ENCODINGS: Final = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "iso-8859-1", "windows-1251", "koi8-r"})
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
    | {chr(code): "?" for code in (*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)}
)
"""Also what XML 1.0 cannot hold at all, not even as a reference."""


class BadXml(ValueError):
    """The octets are no document that is read here. The text says why, with nothing of the document in it."""


@dataclass(slots=True)
class Element:
    """One element. `text` is all character data directly in it, with the blanks around it."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition("}")[2]

    @property
    def namespace(self) -> str:
        """The namespace, "" if there is none."""
        return self.name[1:].partition("}")[0] if self.name.startswith("{") else ""

    def child(self, local: str) -> Element | None:
        """The first child of this local name, in whatever namespace."""
        return next((child for child in self.children if child.local == local), None)

    def value(self, local: str) -> str:
        """The text of the first child of this local name without the blanks around it; "" if there is none."""
        child = self.child(local)
        return "" if child is None else child.text.strip()

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in the order of the document."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


def read_xml(octets: bytes) -> Element:
    """The root of a document. Raises `BadXml`."""
    return _Reader().read(octets)


def escaped(text: str) -> str:
    """Text as it may stand in an element or an attribute of ours."""
    return text.translate(_ESCAPES)


class _Reader:
    """Builds the tree of one document."""

    def __init__(self) -> None:
        self._root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def read(self, octets: bytes) -> Element:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(octets, True)
        except expat.ExpatError as error:
            raise BadXml(f"not well-formed: {expat.errors.messages[error.code]}") from None
        except (LookupError, ValueError, UnicodeError) as error:
            raise error if isinstance(error, BadXml) else BadXml("unreadable characters") from None
        assert self._root is not None
        return self._root

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise BadXml("unknown encoding")

    def _doctype(self, name: str, system_id: str | None, public_id: str | None, has_subset: bool) -> None:
        raise BadXml("a document type is not allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= MOST_DEPTH:
            raise BadXml("too many elements")
        element = Element(_named(name), {_named(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)
        self._texts.append([])

    def _end(self, name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def _characters(self, text: str) -> None:
        self._texts[-1].append(text)


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name
