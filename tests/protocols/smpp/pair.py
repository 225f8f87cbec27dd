"""Two sessions joined by a wire in memory, and a message centre with its owner for whoever calls."""

from __future__ import annotations

from heliograph.protocols.smpp import pdu
from heliograph.protocols.smpp.events import Ended
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.sides import EsmeSession, McSession

PASSWORD = b"secret08"


class Pair:
    """Our ESME and our message centre. Nothing travels before `pump`; time stands still until `now` is set."""

    def __init__(self, esme=None, centre=None, chop=1 << 20):
        self.now = 0
        self.esme = EsmeSession(esme or Limits(), 0)
        self.centre = McSession(centre or Limits(), 0)
        self.chop = chop

    def pump(self):
        """Carry everything both ways until nothing moves; what the ESME and the centre were told."""
        told = ([], [])
        while True:
            up, down = self.esme.take_out(), self.centre.take_out()
            if not up and not down:
                return told
            for side, events, data in ((self.centre, told[1], up), (self.esme, told[0], down)):
                for at in range(0, len(data), self.chop):
                    events += side.receive(data[at : at + self.chop], self.now)

    def bound(self, bind=None):
        """The pair, bound."""
        bind = bind or pdu.BindTransceiver(system_id=b"alex", password=PASSWORD)
        self.esme.bind(bind)
        [asked] = self.pump()[1]
        self.centre.accept(asked, b"Heliograph", self.now)
        self.pump()
        return self


class Centre:
    """A message centre of our session and a few lines of owner: one account, ids from 100000001, a receipt at once."""

    def __init__(self, limits=None):
        self.session = McSession(limits or Limits(), 0)
        self.next_id = 100_000_001
        self.taken = []
        self.odd = []
        self.answers = []
        self.ended = None

    def receive(self, data):
        """Bytes of a client in, bytes for it out."""
        events = self.session.receive(data, 0)
        for event in events:
            self.handle(event)
        return self.session.take_out()

    def handle(self, event):
        match event:
            case pdu.Bind():
                if event.password == PASSWORD:
                    self.session.accept(event, b"Heliograph", 0)
                else:
                    self.session.refuse(event, 0x0E)
            case pdu.SubmitSm():
                self.taken.append(event)
                response = pdu.answer_to(event)
                response.message_id = b"%d" % self.next_id
                self.session.answer(response)
                if event.registered_delivery & 1:
                    self.receipt(event)
                self.next_id += 1
            case pdu.QuerySm():
                self.session.answer(
                    pdu.QuerySmResp(
                        sequence_number=event.sequence_number, message_id=event.message_id, message_state=2,
                        final_date=b"261121100005000+",
                    )
                )  # fmt: skip
            case pdu.Pdu():
                self.session.answer(pdu.answer_to(event))
            case Ended():
                self.ended = event
            case _:
                (self.answers if hasattr(event, "tag") else self.odd).append(event)

    def receipt(self, submit):
        text = b"id:%d sub:001 dlvrd:001 submit date:2611211000 done date:2611211000 stat:DELIVRD err:000 text:"
        self.session.send(
            pdu.DeliverSm(
                source_addr=submit.destination_addr, destination_addr=submit.source_addr, esm_class=4,
                short_message=text % self.next_id, tlvs=((0x001E, b"%d\0" % self.next_id), (0x0427, b"\x02")),
            ),
            self.next_id,
            0,
        )  # fmt: skip
