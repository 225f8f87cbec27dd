"""SMSC's `templates.php` and `op_templates.php`, and the template that a send names (smsc-messages.md 6, 7, 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from heliograph.dialects.smsc_answer import Answer, Record, Style, listing
from heliograph.dialects.smsc_command import number_of, text_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_text import MOST_CHARACTERS
from heliograph.model.templates import FLAGS, OperatorTemplate, Template

COMMANDS: Final = ("add", "chg", "del", "get")
OPERATOR_COMMANDS: Final = ("add", "get")
READING: Final = frozenset({"get"})
"""Commands that change nothing."""
EFFECTIVE: Final = frozenset({*COMMANDS, "id", "name", "msg", "format", "sender", "fl[1]", *FLAGS})
"""Parameters that make a difference: two requests with the same are identical."""

FORMATS: Final = frozenset({"sms", "flash", "bin", "push", "mms", "call", "mail", "viber"})
_MOST_SENDER: Final = 64


def read_template(request: Request, account_id: int) -> Template:
    """The template of `add`. Raises `WrongRequest`."""
    template = _changed(request, Template(0, account_id, "", ""))
    if not (template.name and template.text):
        raise WrongRequest
    return template


def read_change(request: Request) -> Callable[[Template], Template]:
    """What `chg` makes of a template: only what the request names. Raises `WrongRequest`."""
    _changed(request, Template(0, 0, "", ""))
    return lambda template: _changed(request, template)


def read_id(request: Request) -> int:
    """Which template. Raises `WrongRequest`."""
    template_id = number_of(request, "id")
    if not template_id:
        raise WrongRequest
    return template_id


def _changed(request: Request, template: Template) -> Template:
    form = request.get("format").strip()
    if form and form not in FORMATS:
        raise WrongRequest
    text = request.get("msg")
    if len(text) > MOST_CHARACTERS:
        raise WrongRequest
    signs = request.flag("fl[1]") if "fl[1]" in request.fields else template.signs
    return replace(
        template,
        name=text_of(request, "name") or template.name,
        text=text or template.text,
        format=form or template.format,
        sender=text_of(request, "sender", _MOST_SENDER) or template.sender,
        signs=signs,
    )


def read_operator_templates(request: Request, account_id: int) -> list[OperatorTemplate]:
    """The rows of `add`, one for each flag. Raises `WrongRequest`, also for a request without any."""
    sender, text = read_filter(request)
    flags = [flag for flag in FLAGS if request.flag(flag)]
    if not (flags and sender and text):
        raise WrongRequest
    return [OperatorTemplate(0, account_id, sender, text, flag) for flag in flags]


def read_filter(request: Request) -> tuple[str, str]:
    """Sender and text, "" where they are not given. Raises `WrongRequest`."""
    text = request.get("msg")
    if len(text) > MOST_CHARACTERS:
        raise WrongRequest
    return text_of(request, "sender", _MOST_SENDER), text


# -- answering ---------------------------------------------------------------------------------------------------------


def templates_answer(style: Style, templates: Iterable[Template]) -> Answer:
    """The answer of `get`: exactly six members each."""
    records: list[Record] = [
        [
            ("id", one.id),
            ("name", one.name),
            ("message", one.text),
            ("format", one.format),
            ("sender", one.sender),
            ("flag", int(one.signs)),
        ]
        for one in templates
    ]
    return listing(style, "template", "message", records)


def operator_templates_answer(style: Style, templates: Iterable[OperatorTemplate]) -> Answer:
    """The answer of both operations: one row for each operator and kind."""
    records: list[Record] = [[("name", one.flag), ("status", int(one.status)), ("id", one.id)] for one in templates]
    return listing(style, "template", "name", records)


# -- sending by one ----------------------------------------------------------------------------------------------------

_BY_FORMAT: Final = {
    "flash": ("flash", "1"),
    "bin": ("bin", "2"),
    "push": ("push", "1"),
    "mms": ("mms", "1"),
    "call": ("call", "1"),
    "mail": ("mail", "1"),
    "viber": ("viber", "1"),
}


def template_named(request: Request) -> int:
    """The template whose text a request wants to send, 0 for none. Raises `WrongRequest`."""
    return number_of(request, "tpl")


def with_template(request: Request, template: Template) -> Request:
    """The request with what the template says in place of `mes`; the request's own sender and type count before its."""
    fields = {name: value for name, value in request.fields.items() if name != "tpl"}
    fields["mes"] = template.text
    if template.sender and "sender" not in fields:
        fields["sender"] = template.sender
    if template.format in _BY_FORMAT:
        fields.setdefault(*_BY_FORMAT[template.format])
    return replace(request, fields=fields, octets=b"")
