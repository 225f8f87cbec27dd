"""What a call of `/v1` is: its path, what it takes, what it answers, who may make it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from msgspec import Struct

B = TypeVar("B", bound=Struct, covariant=True)
Q = TypeVar("Q", bound=Struct, covariant=True)
A = TypeVar("A", bound=Struct, covariant=True)

ROOT: Final = "/v1"


class Scope(enum.StrEnum):
    """What a token must be allowed for a call."""

    READ = "read"
    """Every token."""
    SEND = "send"
    """Tokens with the scope `live` or `test`."""
    MANAGE = "manage"
    """Tokens with the scope `live`: what it changes has no test form."""


class NoBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing."""


class NoAnswer(Struct, frozen=True):
    """Nothing: 204."""


@dataclass(frozen=True)
class Call(Generic[B, Q, A]):
    """`path` is below `ROOT`; `{id}` in it is digits. `keyed`: it takes an idempotency key; `by_message`: its problem
    may tell of each message. `errors` are problems it may have besides those of every call. `is_stream`: its answer is
    server-sent events, `answer` one of them. `may_be_empty`: without a body it does the usual."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    body: type[B]
    query: type[Q]
    answer: type[A]
    scope: Scope
    status: int = 200
    keyed: bool = False
    by_message: bool = False
    errors: tuple[str, ...] = ()
    tells: str = ""
    is_stream: bool = False
    may_be_empty: bool = False

    @property
    def whole_path(self) -> str:
        """As callers write it."""
        return ROOT + self.path


AnyCall = Call[Struct, Struct, Struct]
