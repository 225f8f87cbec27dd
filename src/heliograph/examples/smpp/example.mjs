// Each task in one line, by SMPP 3.4; needs the package smpp (npm install smpp):
//
// node example.mjs send TEXT NUMBER [NUMBER ...] | status ID
import { createRequire } from "node:module";

const smpp = createRequire(import.meta.url)("smpp");
const { SMPP = "127.0.0.1:2775", SYSTEM_ID, SMPP_PASSWORD, SENDER = "Heliograph" } = process.env;
const STATES = ["", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"];
const [task, first, ...numbers] = process.argv.slice(2);
if (!["send", "status"].includes(task)) {
  console.error("usage: node example.mjs send TEXT NUMBER [NUMBER ...] | status ID");
  process.exit(1);
}

const session = smpp.connect({ url: `smpp://${SMPP}` });
session.on("error", (error) => fail(error.message));

/** Ask, and wait for the answer; an error of the gateway ends the program. */
const ask = (name, fields) =>
  new Promise((answered) => session[name](fields, (pdu) => {
    if (pdu.command_status) fail(`0x${pdu.command_status.toString(16)}`);
    answered(pdu);
  }));

function fail(why) {
  console.error(`error ${why}`);
  process.exit(1);
}

const receipts = new Promise((all) => {
  let left = numbers.length;
  session.on("deliver_sm", (pdu) => {
    session.send(pdu.response());
    console.log(pdu.short_message.message.toString());
    if (--left === 0) all();
  });
});

await ask("bind_transceiver", { system_id: SYSTEM_ID, password: SMPP_PASSWORD });
if (task === "send") {
  // A text too long for one message goes whole, in message_payload: the gateway cuts it.
  const answers = await Promise.all(numbers.map((number) => ask("submit_sm", {
    source_addr_ton: 5, source_addr: SENDER, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: number,
    registered_delivery: 1, ...(first.length > 70 ? { message_payload: first } : { short_message: first }),
  })));
  answers.forEach((pdu, place) => console.log(`${numbers[place]}: accepted as ${pdu.message_id}`));
  await receipts;
} else {
  const found = await ask("query_sm", { message_id: first, source_addr_ton: 5, source_addr: SENDER });
  console.log(STATES[found.message_state]);
}
await ask("unbind", {});
session.close();
