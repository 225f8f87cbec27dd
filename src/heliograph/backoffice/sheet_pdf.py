"""A short description as PDF: headings, paragraphs, tables and code of a text in Markdown's simplest form.

Pure but for the font, which the package brings. The same text makes the same octets. Texts are our own: nothing that a
customer wrote comes here.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Preformatted, SimpleDocTemplate, Spacer, Table, TableStyle

from heliograph.backoffice.paper_pdf import FONT, MARGIN, use_font

_CODE: Final = re.compile(r"`([^`]+)`")
_BLANK: Final = re.compile(r"\n[ \t]*\n+")
_FENCE: Final = "```"
_GREY: Final = colors.HexColor("#f2f2f2")


def sheet(text: str) -> bytes:
    """The PDF of a description."""
    use_font()
    made = io.BytesIO()
    title = text.split("\n", 1)[0].lstrip("# ")
    document = SimpleDocTemplate(
        made, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN, title=title,
        author="Heliograph", invariant=1,
    )  # fmt: skip
    document.build(list(_flowables(text)))
    return made.getvalue()


@cache
def _style(size: int, before: int, after: int) -> ParagraphStyle:
    return ParagraphStyle(f"{size} {before}", fontName=FONT, fontSize=size, leading=size * 1.4, spaceBefore=before,
                          spaceAfter=after)  # fmt: skip


def _flowables(text: str) -> Iterator[Flowable]:
    pieces = text.split(f"{_FENCE}\n")
    for number, piece in enumerate(pieces):
        if number % 2:
            code = Preformatted(piece.rstrip("\n"), _style(8, 0, 0))
            yield Table([[code]], style=TableStyle([("BACKGROUND", (0, 0), (-1, -1), _GREY)]), colWidths=["100%"])
            yield Spacer(1, 6)
            continue
        for block in _BLANK.split(piece.strip()):
            yield from _block(block.strip())


def _block(block: str) -> Iterator[Flowable]:
    if block.startswith("## "):
        yield Paragraph(_marked(block[3:]), _style(13, 12, 4))
    elif block.startswith("# "):
        yield Paragraph(_marked(block[2:]), _style(18, 0, 8))
    elif block.startswith("|"):
        yield _table(block)
        yield Spacer(1, 6)
    elif block:
        yield Paragraph(_marked(" ".join(block.split("\n"))), _style(10, 0, 6))


def _table(block: str) -> Table:
    """Rows between bars; the second one is the line below the heading."""
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n")]
    cells = [[Paragraph(_marked(cell), _style(9, 0, 0)) for cell in row] for row in (head, *rows)]
    lines = TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("BACKGROUND", (0, 0), (-1, 0), _GREY)])
    return Table(cells, style=lines, colWidths=[f"{100 // len(head)}%"] * len(head), repeatRows=1)


def _marked(text: str) -> str:
    """As reportlab wants it: escaped, with names of fields set apart."""
    return _CODE.sub(r'<font backColor="#f2f2f2">\1</font>', html.escape(text, quote=False))
