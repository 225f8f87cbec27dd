// A client made of npm's `smpp`: binds to the port given, submits texts, prints the answers and what is delivered.
// Who it is, the environment may say.
"use strict";
const smpp = require("smpp");
const { SYSTEM_ID = "node", PASSWORD = "secret", SENDER = "4040" } = process.env;
const [port, wanted, ...messages] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
let left = Number(wanted);

const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` }, () => {
  session.bind_transceiver({ system_id: SYSTEM_ID, password: PASSWORD }, (bound) => {
    say({ bound: bound.command_status });
    for (const message of messages) {
      const [number, text] = message.split("=");
      session.submit_sm(
        { destination_addr: number, source_addr: SENDER, registered_delivery: 1, short_message: text },
        (pdu) => say({ answer: pdu.command_status, id: pdu.message_id, number: number }),
      );
    }
  });
});
session.on("deliver_sm", (pdu) => {
  const text = pdu.short_message.message.toString();
  say({ delivered: text, from: pdu.source_addr, esm_class: pdu.esm_class, state: pdu.message_state });
  session.send(pdu.response());
  if (--left === 0) session.unbind(() => { session.close(); say({ unbound: true }); });
});
