// Each task in one line, by SOAP:
//
// node example.mjs send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance
const { BASE = "http://127.0.0.1:8080", LOGIN, PASSWORD, SENDER = "Heliograph" } = process.env;
const [task, first, second] = process.argv.slice(2);

const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** What is told of an operation: the text of the first element of a name. */
async function ask(operation, fields = {}) {
  const inside = Object.entries({ login: LOGIN, psw: PASSWORD, ...fields })
    .map(([name, value]) => `<${name}>${quoted(value)}</${name}>`).join("");
  const body = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>' +
    `<${operation}>${inside}</${operation}></e:Body></e:Envelope>`;
  const headers = { "Content-Type": "text/xml; charset=utf-8" };
  const answer = await (await fetch(`${BASE}/sys/soap.php`, { method: "POST", headers, body })).text();
  const told = (name) => answer.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1] ?? "";
  if (!["", "0"].includes(told("error"))) {
    console.error(`error ${told("error")}`);
    process.exit(1);
  }
  return told;
}

if (task === "send") {
  const told = await ask("send", { phones: first, mes: second, sender: SENDER });
  console.log(`accepted as ${told("id")}: ${told("cnt")} parts for ${told("cost")}, ${told("balance")} left`);
} else if (task === "cost") {
  const told = await ask("cost", { phones: first, mes: second });
  console.log(`${told("cnt")} parts for ${told("cost")}`);
} else if (task === "status") {
  const told = await ask("status", { id: first, phone: second, all: "1" });
  console.log(`status ${told("status")}: ${told("status_name")}`);
} else if (task === "balance") {
  console.log((await ask("balance"))("balance"));
} else {
  console.error("usage: node example.mjs send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance");
  process.exit(1);
}
