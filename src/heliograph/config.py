"""Configuration: TOML, then the environment, then secret files become dataclasses, or precise complaints.

Knows no room: it reads whatever dataclass it is given. A field's one line of explanation is a string in its
`Annotated` type, its range a `msgspec.Meta` there. All that is wrong is said at once, each with the name of the field,
what was given and what would do; an unknown name is answered with the nearest known one.

    http.port = 8080            in the file
    HELIOGRAPH_HTTP_PORT=8080   in the environment: wins over the file
    smtp.password_file = "…"    any text field may be read from a file of its own
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec

PREFIX = "HELIOGRAPH_"
T = TypeVar("T")
Hint = Any
"""A type as written in a dataclass; Python has no type for types."""


class BadConfig(ValueError):
    """The configuration cannot be used; `complaints` are sentences that name the field and the remedy."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


class Explained(NamedTuple):
    """One field for `explain-config`: its dotted name ("routes[].id" within lists), type, default and meaning."""

    name: str
    type: str
    default: str
    meaning: str


def read(cls: type[T], path: Path | None, environ: Mapping[str, str], reserved: frozenset[str] = frozenset()) -> T:
    """Build `cls` from a file (None: none) and the environment. Raises `BadConfig`; `reserved` are names of the
    environment that belong to somebody else."""
    complaints: list[str] = []
    data: dict[str, Any] = {}
    folder = Path()
    if path is not None:
        folder = path.parent
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise BadConfig([f"there is no file {path}"]) from None
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig([f"{path} cannot be read: {error}"]) from None
        except tomllib.TOMLDecodeError as error:
            raise BadConfig([f"{path} is not TOML: {error}"]) from None
    known = {_variable(name): (name, kind) for name, kind in _scalars(cls, ())}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable in reserved:
            continue
        if variable not in known:
            complaints.append(f"the environment has {variable}, which is no setting{_nearest(variable, known)}")
            continue
        name, kind = known[variable]
        _put(data, name, _from_text(value, kind))
    built = _table(cls, data, "", folder, complaints)
    if complaints:
        raise BadConfig(complaints)
    assert built is not None
    return built


def explain(cls: type[object]) -> list[Explained]:
    """Every field of `cls` and of what it holds, in order."""
    return list(_explain(cls, ""))


def _table(cls: type[T], data: object, where: str, folder: Path, complaints: list[str]) -> T | None:
    """One table of the file as a dataclass; None after a complaint."""
    if not isinstance(data, dict):
        complaints.append(f"{where or 'the file'} must be a table, not {_shown(data)}")
        return None
    hints = get_type_hints(cls, include_extras=True)
    values: dict[str, Any] = {}
    before = len(complaints)
    for name, value in data.items():
        path = f"{where}.{name}" if where else name
        if name.endswith("_file") and name.removesuffix("_file") in hints:
            value, name = _secret(value, path, folder, complaints), name.removesuffix("_file")
            if value is None:
                continue
        if name not in hints:
            complaints.append(f"{path} is no setting{_nearest(name, hints)}")
            continue
        values[name] = _value(hints[name], value, path, folder, complaints)
    complaints += [
        f"{where or 'the file'} lacks {field.name}"
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
        if _is_required(field) and field.name not in values and f"{field.name}_file" not in data
    ]
    return cls(**values) if len(complaints) == before else None


def _value(hint: Hint, value: object, path: str, folder: Path, complaints: list[str]) -> object:
    plain = _plain(hint)
    inner = _inner_table(plain)
    if inner is not None:
        if not isinstance(value, list):
            complaints.append(f"{path} must be written as [[{path}]], not as {_shown(value)}")
            return None
        return tuple(_table(inner, item, f"{path}[{number}]", folder, complaints) for number, item in enumerate(value))
    if dataclasses.is_dataclass(plain):
        return _table(plain, value, path, folder, complaints)  # type: ignore[arg-type]
    try:
        return msgspec.convert(value, hint, strict=True)
    except msgspec.ValidationError as error:
        complaints.append(f"{path} is {_shown(value)}: {_lower_first(str(error).partition(' - at')[0])}")
        return None


def _secret(value: object, path: str, folder: Path, complaints: list[str]) -> str | None:
    try:
        return (folder / str(value)).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        complaints.append(f"{path}: {value} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        complaints.append(f"{path}: {value} is not UTF-8")
    return None


def _explain(cls: Hint, where: str) -> Iterator[Explained]:
    hints = get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        plain = _plain(hint)
        inner = _inner_table(plain)
        name = f"{where}{field.name}"
        if inner is not None:
            yield from _explain(inner, f"{name}[].")
        elif dataclasses.is_dataclass(plain):
            yield from _explain(plain, f"{name}.")
        else:
            yield Explained(name, _type_words(hint), _default_words(field), meaning(hint))


def meaning(hint: Hint) -> str:
    """The one line that explains a field, or ""."""
    return next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, str)), "")


def _scalars(cls: Hint, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The fields the environment can set: all that are not in lists of tables."""
    for name, hint in get_type_hints(cls, include_extras=True).items():
        plain = _plain(hint)
        if dataclasses.is_dataclass(plain):
            yield from _scalars(plain, (*path, name))
        elif _inner_table(plain) is None:
            yield (*path, name), plain


def _variable(name: tuple[str, ...]) -> str:
    return PREFIX + "_".join(name).upper()


def _put(data: dict[str, Any], name: tuple[str, ...], value: object) -> None:
    for part in name[:-1]:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # the complaint about that table comes anyway
        data = inner
    data[name[-1]] = value


def _from_text(text: str, kind: Hint) -> object:
    """A value of the environment as TOML would have given it; text that does not fit is left, to be complained of."""
    if _origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool and text.lower() in ("true", "false", "1", "0"):
        return text.lower() in ("true", "1")
    for number in (int, float):
        if kind in (number, number | None):
            try:
                return number(text)
            except ValueError:
                return text
    return text


def _origin(hint: Hint) -> Hint:
    return get_origin(hint)


def _plain(hint: Hint) -> Hint:
    return get_args(hint)[0] if _origin(hint) is Annotated else hint


def _inner_table(plain: Hint) -> Hint:
    """The dataclass of a `tuple[Dataclass, …]`, else None."""
    if _origin(plain) is tuple:
        inner = get_args(plain)[0]
        return inner if dataclasses.is_dataclass(inner) else None
    return None


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, (str, int, float, bool)) else f"a {type(value).__name__}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _type_words(hint: Hint) -> str:
    plain = _plain(hint)
    origin = _origin(plain)
    if origin is Literal:
        return " | ".join(str(value) for value in get_args(plain))
    if origin is tuple:
        return f"list of {_type_words(get_args(plain)[0])}"
    if origin in (types.UnionType,):
        return " or ".join(_type_words(part) for part in get_args(plain) if part is not type(None))
    words = {str: "text", int: "integer", float: "number", bool: "true or false"}.get(plain, str(plain))
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, msgspec.Meta) and extra.ge is not None:
            words += f" from {extra.ge}" + (f" to {extra.le}" if extra.le is not None else "")
    return words


def _default_words(field: dataclasses.Field[Any]) -> str:
    if _is_required(field):
        return "required"
    value = field.default if field.default is not dataclasses.MISSING else ""
    if value in ((), None, ""):
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
