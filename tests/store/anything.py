"""Any value a field may have, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from heliograph.model.message import Content, Kind, Network, OwnPart, PartOf, Priority, State
from heliograph.model.receipt import Receipt

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
"""Unicode without lone surrogates; NUL, astral characters and right-to-left ones included."""
WORDS = st.from_regex(r"[A-Za-z0-9_.:+-]{1,12}", fullmatch=True)
TIMES = st.integers(0, 2**53)
AMOUNTS = st.integers(0, 10**15)
SMALL = st.integers(0, 2**31 - 1)

CONTENTS = st.builds(
    Content,
    text=TEXTS,
    kind=st.sampled_from(Kind),
    data=st.binary(max_size=40),
    udh=st.binary(max_size=10),
    coding=st.none() | st.integers(0, 255),
    pid=st.none() | st.integers(0, 255),
    parameters=st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=9)), max_size=3).map(tuple),
    segments=st.lists(st.binary(min_size=1, max_size=140), max_size=4).map(tuple),
)
PARTS = st.none() | st.builds(
    PartOf, st.sampled_from(["8:17", "16:4711"]), st.integers(2, 255), st.integers(1, 255), st.integers(0, 120)
)
OWN_PARTS = st.lists(st.builds(OwnPart, SMALL, TIMES, st.just("") | WORDS, st.just("") | WORDS), max_size=3).map(tuple)
NETWORKS = st.none() | st.builds(Network, *[TEXTS] * 8)
MESSAGES = st.fixed_dictionaries(
    {
        "account_id": SMALL,
        "channel": WORDS,
        "sender": TEXTS,
        "recipient": TEXTS,
        "recipient_given": TEXTS,
        "content": CONTENTS,
        "coding": st.integers(0, 255),
        "parts": st.integers(1, 255),
        "state": st.sampled_from(State),
        "priority": st.sampled_from(Priority),
        "door": WORDS,
        "dialect": WORDS,
        "peer": TEXTS,
        "accepted_at": TIMES,
        "due_at": TIMES,
        "expires_at": TIMES,
        "connector": TEXTS,
        "route_id": TEXTS,
        "tariff_line": TEXTS,
        "price": AMOUNTS,
        "revision": SMALL,
        "targets": st.lists(WORDS, max_size=4).map(tuple),
        "integration_id": st.none() | st.integers(-(2**53), 2**53),
        "shown_id": st.none() | TEXTS,
        "operator": WORDS,
        "tries": SMALL,
        "next_try_at": TIMES,
        "error": SMALL,
        "final_at": TIMES,
        "maybe_twice": st.booleans(),
        "node": SMALL,
        "epoch": SMALL,
        "refusal": TEXTS,
        "comment": TEXTS,
        "network": NETWORKS,
        "hidden": st.booleans(),
        "campaign": SMALL,
        "template": st.integers(0, 4),
        "part": PARTS,
        "own_parts": OWN_PARTS,
    }
)
"""Every field of a message but its ids, its purse and what was refunded."""
RECEIPTS = st.builds(
    Receipt,
    connector=TEXTS,
    upstream_id=TEXTS,
    state=st.none() | st.sampled_from(State),
    error=SMALL,
    received_at=TIMES,
    done_at=TIMES,
    recipient=TEXTS,
    detail=TEXTS,
    network=NETWORKS,
)
