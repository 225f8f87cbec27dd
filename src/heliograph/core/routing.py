"""Where a message goes: ordered rules, of which the first that fits wins.

A table is made once from the rules of one revision and never changes; the directory swaps it whole. What it decides
depends on the number only through the longest prefix the rules know of, so decisions are remembered by that, and a
message costs a few dictionary look-ups however many rules there are. `explain` walks the rules again, in words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from heliograph.channels.sms.numbering import Operator
from heliograph.core import destination
from heliograph.core.prefixes import Prefixes
from heliograph.model.account import Account
from heliograph.model.message import Kind
from heliograph.model.subclient import Flag, Profile

ROUTES_DOCUMENT: Final = "routes"
"""The name under which the store keeps the text of the rules, revision by revision."""

MOST_REMEMBERED = 65_536
"""Decisions kept; above that all are forgotten and made anew."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One route. All conditions must hold; an empty one always does."""

    id: Annotated[str, "Name of the rule, unique; messages and traces refer to it."]
    connectors: Annotated[
        tuple[str, ...], "Connectors by name, in order of preference; the later ones are for fail-over."
    ] = ()
    prefixes: Annotated[
        tuple[str, ...], "Numbers that begin with one of these digits, international form without +."
    ] = ()
    mcc: Annotated[tuple[str, ...], "Mobile country codes of the recipient's network, three digits."] = ()
    mnc: Annotated[tuple[str, ...], "Mobile network codes, two or three digits; only together with mcc."] = ()
    countries: Annotated[tuple[str, ...], "Countries as the numbering plan names them."] = ()
    senders: Annotated[tuple[str, ...], "Sender names or numbers, exactly as the customer writes them."] = ()
    accounts: Annotated[tuple[str, ...], "Logins of the accounts it is for."] = ()
    kinds: Annotated[
        tuple[str, ...], "Kinds of message: text, flash, binary, wap_push (these if none is named), hlr, ping."
    ] = ()
    channel: Annotated[str, "The channel it carries."] = "sms"
    block: Annotated[bool, "Refuse what fits instead of sending it."] = False
    in_doubt: Annotated[
        Literal["resend", "hold"],
        "When it is unknown whether the carrier has a message: send once more (perhaps twice), or never.",
    ] = "resend"
    failover_on_refusal: Annotated[bool, "Try the next connector when the carrier refuses a message for good."] = True
    failover_on_timeout: Annotated[bool, "Try the next connector when the carrier does not answer in time."] = False
    failover_on_disconnect: Annotated[bool, "Try the next connector while the preferred one is not connected."] = True
    failover_on_missing_receipt_s: Annotated[
        int,
        "Send once more, over the next connector, what a carrier took and sent no receipt for in so many seconds, "
        "perhaps twice; 0 = never.",
    ] = 0
    max_validity_s: Annotated[int, "Longest validity in seconds, longer ones are cut; 0 = no cap."] = 0
    sure: Annotated[
        tuple[str, ...],
        "Dear connectors, by name, for sub-clients who ask: first with `fl2[9]`, after the others with `fl2[24]`.",
    ] = ()


VIRTUAL: Final = "virtual"
"""The connector that answers for messages in test mode; it is always there."""

TEST_MODE: Final = Rule("test-mode", (VIRTUAL,))
"""The route of an account in test mode, once a rule of the table has let its message through (decisions.md 16)."""


SURE_FIRST: Final = ", sure first"
SURE_LAST: Final = ", sure last"
"""What follows the name of a rule where an account has it with its dear connectors."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was looked at, whether it was the one, and why, in a sentence."""

    rule_id: str
    matched: bool
    sentence: str


class BadRules(ValueError):
    """The rules cannot work; `complaints` are sentences that name rule and value."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


_Decision = tuple[str, str, str, Kind, str, tuple[str, str, str] | None]
"""All a decision depends on: the account and sender if a rule names them, prefix, kind, channel, network."""


class RoutingTable:
    """The compiled rules. `known_connectors` None skips the check that every connector exists."""

    def __init__(self, rules: Iterable[Rule] = (), known_connectors: Collection[str] | None = None) -> None:
        self.rules = tuple(rules)
        complaints = list(_complaints(self.rules, known_connectors))
        if complaints:
            raise BadRules(complaints)
        self._by_id = {rule.id: rule for rule in (*self.rules, *_with_sure(self.rules), TEST_MODE)}
        self.impatient = tuple(rule for rule in self._by_id.values() if rule.failover_on_missing_receipt_s)
        self._prefixes = Prefixes(prefix for rule in self.rules for prefix in rule.prefixes)
        self._senders = frozenset(sender for rule in self.rules for sender in rule.senders)
        self._logins = frozenset(login for rule in self.rules for login in rule.accounts)
        self._by_network = any(rule.mcc or rule.countries for rule in self.rules)
        self._decided: dict[_Decision, Rule | None] = {}

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this name, if the table still has it."""
        return self._by_id.get(rule_id)

    def choose(
        self,
        account: Account,
        sender: str,
        recipient: str,
        operator: Operator | None,
        kind: Kind,
        channel: str = "sms",
    ) -> Rule | None:
        """The first rule that fits, as the account has it; None if none does. A rule with `block` says: refuse it."""
        key = (
            account.login if account.login in self._logins else "",
            sender if sender in self._senders else "",
            self._prefixes.longest(recipient),
            kind,
            channel,
            (operator.mcc, operator.mnc, operator.country) if operator is not None and self._by_network else None,
        )
        try:
            chosen = self._decided[key]
        except KeyError:
            chosen = self._decide(key, account, sender, recipient, operator)
        return chosen if chosen is None or not chosen.sure else self._as_asked(chosen, account.profile)

    def _decide(
        self, key: _Decision, account: Account, sender: str, recipient: str, operator: Operator | None
    ) -> Rule | None:
        _, _, _, kind, channel, _ = key
        case = _Case(account.login, sender, recipient, operator, kind, channel)
        chosen = next((rule for rule in self.rules if not _misfit(rule, case)), None)
        if len(self._decided) >= MOST_REMEMBERED:
            self._decided.clear()
        self._decided[key] = chosen
        return chosen

    def _as_asked(self, rule: Rule, profile: Profile | None) -> Rule:
        """The rule as a sub-client has it: with the dear connectors first, or last, where its owner wants them."""
        if profile is None:
            return rule
        if profile.has(Flag.SURE_ROUTES):
            return self._by_id[rule.id + SURE_FIRST]
        return self._by_id[rule.id + SURE_LAST] if profile.has(Flag.CHEAP_ROUTE_FIRST) else rule

    def explain(
        self,
        account: Account,
        sender: str,
        recipient: str,
        operator: Operator | None,
        kind: Kind,
        channel: str = "sms",
    ) -> list[Considered]:
        """Every rule up to the one that wins, in order, each with why it fits or not."""
        case = _Case(account.login, sender, recipient, operator, kind, channel)
        considered: list[Considered] = []
        for rule in self.rules:
            misfit = _misfit(rule, case)
            if misfit:
                considered.append(Considered(rule.id, False, f"Route {rule.id} does not fit: {misfit}."))
                continue
            considered.append(Considered(rule.id, True, f"Route {rule.id} fits: {_fit(rule, case)}; {_leads(rule)}."))
            break
        return considered


class _Case(NamedTuple):
    """What a decision is made about."""

    login: str
    sender: str
    recipient: str
    operator: Operator | None
    kind: Kind
    channel: str


def _misfit(rule: Rule, case: _Case) -> str:
    """The first condition that does not hold, in words; "" if all do."""
    if rule.channel != case.channel:
        return f"it carries {rule.channel}, not {case.channel}"
    if rule.accounts and case.login not in rule.accounts:
        return f"it is for the account {destination.either(rule.accounts)}, not for {case.login}"
    if rule.senders and case.sender not in rule.senders:
        return f"it is for the sender {destination.either(rule.senders)}, not for {case.sender or 'none'}"
    return (
        destination.kind_misfit(rule.kinds, case.kind)
        or destination.prefix_misfit(rule.prefixes, case.recipient)
        or destination.network_misfit(rule.mcc, rule.mnc, rule.countries, case.operator)
    )


def _fit(rule: Rule, case: _Case) -> str:
    """Why a rule fits, in words."""
    because = []
    if rule.accounts:
        because.append(f"the account is {case.login}")
    if rule.senders:
        because.append(f"the sender is {case.sender}")
    if rule.kinds:
        because.append(f"the message is of the kind {case.kind.name.lower()}")
    if rule.prefixes:
        because.append(f"the number begins with {Prefixes(rule.prefixes).longest(case.recipient)}")
    if case.operator is not None and rule.mcc:
        because.append(f"the network is {case.operator.mcc} {case.operator.mnc if rule.mnc else ''}".rstrip())
    if case.operator is not None and rule.countries:
        because.append(f"the country is {case.operator.country}")
    return " and ".join(because) or "it is for everything"


def _leads(rule: Rule) -> str:
    if rule.block:
        return "it blocks"
    first, *others = rule.connectors
    return f"it leads to {first}" + "".join(f", then to {other}" for other in others)


def _with_sure(rules: tuple[Rule, ...]) -> Iterable[Rule]:
    """Each rule that has dear connectors, with them before and after its others. Who asks for these cannot want to be
    refused by the first."""
    for rule in rules:
        if rule.sure:
            names = (*rule.sure, *rule.connectors), (*rule.connectors, *rule.sure)
            for suffix, connectors in zip((SURE_FIRST, SURE_LAST), names, strict=True):
                once = tuple(dict.fromkeys(connectors))
                yield replace(rule, id=rule.id + suffix, connectors=once, failover_on_refusal=True)


def _complaints(rules: tuple[Rule, ...], known_connectors: Collection[str] | None) -> Iterable[str]:
    seen: set[str] = set()
    for rule in rules:
        name = f"route {rule.id!r}"
        if not rule.id:
            yield "a route has no id"
        if rule.id in seen:
            yield f"{name} exists twice"
        if rule.id.endswith((SURE_FIRST, SURE_LAST)):
            yield f"{name}: a name ends neither in {SURE_FIRST!r} nor in {SURE_LAST!r}"
        if rule.id == TEST_MODE.id:
            yield f"{name}: this name is taken by the route of accounts in test mode"
        seen.add(rule.id)
        if not rule.connectors and not rule.block:
            yield f"{name} leads to no connector and does not block"
        if known_connectors is not None:
            for connector in (*rule.connectors, *rule.sure):
                if connector not in known_connectors:
                    yield f"{name} leads to the connector {connector!r}, which does not exist"
        for complaint in (*_times(rule), *destination.complaints(rule.prefixes, rule.mcc, rule.mnc, rule.kinds)):
            yield f"{name}: {complaint}"


def _times(rule: Rule) -> Iterable[str]:
    if rule.max_validity_s < 0:
        yield "max_validity_s is negative"
    if rule.failover_on_missing_receipt_s < 0:
        yield "failover_on_missing_receipt_s is negative"
    elif rule.failover_on_missing_receipt_s and len({*rule.connectors, *rule.sure}) < 2:
        yield "failover_on_missing_receipt_s needs a second connector"


def dump_rules(rules: Iterable[Rule]) -> str:
    """Write rules as the text that is kept with their revision."""
    return msgspec.json.encode(list(rules)).decode()


def load_rules(text: str) -> tuple[Rule, ...]:
    """Read what `dump_rules` wrote. Raises `BadRules`."""
    try:
        return tuple(msgspec.json.decode(text, type=list[Rule]))
    except msgspec.DecodeError as error:
        raise BadRules([f"the kept rules cannot be read: {error}"]) from error
