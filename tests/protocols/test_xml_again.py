"""Documents whose tags come again: the tree is the one expat would have made, whatever stands between the tags."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.protocols import xml
from heliograph.protocols.xml import BadXml, _Reader, _Shapes, read_xml
from pace import cpu_below

TEXTS = (
    *(
        "",
        "x",
        " ",
        "\n\t",
        "два",
        "\u00a0",
        "a > b",
        "]]>",
        "\r",
        "\r\n",
        "\0",
        "\x0b",
        "\x7f",
        "\ufffe",
        "\U0001f600",
    ),
    *("&lt;", "&amp;lt;", "&amp;#13;", "&quot;&apos;&gt;", "&#13;", "&#x41;", "&nbsp;", "&", "&lt", "&amp", "'", '"'),
)
TAGS = (
    *(
        "<a>",
        "</a>",
        "<a >",
        "</a >",
        "<a/>",
        "<b c='d'>",
        '<b c="x>y">',
        "<b c='\"' d='>'>",
        "</b>",
        "<n:b xmlns:n='u'/>",
    ),
    *("<!-- <a> -->", "<!--", "-->", "<![CDATA[", "]]>", "<?p <a> ?>", "<a xmlns='u'>", "<a b>", "<", ">"),
)
PROLOGS = (
    *("", "<?xml version='1.0'?>", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>\n', "\ufeff", " "),
    *('<?xml version="1.0" encoding="windows-1251"?>', '<?xml version="1.0"?>x'),
)


def by_expat(document):
    """The tree, or None."""
    try:
        return _Reader().read(document)
    except BadXml:
        return None


def by_us(shapes, document):
    """The same with what `shapes` remembers; what it does not know it is taught, as `read_xml` does."""
    known = shapes.read(document)
    if known is not None:
        return known
    root = by_expat(document)
    if root is not None:
        shapes.learn(document, root)
    return root


def test_tags_that_are_known_are_not_read_again(monkeypatch):
    monkeypatch.setattr(xml, "_shapes", _Shapes())
    first = read_xml(b'<?xml version="1.0"?>\n<a xmlns="u"><b k="v">1</b><c/> and <b>2</b></a>')
    monkeypatch.setattr(xml, "_Reader", None)
    again = read_xml('<?xml version="1.0"?><a xmlns="u">so <b k="v">R&amp;B</b><c/><b>два</b></a>\n')
    assert again.text == "so "
    assert [child.text for child in again.children] == ["R&B", "", "два"]
    assert [(one.name, one.local, one.attributes) for one in again.walk()] == [
        (one.name, one.local, one.attributes) for one in first.walk()
    ]


def test_two_documents_share_no_element():
    shapes = _Shapes()
    trees = [by_us(shapes, b"<a><b>%d</b></a>" % number) for number in range(3)]
    assert [tree.child("b").text for tree in trees] == ["0", "1", "2"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("place", ["<a>{}</a>", "<a><b c='d'>{}</b></a>", "<a>{}<b c='d'>2</b> </a>", "<a/>{}"])
def test_what_stands_between_known_tags_means_what_it_means_to_expat(place, text):
    shapes = _Shapes()
    assert by_us(shapes, place.format("").encode()) is not None
    for said in (text, f"x{text}", f"{text}y", f"{text}{text}"):
        document = place.format(said).encode()
        assert by_us(shapes, document) == by_expat(document)


@pytest.mark.parametrize("prolog", PROLOGS)
@pytest.mark.parametrize("known", PROLOGS)
def test_what_stands_before_a_known_root_means_what_it_means_to_expat(known, prolog):
    shapes = _Shapes()
    by_us(shapes, f"{known}<a>1</a>".encode())
    document = f"{prolog}<a>два</a>".encode()
    assert by_us(shapes, document) == by_expat(document)


@pytest.mark.parametrize(
    ("known", "document"),
    [
        ('<a b="x>y">z</a>', '<a b="x>y2">z</a>'),
        ("<a><!-- <b> --></a>", "<a><!-- <b> 1 --></a>"),
        ("<a><![CDATA[<b>]]></a>", "<a><![CDATA[<b>1]]></a>"),
        ("<a><?p <b> ?></a>", "<a><?p <b> 1 ?></a>"),
    ],
)
def test_what_has_more_than_tags_and_texts_is_read_each_time(known, document):
    shapes = _Shapes()
    assert by_us(shapes, known.encode()) is not None
    assert shapes.read(document) is None
    assert by_us(shapes, document.encode()) == by_expat(document.encode())


def test_other_octets_than_utf_8_are_expats():
    shapes = _Shapes()
    assert by_us(shapes, "<a>два</a>".encode("utf-16")).text == "два"
    assert by_us(shapes, b"<a>1</a>").text == "1"
    assert by_us(shapes, "<a>2</a>".encode("utf-16")).text == "2"
    assert by_us(shapes, "<a>2</a>".encode("utf-16-le")) == by_expat("<a>2</a>".encode("utf-16-le"))
    assert by_us(shapes, "<a>два</a>".encode("cp1251")) is None


def test_so_many_tags_are_remembered_and_no_more():
    shapes = _Shapes()
    for number in range(600):
        assert by_us(shapes, b"<a n='%d'>x</a>" % number).attributes == {"n": str(number)}
        assert len(shapes._known) <= 256
    large = b"<a>%b</a>" % (b"<b/>" * 600)
    assert len(by_us(shapes, large).children) == 600
    assert shapes.read(large) is None


@pytest.mark.parametrize("octets", [b"<", b"<a ", b"<a", b">", b"&", b"&lt;", b"<a/>", b" ", b'<a b="'])
def test_no_document_takes_long(octets):
    shapes = _Shapes()
    by_us(shapes, b"<a/>")
    document = octets * (8_000 // len(octets))
    with cpu_below(0.05):
        assert shapes.read(document) is None


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TEXTS), st.sampled_from(TEXTS)), min_size=1, max_size=6),
    st.sampled_from(PROLOGS),
)
def test_no_tags_and_texts_mislead(pieces, prolog):
    shapes = _Shapes()
    inside = ["".join([tag + texts[which] for tag, *texts in pieces]) for which in (0, 1)]
    for document in [f"{prolog}{one}" for one in inside] + [f"{prolog}<r>{one}</r>" for one in inside]:
        octets = document.encode()
        assert by_us(shapes, octets) == by_expat(octets)
