"""Templates by `/v1`: texts kept for sending again, and those registered at operators."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from heliograph.dialects.native import CONFLICT
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_contacts import RoomId
from heliograph.dialects.native_messages import Sender
from heliograph.dialects.native_views import NoQuery
from heliograph.dialects.smsc_text import MOST_CHARACTERS
from heliograph.model.refusal import Reason
from heliograph.model.templates import FLAGS, OperatorTemplate, Template, TemplateStatus

_FORMATS: Final = {"text": "sms", "flash": "flash", "wap_push": "push"}
"""Kind → the word of SMSC's interface, by which templates are kept; others are shown by that word."""
_KINDS: Final = {"": "text"} | {word: kind for kind, word in _FORMATS.items()}

TemplateText = Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS)]
Flag = Annotated[str, Meta(extra_json_schema={"enum": sorted(FLAGS)})]


class TemplateBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A text with the name it is found by."""

    name: Annotated[str, Meta(min_length=1, max_length=200, pattern="^[^\\x00]*$")]
    text: TemplateText
    kind: Annotated[Literal["text", "flash", "wap_push"], Meta(description="What it is sent as.")] = "text"
    sender: Sender | None = field(default=None, name="from")


class TemplateView(Struct, frozen=True):
    """A template as it is kept; `kind` and `from` are for whoever sends it."""

    id: RoomId
    name: str
    text: str
    kind: str
    sender: Annotated[str, Meta(description='"" = the account\'s usual name.')] = field(name="from")


class TemplateList(Struct, frozen=True):
    """All templates of the account."""

    templates: list[TemplateView]


class OperatorTemplateBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A text to be registered: `%d` stands for digits, `%w` for a word, `%d{1,4}` and `%w{1,4}` for that many."""

    text: TemplateText
    registrations: Annotated[
        list[Flag],
        Meta(
            min_length=1,
            max_length=len(FLAGS),
            description="At which operators and for what (docs/doors/smsc-templates.md).",
        ),
    ]
    sender: Sender = field(name="from")


class OperatorTemplateView(Struct, frozen=True):
    """A text at one operator for one purpose."""

    id: RoomId
    registration: Flag
    text: str
    state: Annotated[str, Meta(extra_json_schema={"enum": sorted(one.name.lower() for one in TemplateStatus)})]
    sender: str = field(name="from")


class OperatorTemplateList(Struct, frozen=True):
    """Texts as they stand at operators."""

    templates: list[OperatorTemplateView]


_READ, _MANAGE = Scope.READ, Scope.MANAGE
_HERE: Final = "templates"
_GONE: Final = (Reason.NOT_FOUND,)

TEMPLATES = Call("listTemplates", "GET", "/templates", _HERE, "All templates", NoBody, NoQuery, TemplateList, _READ)
ADD = Call(
    "createTemplate",
    "POST",
    "/templates",
    _HERE,
    "A new template",
    TemplateBody,
    NoQuery,
    TemplateView,
    _MANAGE,
    201,
    errors=(CONFLICT,),
    tells="The same as in SMSC's interface, where a message names one by its id. A thousand at most: 409.",
)
TEMPLATE = Call(
    "getTemplate", "GET", "/templates/{id}", _HERE, "One template", NoBody, NoQuery, TemplateView, _READ, errors=_GONE
)
CHANGE = Call(
    "replaceTemplate",
    "PUT",
    "/templates/{id}",
    _HERE,
    "Put another in its place",
    TemplateBody,
    NoQuery,
    TemplateView,
    _MANAGE,
    errors=_GONE,
)
REMOVE = Call(
    "deleteTemplate",
    "DELETE",
    "/templates/{id}",
    _HERE,
    "Remove it",
    NoBody,
    NoQuery,
    NoAnswer,
    _MANAGE,
    204,
    errors=_GONE,
)
REGISTERED = Call(
    "listOperatorTemplates",
    "GET",
    "/operator-templates",
    _HERE,
    "Texts registered at operators",
    NoBody,
    NoQuery,
    OperatorTemplateList,
    _READ,
)
REGISTER = Call(
    "registerTemplate",
    "POST",
    "/operator-templates",
    _HERE,
    "Register a text at operators",
    OperatorTemplateBody,
    NoQuery,
    OperatorTemplateList,
    _MANAGE,
    201,
    errors=(CONFLICT,),
    tells="Unless the gateway lets every text in, it waits until its operator has looked at it.",
)
CALLS: Final[tuple[AnyCall, ...]] = (TEMPLATES, ADD, TEMPLATE, CHANGE, REMOVE, REGISTERED, REGISTER)


def template_of(body: TemplateBody, template_id: int, account_id: int) -> Template:
    """A template as it will be kept."""
    return Template(template_id, account_id, body.name, body.text, _FORMATS[body.kind], body.sender or "")


def template_view(template: Template) -> TemplateView:
    """A template as its owner sees it."""
    kind = _KINDS.get(template.format, template.format)
    return TemplateView(str(template.id), template.name, template.text, kind, template.sender)


def rows_of(body: OperatorTemplateBody, account_id: int) -> list[OperatorTemplate]:
    """A row for each registration."""
    flags = dict.fromkeys(body.registrations)
    return [OperatorTemplate(0, account_id, body.sender, body.text, flag) for flag in flags]


def registered_view(rows: list[OperatorTemplate]) -> OperatorTemplateList:
    """Registered texts as their owner sees them."""
    return OperatorTemplateList(
        [OperatorTemplateView(str(one.id), one.flag, one.text, one.status.name.lower(), one.sender) for one in rows]
    )
