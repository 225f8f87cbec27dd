// Each task in one line, by OMS, the service Outlook sends through:
//
// node example.mjs send TEXT NUMBER [NUMBER ...] | check | info
const { BASE = "http://127.0.0.1:8080", LOGIN, PASSWORD } = process.env;
const NAMESPACE = "http://schemas.microsoft.com/office/Outlook/2006/OMS";
const [task, text, ...numbers] = process.argv.slice(2);

const quoted = (words) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const plain = (words) =>
  words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
const user = () => `<userId>${quoted(LOGIN)}</userId><password>${quoted(PASSWORD)}</password>`;

/** The document that answers a method; documents travel as text. */
async function ask(method, argument = "", document = "") {
  const inside = argument && `<${argument}>${quoted(document)}</${argument}>`;
  const body = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>' +
    `<${method} xmlns="${NAMESPACE}">${inside}</${method}></e:Body></e:Envelope>`;
  const headers = { "Content-Type": "text/xml; charset=utf-8" };
  const answer = await (await fetch(`${BASE}/sys/oms.asmx`, { method: "POST", headers, body })).text();
  return plain(answer.match(new RegExp(`<${method}Result>([^<]*)<`))?.[1] ?? "");
}

function mustBeOk(document) {
  const [, code, rest] = document.match(/<error code="(\w+)"([^]*)/) ?? [null, "unreadable", ""];
  if (code !== "ok") {
    console.error(`error ${code}: ${rest.match(/<content>([^<]*)/)?.[1] ?? ""}`);
    process.exit(1);
  }
}

if (task === "send") {
  const to = numbers.map((number) => `<recipient>${quoted(number)}</recipient>`).join("");
  mustBeOk(await ask("DeliverXms", "xmsData",
    `<xmsData><user>${user()}</user><xmsHead><requiredService>SMS_SENDER</requiredService><to>${to}</to></xmsHead>` +
    `<xmsBody format="SMS"><content>${quoted(text)}</content></xmsBody></xmsData>`));
  console.log(`accepted for ${numbers.length} numbers`);
} else if (task === "check") {
  mustBeOk(await ask("GetUserInfo", "xmsUser", `<xmsUser>${user()}</xmsUser>`));
  console.log("login and password are right");
} else if (task === "info") {
  console.log((await ask("GetServiceInfo")).match(/<serviceUri>([^<]*)/)[1]);
} else {
  console.error("usage: node example.mjs send TEXT NUMBER [NUMBER ...] | check | info");
  process.exit(1);
}
