"""Tokens and sub-clients by `/v1`: who may act for an account, and the accounts below it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from heliograph.dialects.native import CONFLICT, wrong
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_contacts import RoomId
from heliograph.dialects.native_messages import DECIMALS, Moment, Price
from heliograph.dialects.native_views import NoQuery
from heliograph.model.account import Account, Credential
from heliograph.model.money import Micro, NotMoney, parse_amount, show_balance
from heliograph.model.refusal import Reason
from heliograph.model.subclient import Flag, Kind

TokenScope = Annotated[
    Literal["live", "test", "read"],
    Meta(description="`live`: everything; `test`: sends, but nothing leaves and nothing is paid; `read`: only asks."),
]


class TokenBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A token to be made."""

    scope: TokenScope
    name: Annotated[str, Meta(max_length=100, description="What you call it.")] = ""


class TokenView(Struct, frozen=True):
    """A token."""

    id: RoomId
    name: str
    scope: str
    created_at: Moment
    token: Annotated[str | UnsetType, Meta(description="The token itself: shown when it is made, never again.")] = UNSET


class TokenList(Struct, frozen=True):
    """All tokens of the account."""

    tokens: list[TokenView]


KindName = Annotated[
    Literal["own", "owners_tariff", "owners_balance_and_tariff", "owners_balance", "additional_login"],
    Meta(description="Whose balance and whose tariff it uses; `additional_login` is the owner under another name."),
]


class AccountBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A sub-client to be made."""

    login: Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}$", examples=["branch-1"])]
    password: Annotated[str, Meta(min_length=8, max_length=200, examples=["a long password"])]
    kind: KindName = "own"
    owners_senders: Annotated[bool, Meta(description="It may use the owner's sender names.")] = False
    owners_contacts: Annotated[bool, Meta(description="It uses the owner's contacts.")] = False


class AccountView(Struct, frozen=True):
    """A sub-client."""

    id: RoomId
    login: str
    kind: KindName
    balance: Annotated[str, Meta(description="What it has, or what its owner has where it pays from there.")]
    currency: str
    blocked: bool
    deleted: bool
    created_at: Moment


class AccountList(Struct, frozen=True):
    """All sub-clients, deleted ones too."""

    accounts: list[AccountView]


class PaymentBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Money from the owner's balance to the sub-client's."""

    amount: Annotated[
        Price,
        Meta(pattern="^-?[0-9]{1,12}(\\.[0-9]{1,6})?$", description="Below zero it comes back.", examples=["10.50"]),
    ]


_READ, _MANAGE = Scope.READ, Scope.MANAGE
_TOKENS, _ACCOUNTS = "tokens", "accounts"
_GONE: Final = (Reason.NOT_FOUND,)

TOKENS = Call("listTokens", "GET", "/tokens", _TOKENS, "Tokens", NoBody, NoQuery, TokenList, _MANAGE)
ADD_TOKEN = Call("createToken", "POST", "/tokens", _TOKENS, "A new token", TokenBody, NoQuery, TokenView, _MANAGE, 201)
REMOVE_TOKEN = Call(
    "deleteToken",
    "DELETE",
    "/tokens/{id}",
    _TOKENS,
    "Revoke it; it is worth nothing from this moment on",
    NoBody,
    NoQuery,
    NoAnswer,
    _MANAGE,
    204,
    errors=_GONE,
)
ACCOUNTS = Call("listAccounts", "GET", "/accounts", _ACCOUNTS, "Sub-clients", NoBody, NoQuery, AccountList, _MANAGE)
ADD_ACCOUNT = Call(
    "createAccount",
    "POST",
    "/accounts",
    _ACCOUNTS,
    "A new sub-client",
    AccountBody,
    NoQuery,
    AccountView,
    _MANAGE,
    201,
    errors=(CONFLICT,),
)
ACCOUNT = Call(
    "getAccount",
    "GET",
    "/accounts/{id}",
    _ACCOUNTS,
    "One sub-client",
    NoBody,
    NoQuery,
    AccountView,
    _MANAGE,
    errors=_GONE,
)


def _turn(name: str, verb: str, summary: str) -> Call[NoBody, NoQuery, AccountView]:
    path = f"/accounts/{{id}}/{verb}"
    return Call(name, "POST", path, _ACCOUNTS, summary, NoBody, NoQuery, AccountView, _MANAGE, errors=_GONE)


BLOCK = _turn("blockAccount", "block", "It may do nothing until it is let in again")
UNBLOCK = _turn("unblockAccount", "unblock", "Let it in again")
PAY = Call(
    "payAccount",
    "POST",
    "/accounts/{id}/payments",
    _ACCOUNTS,
    "Move money to a sub-client, or back",
    PaymentBody,
    NoQuery,
    AccountView,
    _MANAGE,
    errors=(Reason.NOT_FOUND, Reason.NO_MONEY, CONFLICT),
)
REMOVE_ACCOUNT = Call(
    "deleteAccount",
    "DELETE",
    "/accounts/{id}",
    _ACCOUNTS,
    "It may do nothing any more, for ever",
    NoBody,
    NoQuery,
    NoAnswer,
    _MANAGE,
    204,
    errors=_GONE,
)
ADD_ACCOUNT_TOKEN = Call(
    "createAccountToken",
    "POST",
    "/accounts/{id}/tokens",
    _ACCOUNTS,
    "A new token for a sub-client",
    TokenBody,
    NoQuery,
    TokenView,
    _MANAGE,
    201,
    errors=_GONE,
)
CALLS: Final[tuple[AnyCall, ...]] = (
    TOKENS,
    ADD_TOKEN,
    REMOVE_TOKEN,
    ACCOUNTS,
    ADD_ACCOUNT,
    ACCOUNT,
    BLOCK,
    UNBLOCK,
    PAY,
    REMOVE_ACCOUNT,
    ADD_ACCOUNT_TOKEN,
)

KINDS: Final[dict[str, Kind]] = {kind.name.lower(): kind for kind in Kind}
_WORDS: Final[dict[Kind, KindName]] = {
    Kind.OWN: "own",
    Kind.OWNERS_TARIFF: "owners_tariff",
    Kind.OWNERS_BALANCE_AND_TARIFF: "owners_balance_and_tariff",
    Kind.OWNERS_BALANCE: "owners_balance",
    Kind.ADDITIONAL_LOGIN: "additional_login",
}


def amount_of(body: PaymentBody) -> Micro:
    """How much. Raises `Wrong`."""
    try:
        amount = parse_amount(body.amount)
    except NotMoney:
        amount = 0
    if not amount:
        raise wrong(Reason.BAD_REQUEST, "It is no amount.", "/amount")
    return amount


def token_view(credential: Credential, clear: str = "") -> TokenView:
    """A token as its owner sees it; `clear` is the token itself, "" where nobody knows it any more."""
    return TokenView(str(credential.id), credential.name, credential.scope, credential.created_at, clear or UNSET)


def account_view(account: Account, balance: Micro, currency: str) -> AccountView:
    """A sub-client as its owner sees it."""
    profile = account.profile
    assert profile is not None
    return AccountView(
        str(account.id),
        account.login,
        _WORDS[profile.kind],
        show_balance(balance, DECIMALS),
        currency,
        profile.has(Flag.BLOCKED),
        profile.deleted_at > 0,
        account.created_at,
    )
