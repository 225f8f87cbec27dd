"""What simulated carriers answer to HLR queries: a subscriber's network, made of his number.

The country and network are those of a numbering plan, the rest is made up and always the same for a number: an IMSI of
fifteen digits that begins with the network's code, the number of a service centre in his own range. Pure.
"""

from __future__ import annotations

from typing import Final

from heliograph.channels.sms.numbering import Operator
from heliograph.model.message import Network, State
from heliograph.simulator.personality import NO_SUCH_NUMBER

IMSI_DIGITS: Final = 15
ABROAD: Final = ("Poland", "Plus", "48601000310")
"""Country, operator and service centre of those who roam."""


def answer(recipient: str, place: Operator | None, state: State | None, error: int, *, roams: bool) -> Network | None:
    """What comes with the receipt of a query; None while it is under way and for a number that does not exist.

    Where a subscriber is, is told only of one who can be reached.
    """
    if state is None or error == NO_SUCH_NUMBER:
        return None
    mcc, mnc, country, operator = place[:4] if place is not None else ("", "", "", "")
    imsi = f"{mcc}{mnc}{recipient.zfill(IMSI_DIGITS)[len(mcc + mnc) - IMSI_DIGITS :]}" if mnc else ""
    if state is not State.DELIVERED:
        return Network(imsi, "", mcc, mnc, country, operator)
    if roams:
        roaming_country, roaming_operator, centre = ABROAD
        return Network(imsi, centre, mcc, mnc, country, operator, roaming_country, roaming_operator)
    return Network(imsi, f"{recipient[:-7]}{'0' * 7}", mcc, mnc, country, operator)
