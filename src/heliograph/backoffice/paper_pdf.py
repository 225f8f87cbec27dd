"""Invoices and acts as PDF: a page of A4 in the language of whoever gets it.

Pure but for the font, which the package brings, because the standard ones of PDF have no Cyrillic. The same paper makes
the same octets. Everything a customer wrote is drawn as text: nothing in it is markup.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from importlib.resources import as_file, files
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from heliograph.model.money import show_price
from heliograph.model.subclient import Paper, PaperKind, Parties

FONT: Final = "DejaVuSans"
MARGIN: Final = 56.0
_WIDTH, _HEIGHT = A4
_LINE: Final = 1.5
"""From one line to the next, in sizes of the letters."""

_WORDS: Final[dict[str, dict[str, str]]] = {
    "ru": {
        "invoice": "Счёт № {number} от {day}",
        "act": "Акт № {number} от {day}",
        "from": "Исполнитель",
        "to": "Заказчик",
        "requisites": "Реквизиты",
        "contract": "Договор",
        "service": "Услуга",
        "services": "Услуги по отправке сообщений за {number}",
        "messages": "Отправлено сообщений",
        "total": "Всего",
        "done": "Услуги оказаны полностью. Заказчик претензий не имеет.",
        "signs": "Исполнитель ____________________        Заказчик ____________________",
    },
    "uk": {
        "invoice": "Рахунок № {number} від {day}",
        "act": "Акт № {number} від {day}",
        "from": "Виконавець",
        "to": "Замовник",
        "requisites": "Реквізити",
        "contract": "Договір",
        "service": "Послуга",
        "services": "Послуги з надсилання повідомлень за {number}",
        "messages": "Надіслано повідомлень",
        "total": "Усього",
        "done": "Послуги надано в повному обсязі. Замовник претензій не має.",
        "signs": "Виконавець ____________________        Замовник ____________________",
    },
    "en": {
        "invoice": "Invoice No. {number} of {day}",
        "act": "Act No. {number} of {day}",
        "from": "Contractor",
        "to": "Customer",
        "requisites": "Details",
        "contract": "Contract",
        "service": "Service",
        "services": "Sending of messages in {number}",
        "messages": "Messages sent",
        "total": "Total",
        "done": "The services were rendered in full. The customer has no claims.",
        "signs": "Contractor ____________________        Customer ____________________",
    },
}


def draw(paper: Paper, parties: Parties) -> bytes:
    """The PDF of a paper. What does not fit on its page goes on to the next."""
    use_font()
    words = _WORDS.get(parties.language, _WORDS["ru"])
    octets = io.BytesIO()
    canvas = Canvas(octets, pagesize=A4, invariant=1, lang=parties.language or "ru")
    title = words[paper.kind.value].format(number=paper.number, day=parties.day)
    canvas.setTitle(title)
    canvas.setCreator("Heliograph")
    y = _HEIGHT - MARGIN
    for text, size in ((title, 16.0), ("", 10.0), *((line, 10.0) for line in _lines(paper, parties, words))):
        for line in simpleSplit(text, FONT, size, _WIDTH - 2 * MARGIN) or [""]:
            if y < MARGIN:
                canvas.showPage()
                y = _HEIGHT - MARGIN
            canvas.setFont(FONT, size)
            canvas.drawString(MARGIN, y, line)
            y -= size * _LINE
    canvas.save()
    return octets.getvalue()


def _lines(paper: Paper, parties: Parties, words: dict[str, str]) -> Iterator[str]:
    yield f"{words['from']}: {parties.contractor}"
    yield f"{words['to']}: {parties.customer}"
    for name in ("requisites", "contract"):
        said = getattr(parties, name)
        if said:
            yield f"{words[name]}: {said}"
    yield ""
    yield f"{words['service']}: {paper.service or words['services'].format(number=paper.number)}"
    if paper.kind is PaperKind.ACT:
        yield f"{words['messages']}: {paper.count}"
    yield f"{words['total']}: {show_price(paper.amount, 2)} {paper.currency}"
    if paper.kind is PaperKind.ACT:
        yield from ("", words["done"], "", "", words["signs"])


@cache
def use_font() -> None:
    """Make the package's font known, once."""
    with as_file(files("heliograph.backoffice") / "fonts" / f"{FONT}.ttf") as path:
        pdfmetrics.registerFont(TTFont(FONT, str(path)))
