"""A client made of PyPI's `aiosmpplib`: PORT SYSTEM_ID PASSWORD SENDER WANTED NUMBER=TEXT …; a line of JSON for each
answer and each thing delivered; ends after WANTED deliveries."""

import asyncio
import json
import sys

from aiosmpplib import ESME, AbstractHook, DeliverSm, PhoneNumber, SubmitSm, SubmitSmResp


class Hook(AbstractHook):
    """Says what comes."""

    def __init__(self, wanted):
        self.left = wanted
        self.done = asyncio.Event()

    async def sending(self, smpp_message, pdu, client_id):
        pass

    async def received(self, smpp_message, pdu, client_id):
        if isinstance(smpp_message, SubmitSmResp) and not isinstance(smpp_message, DeliverSm):
            say(answer=int(smpp_message.command_status), id=smpp_message.message_id, about=smpp_message.log_id)
        elif isinstance(smpp_message, DeliverSm):
            said = smpp_message.parse_receipt() if smpp_message.is_receipt() else {}
            say(receipt=said.get("id"), stat=said.get("stat"), err=said.get("err"), about=smpp_message.log_id)
            self.left -= 1
            if self.left == 0:
                self.done.set()

    async def send_error(self, smpp_message, error, client_id):
        say(error=repr(error))


def say(**what):
    print(json.dumps(what), flush=True)


async def main(port, system_id, password, sender, wanted, *messages):
    hook = Hook(int(wanted))
    esme = ESME("127.0.0.1", int(port), system_id, password, hook=hook, log_level="CRITICAL")
    for message in messages:
        number, _, text = message.partition("=")
        await esme.broker.enqueue(
            SubmitSm(
                short_message=text,
                source=PhoneNumber(sender),
                destination=PhoneNumber(number),
                log_id=number,
                encoding=None if text.isascii() else "ucs2",
            )
        )
    running = asyncio.create_task(esme.start())
    await asyncio.wait_for(hook.done.wait(), 15)
    await esme.stop()
    await running


asyncio.run(main(*sys.argv[1:]))
