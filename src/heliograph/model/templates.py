"""Texts kept for sending again: a customer's templates, and those he registers at operators.

All values are immutable; ids come from the store, 0 = not kept yet.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Template:
    """A text with the name it is found by. `format` is the type it is sent as, "" = not set; `sender` "" = the usual
    one; `signs` marks it as an automatic signature, which is kept and has no effect here."""

    id: int
    account_id: int
    name: str
    text: str
    format: str = ""
    sender: str = ""
    signs: bool = False


class TemplateKind(enum.IntEnum):
    """What an operator's template is for; bits 10 and 9 of a message's flag say it, less one (smsc-messages.md 3.2)."""

    SERVICE = 1
    TRANSACTIONAL = 2
    AUTHORISATION = 3
    ADVERTISING = 4


class TemplateStatus(enum.IntEnum):
    """How a template stands at its operator, as sender names do (smsc-directory.md 5.3)."""

    WAITING = 0
    SENT = 1
    ADMITTED = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class OperatorTemplate:
    """A text of a sender at one operator for one purpose; `flag` names both (`mts_srv`). A customer has each once.

    In the text `%d` stands for digits, `%w` for a word, `%d{1,4}` and `%w{1,4}` for that many digits, or words.
    """

    id: int
    account_id: int
    sender: str
    text: str
    flag: str
    status: TemplateStatus = TemplateStatus.ADMITTED


_MTS, _MEGAFON, _BEELINE = frozenset({"25001"}), frozenset({"25002", "25011"}), frozenset({"25099", "25028"})
_TELE2, _MOTIV = frozenset({"25020"}), frozenset({"25035"})

FLAGS: Final[dict[str, tuple[frozenset[str], TemplateKind]]] = {
    "mts_srv": (_MTS, TemplateKind.SERVICE),
    "mts_auth": (_MTS, TemplateKind.AUTHORISATION),
    "mts_trn": (_MTS, TemplateKind.TRANSACTIONAL),
    "mega_srv": (_MEGAFON, TemplateKind.SERVICE),
    "mega_auth": (_MEGAFON, TemplateKind.AUTHORISATION),
    "mega_trn": (_MEGAFON, TemplateKind.TRANSACTIONAL),
    "mega_adv": (_MEGAFON, TemplateKind.ADVERTISING),
    "bee_srv": (_BEELINE, TemplateKind.SERVICE),
    "bee_trn": (_BEELINE, TemplateKind.TRANSACTIONAL),
    "tele2_srv": (_TELE2, TemplateKind.SERVICE),
    "tele2_trn": (_TELE2, TemplateKind.TRANSACTIONAL),
    "motiv_srv": (_MOTIV, TemplateKind.SERVICE),
    "motiv_trn": (_MOTIV, TemplateKind.TRANSACTIONAL),
    "soc": (frozenset(), TemplateKind.SERVICE),
}
"""Flag → the networks (MCC and MNC together) it counts at, and its kind. Social networks are none of ours."""
