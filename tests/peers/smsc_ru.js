// Drives smsc-ru, which knows one host only; the environment leads it to a proxy of the test's.
"use strict";
const smsc = require("smsc-ru");
const [call, ...given] = process.argv.slice(2);
smsc[call](...given, (body) => console.log(JSON.stringify(body === undefined ? null : body)));
