"""`heliograph account …`: customers, their secrets, money, limits, senders and callbacks."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import USUAL_WINDOW
from heliograph.channels.sms import Language
from heliograph.cli.link import ask, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, print_fields, print_rows

account = App(name="account")

Label = Annotated[str, Parameter(name="--label", help="What it is for.")]

Zone = Annotated[
    str | None, Parameter(help='Time zone of what it is shown: UTC+3, Europe/Kyiv; "" = the interface\'s own.')
]

Parts = Annotated[
    Literal["hold", "pass"] | None,
    Parameter(help="Parts of long messages by SMPP wait for each other, or go on alone at once."),
]

Overspeed = Annotated[
    Literal["", "refuse", "wait"] | None,
    Parameter(help="Above its speed it is refused, or read no faster than it may send; '' = as the server does."),
]

HashedPasswords = Annotated[
    bool | None, Parameter(help="The MD5 or SHA-1 hex of its password may stand for it in SMSC's interfaces.")
]

MailAnswers = Annotated[bool | None, Parameter(help="Who sends by mail is told by mail what became of it.")]

SecretsInUrl = Annotated[
    bool | None, Parameter(help="Its password, tokens and keys may stand in the addresses of requests.")
]

Window = Annotated[int, Parameter(help="Calls that may be under way at once, 1 to 64.")]


def _do(verb: verbs.Verb, folder: Dir, config: Config) -> dict[str, object]:
    return fields_of(ask(installation_of(folder), verb, config=config))


@account.command
def create(
    login: str,
    *,
    currency: str = "UAH",
    tariff: str = "default",
    password: str | None = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Make an account; its password, API key and token are shown this once."""
    print_fields(_do(verbs.AccountCreate(login, currency, tariff, password), folder, config), as_json=json)


@account.command(name="list")
def list_(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """All accounts."""
    rows = rows_of(ask(installation_of(folder), verbs.AccountList(), config=config))
    columns = ("id", "login", "active", "balance", "currency", "tariff")
    print_rows("Accounts", columns, rows, as_json=json)


@account.command
def show(login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """One account with all that belongs to it."""
    print_fields(_do(verbs.AccountShow(login), folder, config), as_json=json)


@account.command
def token(
    login: str,
    *,
    scope: Annotated[str, Parameter(help="live = may send, test = in test mode (/v1), read = may only ask.")] = "live",
    label: Label = "",
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """One more bearer token, shown this once."""
    print_fields(_do(verbs.AccountToken(login, scope, label), folder, config), as_json=json)


@account.command
def apikey(login: str, *, label: Label = "", folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """One more API key, shown this once."""
    print_fields(_do(verbs.AccountApikey(login, label), folder, config), as_json=json)


@account.command
def smpp(
    login: str,
    system_id: str,
    *,
    flavour: Annotated[
        Literal["", "smsc", "smsclub", "plain"],
        Parameter(help="Whose SMPP it is answered in; '' = as the port says."),
    ] = "",
    incoming: Annotated[bool, Parameter(help="Incoming messages go to it, too.")] = True,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """A system_id to bind with by SMPP, or a new password for it; shown this once."""
    print_fields(_do(verbs.AccountSmpp(login, system_id, flavour, incoming), folder, config), as_json=json)


@account.command
def password(
    login: str, *, password: str | None = None, folder: Dir = None, config: Config = None, json: AsJson = False
) -> None:
    """A new password in place of the old one."""
    print_fields(_do(verbs.AccountPassword(login, password), folder, config), as_json=json)


@account.command
def commands(
    login: str,
    *,
    phone: Annotated[list[str] | None, Parameter(help="Telephone that may control it; repeat.")] = None,
    to: Annotated[list[str] | None, Parameter(help="Number, or group such as G17, that SEND reaches; repeat.")] = None,
    pin: Annotated[str | None, Parameter(help="4 to 12 digits behind each command word; '' = none.")] = None,
    off: Annotated[bool, Parameter(help="No telephone may control it any more.", negative="")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Let its own telephones control it by SMS (commands.enabled); what is not given stays."""
    verb = verbs.AccountCommands(login, [] if off else phone, to, pin)
    print_fields(_do(verb, folder, config), as_json=json)


@account.command
def revoke(login: str, credential: int, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Remove a token, API key or password by its id (`account show` names them)."""
    print_fields(_do(verbs.AccountRevoke(login, credential), folder, config), as_json=json)


@account.command(name="top-up")
def top_up(
    login: str,
    amount: Annotated[str, Parameter(help="Such as 100 or 12.50; negative corrects.", allow_leading_hyphen=True)],
    *,
    note: str = "",
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Pay in."""
    print_fields(_do(verbs.AccountTopUp(login, amount, note), folder, config), as_json=json)


@account.command
def limits(
    login: str,
    *,
    speed: Annotated[int | None, Parameter(help="Parts a second; 0 = no limit.")] = None,
    max_waiting: Annotated[int | None, Parameter(help="Parts that may wait; 0 = the server's limit.")] = None,
    credit: Annotated[str | None, Parameter(help="How far below zero the balance may go.")] = None,
    active: Annotated[bool | None, Parameter(help="An account that is not active may do nothing.")] = None,
    transactional: Annotated[bool | None, Parameter(help="Its messages go before others'.")] = None,
    allow_peer: Annotated[list[str] | None, Parameter(help="Address or network it may call from; repeat.")] = None,
    allow_all_peers: Annotated[bool, Parameter(help="Lift the list of addresses.", negative="")] = False,
    close_door: Annotated[list[str] | None, Parameter(help="Door it may not use, such as smsclub; repeat.")] = None,
    parameter_errors_as_add_info: bool | None = None,
    test_mode: Annotated[bool | None, Parameter(help="Its messages leave nothing and cost nothing.")] = None,
    hashed_passwords: HashedPasswords = None,
    secrets_in_url: SecretsInUrl = None,
    mail_answers: MailAnswers = None,
    gateway_base64: Annotated[bool | None, Parameter(help="SMS Club's HTTP gateway gets texts as Base64.")] = None,
    gateway_newlines: Annotated[bool | None, Parameter(help="It ends its lines with a line feed, too.")] = None,
    default_sender: Annotated[str | None, Parameter(help="Sender of requests that name none.")] = None,
    zone: Zone = None,
    language: Annotated[
        Literal["", "ru", "uk", "en"] | None,
        Parameter(help='Language of status names; "" = the interface\'s own.'),
    ] = None,
    national: Annotated[
        list[Language] | None,
        Parameter(help="Language whose national tables its texts may use where that saves a part; repeat."),
    ] = None,
    parts: Parts = None,
    no_national: Annotated[bool, Parameter(help="Use no national tables any more.", negative="")] = False,
    tariff: str | None = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Change what an account may; what is not given stays."""
    verb = verbs.AccountSet(
        login,
        active=active,
        transactional=transactional,
        speed=speed,
        max_waiting=max_waiting,
        allowed_peers=[] if allow_all_peers else allow_peer,
        closed_doors=close_door,
        parameter_errors_as_add_info=parameter_errors_as_add_info,
        test_mode=test_mode,
        hashed_passwords=hashed_passwords,
        secrets_in_url=secrets_in_url,
        mail_answers=mail_answers,
        gateway_base64=gateway_base64,
        gateway_newlines=gateway_newlines,
        default_sender=default_sender,
        zone=zone,
        language=language,
        national=[] if no_national else national,  # type: ignore[arg-type]
        parts=parts,
        tariff=tariff,
        credit=credit,
    )
    print_fields(_do(verb, folder, config), as_json=json)


@account.command(name="smpp-limits")
def smpp_limits(
    login: str,
    *,
    binds: Annotated[int | None, Parameter(help="Binds of one system_id at once; 0 = the server's.")] = None,
    window: Annotated[int | None, Parameter(help="deliver_sm of one bind without an answer; 0 = the server's.")] = None,
    speed: Annotated[int | None, Parameter(help="Messages a second; 0 = the server's.")] = None,
    overspeed: Overspeed = None,
    vendor_tlvs: Annotated[
        Literal["", "on", "off"] | None,
        Parameter(help="Receipts have SMSC's parameters 0x2000 to 0x2003; '' = as the flavour has it."),
    ] = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Change what an account may by SMPP; what is not given stays. Binds and window count from the next bind on."""
    verb = verbs.AccountSet(
        login,
        smpp_binds=binds,
        smpp_window=window,
        smpp_speed=speed,
        smpp_overspeed=overspeed,
        smpp_vendor_tlvs=vendor_tlvs,
    )
    print_fields(_do(verb, folder, config), as_json=json)


@account.command
def sender(
    login: str,
    name: str,
    *,
    remove: Annotated[bool, Parameter(negative="")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Let an account use a sender name, or (--remove) no more."""
    print_fields(_do(verbs.AccountSender(login, name, remove), folder, config), as_json=json)


@account.command
def callback(
    login: str,
    url: str,
    *,
    event: Annotated[list[str] | None, Parameter(help="status, incoming; repeat. Both if none is given.")] = None,
    window: Window = USUAL_WINDOW,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Call an address with the account's events; the signing secret is shown this once."""
    events = ("status", "incoming") if event is None else tuple(event)
    verb = verbs.AccountCallback(login, url, events, window)  # type: ignore[arg-type]
    print_fields(_do(verb, folder, config), as_json=json)


@account.command(name="callback-remove")
def callback_remove(
    login: str, callback: int, *, folder: Dir = None, config: Config = None, json: AsJson = False
) -> None:
    """Call it no more."""
    print_fields(_do(verbs.AccountCallbackRemove(login, callback), folder, config), as_json=json)


@account.command
def handler(
    login: str,
    url: Annotated[str, Parameter(help="Its address with charset, fmt, md5, sha1, crc32; '' = call it no more.")],
    *,
    event: Annotated[list[str] | None, Parameter(help="status, incoming; repeat. Both if none is given.")] = None,
    window: Window = USUAL_WINDOW,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Call an address with the account's events in SMSC's form, in place of the one before."""
    events = ("status", "incoming") if event is None else tuple(event)
    verb = verbs.AccountHandler(login, url, events, window)  # type: ignore[arg-type]
    print_fields(_do(verb, folder, config), as_json=json)


@account.command
def failed(
    login: str,
    *,
    most: Annotated[int, Parameter(help="So many at most, the oldest first.")] = 100,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Calls to its addresses that were given up."""
    rows = rows_of(ask(installation_of(folder), verbs.AccountFailed(login, most), config=config))
    columns = ("event", "target", "message", "state", "tries", "answer")
    print_rows("Given up", columns, rows, as_json=json)


@account.command(name="replay")
def replay_(login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Make the calls once more that were given up."""
    print_fields(_do(verbs.AccountReplay(login), folder, config), as_json=json)


@account.command
def stop(
    number: str,
    *,
    login: Annotated[str | None, Parameter(help="Only from this account; else from everybody.")] = None,
    lift: Annotated[bool, Parameter(negative="")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Put a number on the stop list, or (--lift) take it off."""
    print_fields(_do(verbs.StopNumber(number, login, lift), folder, config), as_json=json)
