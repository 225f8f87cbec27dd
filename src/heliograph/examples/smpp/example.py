"""Each task in one line, by SMPP 3.4; needs the package smpplib (pip install smpplib):

python example.py send TEXT NUMBER [NUMBER ...] | status ID
"""

import os
import sys

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

HOST, _, PORT = os.environ.get("SMPP", "127.0.0.1:2775").rpartition(":")
SENDER = os.environ.get("SENDER", "Heliograph")
STATES = ["", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"]

answers, receipts = {}, []
client = smpplib.client.Client(HOST, int(PORT))
client.set_message_sent_handler(lambda pdu, **_: answers.update({pdu.sequence: pdu.message_id.decode()}))
client.set_query_resp_handler(lambda pdu, **_: answers.update({pdu.sequence: STATES[pdu.message_state]}))
client.set_message_received_handler(lambda pdu, **_: receipts.append(pdu.short_message.decode()) or 0)


def send(text, number):
    """Submit a text, in as many parts as it needs; the sequence numbers of the parts."""
    parts, coding, esm_class = smpplib.gsm.make_parts(text)
    return [
        client.send_message(
            source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
            source_addr=SENDER,
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
            dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
            destination_addr=number,
            short_message=part,
            data_coding=coding,
            esm_class=esm_class,
            registered_delivery=1,
        ).sequence
        for part in parts
    ]


task, *words = sys.argv[1:] or ["help"]
if task not in ("send", "status"):
    raise SystemExit(__doc__)
try:
    client.connect()
    client.bind_transceiver(system_id=os.environ["SYSTEM_ID"], password=os.environ["SMPP_PASSWORD"])
    if task == "send":
        text, *numbers = words
        asked = {sequence: number for number in numbers for sequence in send(text, number)}
        while len(answers) < len(asked):
            client.read_once()
        for sequence, number in asked.items():
            print(f"{number}: accepted as {answers[sequence]}")
        while len(receipts) < len(asked):
            client.read_once()
        print("\n".join(receipts))
    else:
        client.query_message(message_id=words[0], source_addr_ton=smpplib.consts.SMPP_TON_ALNUM, source_addr=SENDER)
        while not answers:
            client.read_once()
        print(*answers.values())
    client.unbind()
    client.disconnect()
except smpplib.exceptions.PDUError as error:
    raise SystemExit(f"error {error.args[1]:#x}: {error.args[0]}") from None
