// A message centre made of npm's `smpp`: takes what is submitted, reports it delivered, and lets a handset text back.
// One line of JSON on the output for the port, each bind and each submit_sm.
"use strict";
const smpp = require("smpp");
let given = 0;

const say = (what) => console.log(JSON.stringify(what));

const server = smpp.createServer((session) => {
  for (const bind of ["bind_transceiver", "bind_transmitter", "bind_receiver"]) {
    session.on(bind, (pdu) => {
      say({ bind: bind, system_id: pdu.system_id, password: pdu.password, version: pdu.interface_version });
      session.send(pdu.response({ system_id: "node" }));
    });
  }
  session.on("submit_sm", (pdu) => {
    const id = "node-" + ++given;
    say({
      text: pdu.short_message.message.toString(), parts: (pdu.short_message.udh || []).length, to: pdu.destination_addr,
      from: pdu.source_addr, ton: pdu.source_addr_ton, coding: pdu.data_coding, validity: pdu.validity_period,
    });
    session.send(pdu.response({ message_id: id }));
    session.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2511210900 done date:2511210901 stat:DELIVRD err:000 text:`,
    });
    session.deliver_sm({ source_addr: pdu.destination_addr, destination_addr: "4040", short_message: "Дякую" });
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); session.close(); say({ unbind: true }); });
  session.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
