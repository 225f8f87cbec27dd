"""Who, where and how much, in memory: what admission asks without ever reading the store.

Accounts with their credentials, senders, endpoints and stop lists come from the store and are replaced one by one;
routes, tariffs and the numbering plan come from the configuration, are compiled aside and swapped whole
(decisions.md 20). Every change carries a revision; a message remembers the one it was accepted under. The directory
never reads or writes the store itself, and holds no secret in clear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from heliograph.channels.sms.numbering import NumberingPlan, Operator
from heliograph.core.keyed_hash import keyed_hash
from heliograph.core.operator_templates import OperatorTemplates
from heliograph.core.peers import Network, is_within, network_of
from heliograph.core.pricing import TariffLine, Tariffs
from heliograph.core.routing import RoutingTable, Rule
from heliograph.core.stop_list import StopList
from heliograph.model.account import (
    HANDLER,
    Account,
    Blocks,
    Credential,
    CredentialKind,
    DirectoryRows,
    Endpoint,
    Sender,
    SenderState,
    StopListed,
)
from heliograph.model.limits import UNLIMITED, Limits
from heliograph.model.senders import FLAGS, Networks

EVERYBODY = 0
"""The account id of the stop list that counts for all."""
OUTLIVES = 3
"""So many looks at the store a stop outlives that none of them has: longer than its group is under way."""

_NOBODYS = StopList()
_ALSO = {Blocks.MAILINGS: (Blocks.EVERYTHING, Blocks.MAILINGS), Blocks.SINGLE: (Blocks.EVERYTHING, Blocks.SINGLE)}
"""What keeps a message of this sort away."""


def secret_digest(secret: bytes, clear: str) -> str:
    """What is kept of a token or an API key: its HMAC-SHA256 under the installation's key, in hex."""
    return secret_digests(secret)(clear)


@lru_cache(maxsize=4)
def secret_digests(secret: bytes) -> Callable[[str], str]:
    """`secret_digest` under one key."""
    hashed = keyed_hash(secret)
    return lambda clear: hashed(clear.encode("utf-8", "surrogatepass")).hex()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One account and all that is its own; equal entries need no replacing."""

    account: Account
    credentials: tuple[Credential, ...]
    senders: tuple[Sender, ...]
    endpoints: tuple[Endpoint, ...]


class Directory:
    """The live tables. `secret` is the installation's key; `connectors` the names routes may lead to, None = any.

    Raises `BadRules` or `BadTariffs` when made of rules or lines that cannot work.
    """

    def __init__(
        self,
        rows: DirectoryRows,
        rules: Iterable[Rule],
        tariff_lines: Iterable[TariffLine],
        plan: NumberingPlan,
        secret: bytes,
        *,
        connectors: Collection[str] | None = None,
    ) -> None:
        self._digest_of = secret_digests(secret)
        self._connectors = connectors
        self.routing = RoutingTable(rules, connectors)
        self.tariffs = Tariffs(tariff_lines)
        self.plan = plan
        self.templates = OperatorTemplates()
        """Of operators; not of the rows, for the office keeps them."""
        self.revision = 0
        self._entries: dict[int, _Entry] = {}
        self._logins: dict[str, int] = {}
        self._bound_by: dict[int, set[int]] = {}
        self._digests: dict[tuple[str, str], Credential] = {}
        self._system_ids: dict[str, Credential] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        self._allowed_names: dict[int, frozenset[str]] = {}
        self._substitutes: dict[int, dict[str, list[tuple[Networks, str]]]] = {}
        self._active_endpoints: dict[int, tuple[Endpoint, ...]] = {}
        self._endpoints: dict[int, Endpoint] = {}
        self._peers: dict[int, tuple[Network, ...]] = {}
        self._numbers: dict[str, set[int]] = {}
        self._stop_lists: dict[tuple[int, Blocks], StopList] = {}
        self._ahead: dict[tuple[int, Blocks, str], int] = {}
        self.apply(rows)

    # -- accounts ------------------------------------------------------------------------------------------------

    def accounts(self) -> Iterator[Account]:
        """All accounts, in order of id."""
        return (self._entries[account_id].account for account_id in sorted(self._entries))

    def account(self, account_id: int) -> Account | None:
        """The account of this id, active or not."""
        entry = self._entries.get(account_id)
        return None if entry is None else entry.account

    def by_login(self, login: str) -> Account | None:
        """The account of this login, active or not: whoever checks a password looks at `settings.active` too."""
        account_id = self._logins.get(login)
        return None if account_id is None else self.account(account_id)

    def by_token(self, token: str) -> Account | None:
        """The active account whose bearer token this is; the same work whether it is known or not (B27)."""
        return self._owner(self.credential(CredentialKind.TOKEN, token))

    def by_apikey(self, apikey: str) -> Account | None:
        """The active account whose API key this is; the same work whether it is known or not (B27)."""
        return self._owner(self.credential(CredentialKind.APIKEY, apikey))

    def credential(self, kind: CredentialKind, clear: str) -> Credential | None:
        """The token or API key itself, for doors that mind its `scope`. Its account may be inactive."""
        return self._digests.get((kind, self._digest_of(clear)))

    def by_system_id(self, system_id: str) -> Credential | None:
        """The SMPP credential of this system_id. Its account may be inactive."""
        return self._system_ids.get(system_id)

    def system_ids(self, account_id: int) -> tuple[Credential, ...]:
        """The SMPP credentials of an account, in order of id."""
        return tuple(row for row in self.credentials(account_id) if row.kind is CredentialKind.SMPP)

    def credentials(self, account_id: int) -> tuple[Credential, ...]:
        """All credentials of an account, in order of id."""
        entry = self._entries.get(account_id)
        return () if entry is None else entry.credentials

    def peer_allowed(self, account: Account, peer: str) -> bool:
        """Whether a caller's address is in the account's allow-list; without a list everybody is.

        Fails closed: an entry that is no network allows nobody, an address that is none is not allowed (B26).
        """
        if not account.settings.allowed_peers:
            return True
        return is_within(peer, self._peers.get(account.id, ()))

    # -- what belongs to them ------------------------------------------------------------------------------------

    def sender_names(self, account: Account) -> tuple[str, ...]:
        """The active sender names an account may use, in order of id: its own, then those of whom it points to."""
        names = self._names.get(account.id, ())
        return names if _is_own(account.senders_of, account) else (*names, *self._names.get(account.senders_of, ()))

    def may_send_as(self, account: Account, sender: str) -> bool:
        """Whether `sender` is one of these names, to the letter."""
        names = self._allowed_names.get(account.id)
        if names is not None and sender in names:
            return True
        return not _is_own(account.senders_of, account) and sender in self._allowed_names.get(account.senders_of, ())

    def has_name(self, account: Account, sender: str) -> bool:
        """Whether the account itself has this name, whatever its state."""
        entry = self._entries.get(account.id)
        return entry is not None and any(row.name == sender for row in entry.senders)

    def usual_sender(self, account: Account) -> str:
        """The name for requests that name none: the default one, or the reserve while that may not be used; "" = none
        was chosen."""
        usual, profile = account.settings.default_sender, account.profile
        if profile is not None and profile.second_sender and not self.may_send_as(account, usual):
            return profile.second_sender
        return usual

    def names_usual_first(self, account: Account) -> tuple[str, ...]:
        """`sender_names`, and before them the usual one, where there is one."""
        names, usual = self.sender_names(account), self.usual_sender(account)
        return (usual, *names) if usual else names

    def usual_name(self, account: Account) -> str:
        """The name for what the gateway sends in an account's name: the usual one, else its first; "" = it has none."""
        return self.usual_sender(account) or next(iter(self.sender_names(account)), "")

    def tariff(self, account: Account) -> str:
        """The name of the tariff an account pays by: its own, or its owner's."""
        owner = None if account.tariff else self.account(account.parent)
        return account.tariff if owner is None else owner.tariff

    def bounds(self, account: Account) -> Account:
        """The account whose limits, speed and room in the queue count for an account: its own, or its owner's."""
        if _is_own(account.limits_of, account):
            return account
        return self.account(account.limits_of) or account

    def bound_by(self, account_id: int) -> Iterable[int]:
        """All accounts for which the bounds of this one count, and which are counted together."""
        others = self._bound_by.get(account_id)
        return (account_id, *others) if others else (account_id,)

    def limits(self, account: Account) -> Limits:
        """The limits that count for an account."""
        return self.bounds(account).limits

    def is_closed(self, account: Account) -> bool:
        """Whether an account may do nothing, because it or the one it belongs to is not active."""
        if not account.settings.active:
            return True
        owner = self.account(account.parent) if account.parent else None
        return owner is not None and not owner.settings.active

    def subclients(self, owner_id: int) -> tuple[Account, ...]:
        """The sub-clients of an account, in order of id, deleted ones, too."""
        return tuple(account for account in self.accounts() if account.parent == owner_id)

    def senders(self, account_id: int) -> tuple[Sender, ...]:
        """All sender names that are an account's own, in order of id, whatever their state."""
        entry = self._entries.get(account_id)
        return () if entry is None else entry.senders

    def sent_as(self, account: Account, sender: str, operator: Operator | None) -> str:
        """What a network shows in place of `sender`, for want of a substitute `sender` itself."""
        if operator is None or not self._substitutes:
            return sender
        for networks, substitute in self._substitutes.get(account.senders_of or account.id, {}).get(sender, ()):
            if networks.has(operator.mcc, operator.mnc):
                return substitute
        return sender

    def owner_of_number(self, number: str) -> int:
        """The account that alone has this number (digits) as a sender: incoming messages to it are its own. Else 0."""
        owners = self._numbers.get(number.lstrip("+"))
        return next(iter(owners)) if owners is not None and len(owners) == 1 else 0

    def endpoints(self, account_id: int) -> tuple[Endpoint, ...]:
        """The active endpoints of an account, in order of id."""
        return self._active_endpoints.get(account_id, ())

    def handler_of(self, account_id: int) -> Endpoint | None:
        """The one handler of an account, active or not."""
        entry = self._entries.get(account_id)
        endpoints = () if entry is None else entry.endpoints
        return next((endpoint for endpoint in endpoints if endpoint.kind == HANDLER), None)

    def endpoint(self, endpoint_id: int) -> Endpoint | None:
        """An endpoint by id, active or not."""
        return self._endpoints.get(endpoint_id)

    def stop_listed(self, account: Account, recipient: str, *, in_mailing: bool = False) -> bool:
        """Whether a recipient gets no single message, or none of a mailing, from this account, or from nobody."""
        stop_lists = self._stop_lists
        if not stop_lists:
            return False
        return any(
            recipient in stop_lists.get((owner, blocks), _NOBODYS)
            for blocks in _ALSO[Blocks.MAILINGS if in_mailing else Blocks.SINGLE]
            for owner in (account.id, EVERYBODY)
        )

    def operator(self, msisdn: str) -> Operator | None:
        """Whose number it is, by the numbering plan."""
        return self.plan.lookup(msisdn)

    # -- changes -------------------------------------------------------------------------------------------------

    def apply(self, rows: DirectoryRows) -> frozenset[int]:
        """Take over what the store holds now; returns the ids of the accounts that changed, came or went.

        Accounts that did not change are left as they are. Rows that were read before the last change was, by somebody
        who looked at the same time, are not taken: they would undo it until the next look.
        """
        if rows.revision < self.revision:
            return frozenset()
        entries = _entries(rows)
        changed = {account_id for account_id, entry in entries.items() if self._entries.get(account_id) != entry}
        gone = self._entries.keys() - entries.keys()
        for account_id in changed | gone:
            self._forget(account_id)
        for account_id in changed:
            self._learn(entries[account_id])
        self._stop_lists = _stop_lists(rows.stop_list)
        self._put_ahead_again()
        self.revision = rows.revision
        return frozenset(changed | gone)

    def put_sender(self, sender: Sender, revision: int) -> None:
        """Take over one sender name, new or changed, without a reload."""
        self._put_senders(sender, (sender,), revision)

    def drop_sender(self, sender: Sender, revision: int) -> None:
        """Forget one sender name, without a reload."""
        self._put_senders(sender, (), revision)

    def _put_senders(self, sender: Sender, new: tuple[Sender, ...], revision: int) -> None:
        entry = self._entries.get(sender.account_id)
        if entry is not None:
            others = [one for one in entry.senders if one.id != sender.id]
            self._forget(sender.account_id)
            self._learn(replace(entry, senders=tuple(sorted([*others, *new], key=lambda one: one.id))))
        self.revision = revision

    def stop(self, row: StopListed, revision: int) -> None:
        """Put one number on a stop list, without a reload; what it was blocked from before counts no more."""
        self._take_off(row)
        self._stop_lists.setdefault((row.account_id, row.blocks), StopList()).add(row.recipient)
        self.revision = revision

    def stop_ahead(self, row: StopListed) -> None:
        """The same before the store has it: it outlives what was read of the store a moment too early."""
        self.stop(row, self.revision)
        self._ahead[row.account_id, row.blocks, row.recipient] = OUTLIVES

    def _put_ahead_again(self) -> None:
        for (account_id, blocks, recipient), left in list(self._ahead.items()):
            stop_list = self._stop_lists.setdefault((account_id, blocks), StopList())
            if left == 0 or recipient in stop_list:
                del self._ahead[account_id, blocks, recipient]
            else:
                stop_list.add(recipient)
                self._ahead[account_id, blocks, recipient] = left - 1

    def unstop(self, row: StopListed, revision: int) -> None:
        """Take one number off a stop list, without a reload."""
        self._take_off(row)
        self.revision = revision

    def _take_off(self, row: StopListed) -> None:
        for blocks in Blocks:
            self._ahead.pop((row.account_id, blocks, row.recipient), None)
            if (row.account_id, blocks) in self._stop_lists:
                self._stop_lists[row.account_id, blocks].remove(row.recipient)

    def swap_routes(self, rules: Iterable[Rule], revision: int) -> None:
        """Route by these rules from now on. Raises `BadRules`, and then nothing has changed."""
        self.routing = RoutingTable(rules, self._connectors)
        self.revision = revision

    def swap_tariffs(self, lines: Iterable[TariffLine], revision: int) -> None:
        """Price by these lines from now on. Raises `BadTariffs`, and then nothing has changed."""
        self.tariffs = Tariffs(lines)
        self.revision = revision

    def swap_plan(self, plan: NumberingPlan, revision: int) -> None:
        """Look operators up in this plan from now on."""
        self.plan = plan
        self.revision = revision

    def _owner(self, credential: Credential | None) -> Account | None:
        account = None if credential is None else self.account(credential.account_id)
        return account if account is not None and not self.is_closed(account) else None

    def _forget(self, account_id: int) -> None:
        entry = self._entries.pop(account_id, None)
        if entry is None:
            return
        self._logins.pop(entry.account.login, None)
        self._bound_by.get(entry.account.limits_of, set()).discard(account_id)
        for credential in entry.credentials:
            self._digests.pop((credential.kind, credential.digest), None)
            if credential.kind is CredentialKind.SMPP:
                self._system_ids.pop(credential.name, None)
        for endpoint in entry.endpoints:
            self._endpoints.pop(endpoint.id, None)
        for sender in entry.senders:
            self._numbers.get(sender.name.lstrip("+"), set()).discard(account_id)
        for table in (self._names, self._allowed_names, self._substitutes, self._active_endpoints, self._peers):
            table.pop(account_id, None)

    def _learn(self, entry: _Entry) -> None:
        account = entry.account
        self._entries[account.id] = entry
        self._logins[account.login] = account.id
        if not _is_own(account.limits_of, account):
            self._bound_by.setdefault(account.limits_of, set()).add(account.id)
        for credential in entry.credentials:
            if credential.kind in (CredentialKind.TOKEN, CredentialKind.APIKEY, CredentialKind.PIN):
                self._digests[credential.kind, credential.digest] = credential
            elif credential.kind is CredentialKind.SMPP:
                self._system_ids[credential.name] = credential
        active = [one for one in entry.senders if one.state is SenderState.ACTIVE and not one.mail]
        names = tuple(sender.name for sender in active)
        self._names[account.id] = names
        self._allowed_names[account.id] = frozenset(names)
        substitutes = {sender.name: _substitutes(sender) for sender in active if sender.operators}
        if any(substitutes.values()):
            self._substitutes[account.id] = substitutes
        for name in names:
            number = name.lstrip("+")
            if number.isascii() and number.isdigit():
                self._numbers.setdefault(number, set()).add(account.id)
        self._endpoints.update((endpoint.id, endpoint) for endpoint in entry.endpoints)
        self._active_endpoints[account.id] = tuple(endpoint for endpoint in entry.endpoints if endpoint.active)
        self._peers[account.id] = tuple(_networks(account.settings.allowed_peers))


def _is_own(pointer: int, account: Account) -> bool:
    return pointer in (0, account.id)


def _entries(rows: DirectoryRows) -> dict[int, _Entry]:
    """Gather the rows by account. Rows of accounts that do not exist are left out."""
    credentials: defaultdict[int, list[Credential]] = defaultdict(list)
    senders: defaultdict[int, list[Sender]] = defaultdict(list)
    endpoints: defaultdict[int, list[Endpoint]] = defaultdict(list)
    for credential in sorted(rows.credentials, key=lambda row: row.id):
        credentials[credential.account_id].append(credential)
    for sender in sorted(rows.senders, key=lambda row: row.id):
        senders[sender.account_id].append(sender)
    for endpoint in sorted(rows.endpoints, key=lambda row: row.id):
        endpoints[endpoint.account_id].append(endpoint)
    return {
        account.id: _Entry(
            _known_by_sight(account),
            tuple(credentials.get(account.id, ())),
            tuple(senders.get(account.id, ())),
            tuple(endpoints.get(account.id, ())),
        )
        for account in rows.accounts
    }


def _known_by_sight(account: Account) -> Account:
    """Without limits it has the one `UNLIMITED`, so that intake need not compare twenty of them for each message."""
    is_another = account.limits is not UNLIMITED and account.limits == UNLIMITED
    return replace(account, limits=UNLIMITED) if is_another else account


def _substitutes(sender: Sender) -> list[tuple[Networks, str]]:
    """What a name is shown as in some networks; the order of `FLAGS` decides between two for one network."""
    found = [(flag, sender.at(flag)) for flag in FLAGS]
    return [(FLAGS[flag], at.substitute) for flag, at in found if at is not None and at.substitute]


def _stop_lists(rows: Iterable[StopListed]) -> dict[tuple[int, Blocks], StopList]:
    recipients: defaultdict[tuple[int, Blocks], list[str]] = defaultdict(list)
    for row in rows:
        recipients[row.account_id, row.blocks].append(row.recipient)
    return {owner: StopList(numbers) for owner, numbers in recipients.items()}


def _networks(allowed: Iterable[str]) -> Iterator[Network]:
    for text in allowed:
        try:
            yield network_of(text)
        except ValueError:
            continue
