// Preloaded into Node: whatever a client tries, this process reaches no address but this machine's.
"use strict";
const net = require("net");
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof options === "object" && options !== null ? options.host : given[1];
  if (!["127.0.0.1", "::1"].includes(host)) throw new Error(`${host} is not this machine`);
  return connect.apply(this, given);
};
