"""Templates in requests of `/v1`: which are named, and their texts with the fields of each message put in.

`{code}` in a template is the field `code`. A field that is missing, and one of a message that its template does not
have, are refused: nobody gets a text with a hole in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from heliograph.dialects.native import wrong
from heliograph.dialects.native_messages import KINDS, LONGEST_TEXT, KindWord, OneMessage, SendMessages
from heliograph.model.message import Kind
from heliograph.model.refusal import Reason
from heliograph.model.templates import Template

_PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,39})\}")
_KINDS: Final[dict[str, KindWord]] = {
    "": KINDS[Kind.TEXT],
    "sms": KINDS[Kind.TEXT],
    "flash": KINDS[Kind.FLASH],
    "push": KINDS[Kind.WAP_PUSH],
}
"""What a template is kept as → what is sent; for the others there is no channel."""


def templates_named(request: SendMessages) -> frozenset[int]:
    """The ids of the templates that a request names."""
    named = [request.template, *[one.template for one in request.messages or ()]]
    return frozenset([int(id_) for id_ in named if id_ is not None])


def needs_filling(request: SendMessages) -> bool:
    """Whether anything of it speaks of templates."""
    if request.template is not None or request.fields is not None:
        return True
    return any(one.template is not None or one.fields is not None for one in request.messages or ())


def filled(request: SendMessages, templates: Mapping[int, Template]) -> SendMessages:
    """The request with texts in the place of templates. Raises `Wrong`: then nothing of it is sent."""
    if request.text is not None and request.template is not None:
        raise wrong(Reason.BAD_REQUEST, "Give either a text or a template.", "/template")
    if not templates_named(request):
        _without_fields(request.fields, "")
    if request.messages is not None:
        messages = [
            _message(request, one, templates, f"/messages/{place}") for place, one in enumerate(request.messages)
        ]
        return replace(request, messages=messages, template=None, fields=None)
    if request.template is None:
        return request
    template = _of(request.template, templates, "")
    kind = _kind(request, None, template, "")
    text = _text(template, request.fields or {}, request.fields or {}, "")
    sender = request.sender or template.sender or None
    return replace(request, text=text, kind=kind, sender=sender, template=None, fields=None)


def _message(request: SendMessages, one: OneMessage, templates: Mapping[int, Template], place: str) -> OneMessage:
    if one.text is not None and one.template is not None:
        raise wrong(Reason.BAD_REQUEST, "Give either a text or a template.", f"{place}/template")
    named = one.template or (request.template if one.text is None else None)
    if named is None:
        _without_fields(one.fields, place)
        return one
    template, own = _of(named, templates, place), one.fields or {}
    kind = _kind(request, one, template, place)
    text = _text(template, {**(request.fields or {}), **own}, own, place)
    sender = one.sender or request.sender or template.sender or None
    return replace(one, text=text, kind=kind, sender=sender, template=None, fields=None)


def _of(named: str, templates: Mapping[int, Template], place: str) -> Template:
    template = templates.get(int(named))
    if template is None:
        raise wrong(Reason.BAD_REQUEST, "There is no such template.", f"{place}/template")
    return template


def _without_fields(fields: Mapping[str, str] | None, place: str) -> None:
    if fields is not None:
        raise wrong(Reason.BAD_REQUEST, "Only a template has fields.", f"{place}/fields")


def _kind(request: SendMessages, one: OneMessage | None, template: Template, place: str) -> KindWord:
    kind = _KINDS.get(template.format)
    if kind is None:
        raise wrong(Reason.UNSUPPORTED, "Messages of the template's kind cannot be sent here.", f"{place}/template")
    asked = one.kind if one is not None and one.kind is not None else request.kind
    if asked not in (kind, KINDS[Kind.TEXT]):
        raise wrong(Reason.BAD_REQUEST, "The template is of another kind.", f"{place}/kind")
    return kind


def _text(template: Template, fields: Mapping[str, str], own: Mapping[str, str], place: str) -> str:
    """The template's text; each of `own` must have a place in it."""
    wanted = set(_PLACE.findall(template.text))
    for name in sorted(wanted - fields.keys()):
        raise wrong(Reason.BAD_REQUEST, "The template has this field.", f"{place}/fields/{name}")
    for name in sorted(own.keys() - wanted):
        raise wrong(Reason.BAD_REQUEST, "The template has no such field.", f"{place}/fields/{name}")
    text = _PLACE.sub(lambda found: fields[found[1]], template.text)
    if not text or len(text) > LONGEST_TEXT:
        raise wrong(Reason.TEXT_TOO_LONG if text else Reason.BAD_TEXT, "", f"{place}/fields")
    return text
