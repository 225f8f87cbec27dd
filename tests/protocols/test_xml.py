"""XML of strangers: the tree it becomes, and everything that is refused before it costs anything (B24)."""

from __future__ import annotations

import socket

import pytest

from heliograph.protocols.xml import MOST_DEPTH, MOST_ELEMENTS, BadXml, escaped, read_xml
from pace import cpu_below


def test_elements_texts_and_attributes_are_read_in_order():
    root = read_xml(b"<?xml version='1.0' encoding='utf-8'?><a k='1'><b>x</b><b><![CDATA[<y>]]></b><c/>tail</a>")
    assert (root.name, root.attributes, root.text) == ("a", {"k": "1"}, "tail")
    assert [(child.name, child.text) for child in root.children] == [("b", "x"), ("b", "<y>"), ("c", "")]
    assert [element.name for element in root.walk()] == ["a", "b", "b", "c"]


def test_namespaces_stand_before_the_local_name():
    root = read_xml(b'<s:Envelope xmlns:s="urn:one"><Body xmlns="urn:two"/></s:Envelope>')
    assert (root.name, root.local, root.namespace) == ("{urn:one}Envelope", "Envelope", "urn:one")
    assert root.child("Body").namespace == "urn:two"


def test_other_encodings_are_read_as_they_declare():
    assert read_xml("<?xml version='1.0' encoding='windows-1251'?><a>Привіт</a>".encode("cp1251")).text == "Привіт"
    assert read_xml("<a>Привіт</a>".encode("utf-16")).text == "Привіт"


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0"?>\n<!DOCTYPE a PUBLIC "x" "http://127.0.0.1/x.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'.encode("utf-16"),
    ],
)
def test_B24_a_document_type_is_refused_where_it_begins(document):
    with pytest.raises(BadXml, match="document type"):
        read_xml(document)


def test_B24_nothing_is_ever_fetched():
    """A canary listens where the document points; nobody calls."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
        for document in (
            f'<!DOCTYPE a SYSTEM "{url}"><a/>',
            f'<!DOCTYPE a [<!ENTITY b SYSTEM "{url}">]><a>&b;</a>',
            f'<!DOCTYPE a [<!ENTITY % b SYSTEM "{url}"> %b;]><a/>',
        ):
            with pytest.raises(BadXml):
                read_xml(document.encode())
        xinclude = f'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="{url}"/></a>'
        assert read_xml(xinclude.encode()).children[0].text == ""
        with pytest.raises(TimeoutError):
            canary.accept()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<a>&unknown;</a>",
        b"<a>\x00</a>",
        b"<a>\xff</a>",
        b"<a b='1' b='2'/>",
        b"text",
        b"<a/><b/>",
        b"<?xml version='1.0' encoding='utf-7'?><a>+ADw-</a>",
        b"<?xml version='1.0' encoding='no-such'?><a/>",
        b"<x:a/>",
    ],
)
def test_B24_what_is_no_document_is_refused(document):
    with pytest.raises(BadXml):
        read_xml(document)


def test_B24_deep_and_wide_documents_are_refused():
    read_xml(b"<a>" * MOST_DEPTH + b"</a>" * MOST_DEPTH)
    with pytest.raises(BadXml, match="too many"):
        read_xml(b"<a>" * (MOST_DEPTH + 1) + b"</a>" * (MOST_DEPTH + 1))
    with pytest.raises(BadXml, match="too many"):
        read_xml(b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>")


def test_B24_a_long_document_costs_no_more_than_its_length():
    with cpu_below(2.0):
        read_xml(b"<a>" + b"&amp;x" * 170_000 + b"</a>")


def test_text_of_ours_cannot_break_out():
    assert escaped('<a b="c">&\x00\ud800\n') == "&lt;a b=&quot;c&quot;&gt;&amp;??\n"
