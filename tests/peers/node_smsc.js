// Drives node-smsc: calls as JSON in, one line of JSON out for each.
"use strict";
const [url, login, password, calls] = process.argv.slice(2);
const smsc = require("node-smsc")({ request: url, login: login, password: password });

(async () => {
  for (const [call, query, files] of JSON.parse(calls)) {
    const options = files ? { files: files.map(([field, value]) => ({ field: field, value: value })) } : {};
    try {
      console.log(JSON.stringify(await smsc[call](query, options)));
    } catch (error) {
      console.log(JSON.stringify({ name: error.name, message: error.message, response: error.response }));
    }
  }
})();
