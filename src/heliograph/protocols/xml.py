"""XML of strangers as a tree of elements, and text for XML of ours.

Read by expat, whose work grows with the document alone, because there is nothing in it to expand: a document type is
refused where it begins, so there are no entities of anybody's making, no external ones, and nothing is ever fetched
(B24). Depth and number of elements are bounded; how many octets come in is the caller's to bound. Names are written
`{namespace}local`, or `local` where there is no namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from msgspec import Struct

MOST_DEPTH: Final = 32
MOST_ELEMENTS: Final = 25_000
"""Elements of one document; a request with a text for each of 10,000 numbers has twice as many and a few."""

_ENCODINGS: Final = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "iso-8859-1", "windows-1251", "koi8-r"})
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold at all, not even as a reference."""


class BadXml(ValueError):
    """The octets are no document that is read here. The text says why, with nothing of the document in it."""


class Element(Struct):
    """One element. `local` is its name without the namespace, `text` all character data directly in it, with the blanks
    around it."""

    name: str
    local: str
    attributes: dict[str, str]
    children: list[Element]
    text: str

    @property
    def namespace(self) -> str:
        """The namespace, "" if there is none."""
        return self.name[1:].partition("}")[0] if self.name.startswith("{") else ""

    def child(self, local: str) -> Element | None:
        """The first child of this local name, in whatever namespace."""
        for child in self.children:
            if child.local == local:
                return child
        return None

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
    """Text as it may stand in an element or an attribute of ours; what XML cannot hold becomes `?`."""
    if not text.isprintable():
        text = _IMPOSSIBLE.sub("?", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\r", "&#13;")


class _Reader:
    """Builds the tree of one document. Each element costs three calls from expat, so they do as little as they can."""

    def __init__(self) -> None:
        self._root: Element | None = None
        self._open: list[Element] = []
        self._pieces: dict[int, list[str]] = {}
        self._left = MOST_ELEMENTS

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
        opened = self._open
        self._left -= 1
        if self._left < 0 or len(opened) >= MOST_DEPTH:
            raise BadXml("too many elements")
        if attributes:
            attributes = {f"{{{key}" if "}" in key else key: value for key, value in attributes.items()}
        if "}" in name:
            element = Element(f"{{{name}", name[name.rindex("}") + 1 :], attributes, [], "")
        else:
            element = Element(name, name, attributes, [], "")
        if opened:
            opened[-1].children.append(element)
        else:
            self._root = element
        opened.append(element)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if self._pieces and (pieces := self._pieces.pop(id(element), None)) is not None:
            element.text = "".join(pieces)

    def _characters(self, text: str) -> None:
        """Mostly the text comes in one piece; several are joined at the end, so that the work grows with it alone."""
        element = self._open[-1]
        if element.text:
            self._pieces.setdefault(id(element), [element.text]).append(text)
        else:
            element.text = text
