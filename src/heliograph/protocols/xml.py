"""XML of strangers as a tree of elements, and text for XML of ours.

Read by expat, whose work grows with the document alone, because there is nothing in it to expand: a document type is
refused where it begins, so there are no entities of anybody's making, no external ones, and nothing is ever fetched
(B24). Depth and number of elements are bounded; how many octets come in is the caller's to bound. Names are written
`{namespace}local`, or `local` where there is no namespace.

Programs fill in one document over and over, so its tags are remembered: where the same tags come again, byte for byte,
only what stands between them is new, and the tree is made without reading them (decisions/0022).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
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
    around it. Nobody changes `attributes`: elements of several documents may have one."""

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


def read_xml(document: bytes | str) -> Element:
    """The root of a document. Raises `BadXml`; of a text that cannot be UTF-8 `UnicodeError`."""
    known = _shapes.read(document)
    if known is not None:
        return known
    octets = document if isinstance(document, bytes) else document.encode()
    root = _Reader().read(octets)
    _shapes.learn(octets, root)
    return root


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


# -- documents that come again -----------------------------------------------------------------------------------------

_MOST_SHAPES: Final = 256
_MOST_REMEMBERED: Final = 2_048
"""Octets of a document whose tags are remembered."""
_TAG: Final = re.compile("(<[^>]*>)")
_PLAIN_TAG: Final = re.compile(
    r"""</[^\s<>/"'!?&=]+\s*>"""
    r"""|<[^\s<>/"'!?&=]+(?:\s+[^\s<>/"'&=]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*/?>"""
)
"""A tag with an end that no quotation mark hides. Where every `<` begins one, there is no comment, no CDATA and no
instruction, and no value of an attribute holds a `>`."""
_UTF_8: Final = re.compile(r"""<\?xml version="1\.[0-9]"(?: encoding="(?:utf|UTF)-8")?\s*\?>""")
_NOT_PLAIN: Final = re.compile("[>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Of what may stand between tags, what expat changes or refuses."""
_REFERENCES: Final = ("&lt;", "&gt;", "&quot;", "&apos;", "&amp;")
_BLANKS: Final = " \t\n"


class _Place(NamedTuple):
    """An element in the order of its document: what expat made of its tag, which one holds it (-1: none), and which of
    the texts between tags are its own: `text` if it is one, else `texts`."""

    name: str
    local: str
    attributes: dict[str, str]
    parent: int
    text: int
    texts: tuple[int, ...]


class _Shapes:
    """Tags of documents that expat has read, and where the texts between them belong."""

    def __init__(self) -> None:
        self._known: dict[str, list[_Place]] = {}

    def read(self, document: bytes | str) -> Element | None:
        """The root of a document of known tags; None if it has to be read."""
        if len(document) > 4 * _MOST_REMEMBERED or not self._known:
            return None
        try:
            text = document.decode() if isinstance(document, bytes) else document
        except UnicodeDecodeError:
            return None
        if text.rfind("<") > text.rfind(">"):
            return None  # and cutting would look for an end behind each `<`
        pieces = _TAG.split(text)
        places = self._known.get("".join(pieces[1::2]))
        if places is None:
            return None
        texts = _texts(pieces)
        return None if texts is None else _tree(places, texts)

    def learn(self, octets: bytes, root: Element) -> None:
        """Remember the tags of a document, if another of the same tags can only have the same elements."""
        if len(octets) > _MOST_REMEMBERED:
            return
        try:
            pieces = _TAG.split(octets.decode())
        except UnicodeDecodeError:
            return
        tags, texts = pieces[1::2], _texts(pieces)
        start = 1 if _UTF_8.fullmatch(tags[0]) else 0
        if texts is None or not all(map(_PLAIN_TAG.fullmatch, tags[start:])):
            return
        if len(self._known) >= _MOST_SHAPES:
            self._known.clear()
        self._known["".join(tags)] = _places(root, tags, start)


def _texts(pieces: list[str]) -> list[str] | None:
    """What stands between tags, as it is meant; None if it has to be read."""
    texts = pieces[::2]
    text = "".join(texts)
    if (
        texts[0]
        or texts[-1].strip(_BLANKS)
        or (pieces[1:2] and pieces[1].startswith("<?") and pieces[2].strip(_BLANKS))
        or ">" in text
        or (not text.isprintable() and _NOT_PLAIN.search(text) is not None)
    ):
        return None
    if "&" in text:
        if sum(map(text.count, _REFERENCES)) != text.count("&"):
            return None
        texts = [_meant(text) if "&" in text else text for text in texts]
    return texts


def _meant(text: str) -> str:
    """A text with the five references that need no declaration."""
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'")
    return text.replace("&amp;", "&")


def _places(root: Element, tags: list[str], start: int) -> list[_Place]:
    """The elements in the order of their tags, the texts numbered from the one before the first tag."""
    parents: list[int] = []
    texts: list[list[int]] = []
    inside = [-1]
    for number, tag in enumerate(tags[start:], start + 1):
        if tag[1] == "/":
            inside.pop()
        else:
            parents.append(inside[-1])
            texts.append([])
            if tag[-2] != "/":
                inside.append(len(texts) - 1)
        if inside[-1] >= 0:
            texts[inside[-1]].append(number)
    return [
        _Place(element.name, element.local, element.attributes, parent, own[0] if len(own) == 1 else -1, tuple(own))
        for element, parent, own in zip(root.walk(), parents, texts, strict=True)
    ]


def _tree(places: list[_Place], texts: list[str]) -> Element:
    made: list[Element] = []
    for name, local, attributes, parent, text, own in places:
        said = texts[text] if text >= 0 else "".join([texts[number] for number in own])
        element = Element(name, local, attributes, [], said)
        made.append(element)
        if parent >= 0:
            made[parent].children.append(element)
    return made[0]


_shapes: Final = _Shapes()
