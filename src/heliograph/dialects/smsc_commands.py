"""SMS commands: what an account's own telephone may ask by a text, and how it is answered (smsc-protocols.md 5).

The command words are ours and an operator may name others: the original's are not known. Who may ask, and how often, is
decided elsewhere.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from heliograph.dialects.smsc_answer import Charset, Format, Style, error
from heliograph.dialects.smsc_balance import shown_currency
from heliograph.dialects.smsc_request import Request
from heliograph.dialects.smsc_send import REASONS, TEXTS
from heliograph.dialects.smsc_words import shown_id, status_name, status_of
from heliograph.model.message import Message, State
from heliograph.model.money import Micro, show_balance
from heliograph.model.refusal import Reason

STYLE: Final = Style(Format.LINES, Charset.UTF_8)
HIDDEN: Final = "****"
"""Stands where a wrong PIN stood."""

_PIN: Final = re.compile(r"\d{4,12}", re.ASCII)
_GROUP: Final = re.compile(r"[Gg]\d{1,18}", re.ASCII)
_SHORT: Final = re.compile(r"\d{1,6}", re.ASCII)
_SPLIT: Final = re.compile(r"[,;\s]+")


class Verb(enum.StrEnum):
    """What a command does."""

    BALANCE = "balance"
    SEND = "send"
    STATUS = "status"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Command:
    """A text that begins with a command word: the word as it was written, and what stands behind it."""

    verb: Verb
    word: str
    rest: str

    @property
    def text(self) -> str:
        """The text again."""
        return f"{self.word} {self.rest}" if self.rest else self.word

    def without_pin(self) -> tuple[str, Command]:
        """The PIN that stands behind the word, "" if none does, and the command without it."""
        pin, _, rest = self.rest.partition(" ")
        if _PIN.fullmatch(pin) is None:
            return "", self
        return pin, Command(self.verb, self.word, rest.strip())


class Mailing(NamedTuple):
    """Whom `SEND` reaches, in the words of send.php, and with what."""

    phones: str
    text: str


def read(text: str, words: Mapping[Verb, Sequence[str]]) -> Command | None:
    """The command of a text, None for one that is none. Only `SEND` has something behind its word, but for a PIN."""
    word, _, rest = text.strip().partition(" ")
    verb = next((verb for verb, known in words.items() if word.casefold() in map(str.casefold, known)), None)
    if verb is None:
        return None
    command = Command(verb, word, rest.strip())
    if verb is not Verb.SEND and command.rest and _PIN.fullmatch(command.rest) is None:
        return None
    return command


def mailing(command: Command, usual: Iterable[str]) -> Mailing:
    """To the group that stands before the text, else to those the account wrote down."""
    first, _, rest = command.rest.partition(" ")
    if _GROUP.fullmatch(first) is not None:
        return Mailing(first, rest.strip())
    return Mailing(",".join(usual), command.rest)


def targets(given: str) -> tuple[str, ...]:
    """The parameter `ph`: numbers, and groups with their G or, being short, without."""
    return tuple(f"G{one}" if _SHORT.fullmatch(one) else one for one in _SPLIT.split(given) if one)


def request(mailing: Mailing) -> Request:
    """The mailing as a request to send."""
    return Request({"phones": mailing.phones, "mes": mailing.text}, STYLE)


# -- answers -----------------------------------------------------------------------------------------------------------


def balance_answer(balance: Micro, currency: str) -> str:
    """Such as `83.60 UAH`."""
    return f"{show_balance(balance, 2)} {shown_currency(currency)}"


def sent_answer(messages: Sequence[Message]) -> str:
    """The id of a mailing, and how many it reaches where some are refused; "" if none is accepted."""
    accepted = [message for message in messages if message.state is not State.REJECTED]
    if not accepted:
        return ""
    share = f", {len(accepted)} / {len(messages)}" if len(accepted) < len(messages) else ""
    return f"OK, ID - {shown_id(messages[0])}{share}"


def status_answer(message: Message, language: str) -> str:
    """What became of the newest message."""
    return f"ID - {shown_id(message)}, {message.recipient}: {status_name(status_of(message), language)}"


def stopped_answer(count: int) -> str:
    """How many messages were taken back."""
    return f"OK, {count}"


def refused_answer(reason: Reason) -> str:
    """Why nothing was sent."""
    return error_answer(REASONS[reason])


def error_answer(number: int, text: str = "") -> str:
    """`ERROR = N (description)`."""
    return error(STYLE, number, text or TEXTS.get(number, "")).body.decode()
