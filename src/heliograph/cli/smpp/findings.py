"""What a probe found out: as words, as JSON, and as the settings of a connector that suit what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from heliograph.cli.smpp.peer import How
from heliograph.protocols.smpp.receipt import Receipt
from heliograph.protocols.smpp.status import Status, named

NO_ANSWER: Final = -1
"""In place of a command_status."""
MOST_WINDOW: Final = 500
OURS: Final = 0x34


@dataclass
class Burst:
    """Messages sent without waiting: `window` at once until `sent` were."""

    window: int
    sent: int
    taken: int
    throttled: int
    per_second: int


@dataclass
class Findings:
    """Statuses are numbers, `NO_ANSWER` for none. What was not asked is not there."""

    address: str
    binds: dict[How, int] = field(default_factory=dict)
    version: int | None = None
    sessions: int = 0
    """Binds that were up at once."""
    sessions_tried: int = 0
    is_goodbye_answered: bool = False
    enquire_ms: float | None = None
    unknown_command: int | None = None
    """What a command nobody knows was answered with."""
    answers: dict[str, int] = field(default_factory=dict)
    """Name of a question → the status of its answer."""
    ids: list[str] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)

    @property
    def bind(self) -> str | None:
        """The setting `bind` that works best; None if no bind does."""
        if self.binds.get("trx") == 0:
            return "trx"
        if self.binds.get("tx") == 0:
            return "tx+rx" if self.binds.get("rx") == 0 else "tx"
        return None

    @property
    def id_rule(self) -> str:
        """How ids in receipts are those of the answers: the rule most receipts obey."""
        if not self.receipts or not self.ids:
            return "unknown"
        told = [receipt.id for receipt in self.receipts]
        if not any(told):
            return "none"
        counts = {rule: sum([rule_fits(rule, one, self.ids) for one in told]) for rule in ID_RULES}
        best = max(counts.values())
        return next(rule for rule, count in counts.items() if count == best) if best else "foreign"

    @property
    def window(self) -> int:
        """The largest window tried in which nothing was throttled or lost; 0 if none was tried."""
        good = [burst.window for burst in self.bursts if burst.taken == burst.sent]
        return max(good, default=1 if self.bursts else 0)

    @property
    def per_second(self) -> int:
        """Messages a second in that window."""
        return max([burst.per_second for burst in self.bursts if burst.window == self.window], default=0)

    def is_taken(self, question: str) -> bool:
        """True if what was asked was taken."""
        return self.answers.get(question) == 0


ID_RULES: Final = {
    "same": "receipts spell an id as the answer did",
    "case": "receipts spell hexadecimal letters in another case than the answer",
    "zeros": "receipts spell an id with other leading zeros than the answer",
    "hex answers": "answers spell an id in hexadecimal, receipts in decimal",
    "hex receipts": "answers spell an id in decimal, receipts in hexadecimal",
}
OTHER_RULES: Final = {
    "unknown": "no receipt came",
    "none": "receipts bear no id",
    "foreign": "receipts bear ids that no answer had",
}


def rule_fits(rule: str, told: str, ids: list[str]) -> bool:
    """True if the id of a receipt is one of the answers by this rule."""
    match rule:
        case "same":
            return told in ids
        case "case":
            return told.lower() in {one.lower() for one in ids}
        case "zeros":
            return told.lstrip("0").lower() in {one.lstrip("0").lower() for one in ids}
        case "hex answers":
            return _number(told, 10) in {_number(one, 16) for one in ids} - {None}
        case _:
            return _number(told, 16) in {_number(one, 10) for one in ids} - {None}


def _number(text: str, base: int) -> int | None:
    try:
        return int(text, base) if text.isalnum() else None
    except ValueError:
        return None


def spelt(status: int) -> str:
    """A status in words."""
    return "no answer" if status == NO_ANSWER else named(status)


def report(found: Findings) -> Iterator[str]:
    """Lines for people, Markdown."""
    yield f"# What {found.address} does"
    yield ""
    for how, status in found.binds.items():
        yield f"- bind as {how}: {'allowed' if status == 0 else spelt(status)}"
    if found.bind is None:
        yield "- nothing more could be asked"
        return
    if found.version is None:
        yield "- it names no version: SMPP 3.3, or a quiet one"
    else:
        yield f"- it speaks SMPP {found.version >> 4}.{found.version & 15}"
    more = " or more" if found.sessions == found.sessions_tried else ""
    yield f"- sessions at once: {found.sessions}{more}"
    if found.enquire_ms is None:
        yield "- enquire_link: no answer"
    else:
        yield f"- enquire_link: answered in {found.enquire_ms:.1f} ms"
    if found.unknown_command is not None:
        yield f"- a command nobody knows: {spelt(found.unknown_command)}"
    yield f"- unbind: {'answered' if found.is_goodbye_answered else 'no answer'}"
    if found.answers:
        yield from _about_messages(found)
    else:
        yield "- messages: not asked; --to NUMBER lets a few real ones be sent"


def _about_messages(found: Findings) -> Iterator[str]:
    yield ""
    yield "| what was sent | what was said |"
    yield "|---|---|"
    for question, status in found.answers.items():
        yield f"| {question} | {'taken' if status == 0 else spelt(status)} |"
    yield ""
    if found.ids:
        yield f"- ids look like `{found.ids[-1]}`"
    yield f"- receipts: {len(found.receipts)}; {(ID_RULES | OTHER_RULES)[found.id_rule]}"
    words = sorted({receipt.stat for receipt in found.receipts if receipt.stat})
    if words:
        yield f"- states in them: {', '.join(words)}"
    if found.receipts and not any(receipt.text for receipt in found.receipts):
        yield "- receipts have no text, parameters alone"
    for burst in found.bursts:
        throttled = f", {burst.throttled} throttled" if burst.throttled else ""
        yield (
            f"- window {burst.window}: {burst.taken} of {burst.sent} taken{throttled}, "
            f"{burst.per_second:,} answers a second"
        )


def profile(found: Findings, host: str, port: int, *, tls: bool, name: str) -> str:
    """A section of the configuration, TOML; who binds is left for the reader to fill in."""
    bind = found.bind
    lines = [f"# What `heliograph probe` found out about {found.address}.", "[[connectors]]", f'name = "{name}"']
    lines += ['kind = "smpp"', f'smpp.host = "{host}"', f"smpp.port = {port}"]
    lines += ['smpp.system_id = ""  # yours', 'smpp.password_file = ""  # the name of a file with the password']
    if tls:
        lines.append("smpp.tls = true")
    if bind is not None:
        lines.append(f'smpp.bind = "{bind}"')
    if found.sessions:
        lines.append(f"# sessions at once: {found.sessions} of {found.sessions_tried} tried")
    lines += [line if line.startswith("#") else f"smpp.{line}" for line in _habits(found)]
    return "\n".join([*lines, ""])


def own_profile(found: Findings) -> str:
    """What is a habit of it, as a profile of an operator's own (`carrier_profiles`), TOML."""
    return "\n".join([f'meaning = "what heliograph probe found out about {found.address}"', *_habits(found), ""])


def _habits(found: Findings) -> list[str]:
    """Settings of a connection, a line each, and comments."""
    lines: list[str] = []
    if found.version is not None and found.version != OURS:
        lines.append(f"interface_version = {found.version}")
    if found.window:
        lines.append(f"window = {min(found.window, MOST_WINDOW)}")
    lines += _long_messages(found)
    if found.answers:
        if not found.is_taken(RELATIVE):
            lines.append(f'validity = "{"absolute" if found.is_taken(ABSOLUTE) else "none"}"')
        lines.append(f"# message ids: {(ID_RULES | OTHER_RULES)[found.id_rule]}")
    return lines


PLAIN: Final = "a text in the default alphabet"
LATIN: Final = "a text in Latin-1 (data_coding 3)"
UNICODE: Final = "a text in UCS-2 (data_coding 8)"
LONGEST: Final = "254 octets in short_message"
HEADER: Final = "a long text in parts with a header (UDH)"
SAR: Final = "a long text in parts with sar_* parameters"
PAYLOAD: Final = "a long text in message_payload"
STANDARD_TLV: Final = "a parameter of SMPP 3.4 (user_message_reference)"
VENDOR_TLV: Final = "a parameter of somebody's own (0x1500)"
RELATIVE: Final = "a relative validity_period"
ABSOLUTE: Final = "an absolute validity_period"
DATA_SM: Final = "data_sm"
QUERY_SM: Final = "query_sm"


def _long_messages(found: Findings) -> list[str]:
    for question, setting in ((HEADER, "udh"), (SAR, "sar"), (PAYLOAD, "payload")):
        if found.is_taken(question):
            return [f'long_messages = "{setting}"']
    return ["# long texts: none of three ways was taken"] if HEADER in found.answers else []


THROTTLED: Final = frozenset({Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL})
