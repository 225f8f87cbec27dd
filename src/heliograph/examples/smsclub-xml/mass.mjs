// One text to several numbers: node mass.mjs TEXT NUMBER...
const { BASE = "http://127.0.0.1:8080", LOGIN, PASSWORD, SENDER = "Heliograph" } = process.env;
const words = process.argv.slice(2);

if (words.length < 2) {
  console.error("usage: node mass.mjs TEXT NUMBER...");
  process.exit(1);
}
const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const values = { username: LOGIN, password: PASSWORD, from: SENDER, to: words.slice(1).join(";"), text: words[0] };
const inside = Object.entries(values).map(([name, value]) => `<${name}>${quoted(value)}</${name}>`).join("");
const body = `<?xml version='1.0' encoding='utf-8'?><request_sendsms>${inside}</request_sendsms>`;
const answer = await fetch(`${BASE}/xml/`, { method: "POST", headers: { "Content-Type": "text/xml" }, body });
const told = await answer.text();
if (!told.includes("<status>OK</status>")) {
  console.error(told.match(/<text>(.*?)<\/text>/)?.[1] ?? told);
  process.exit(1);
}
for (const [, first, second] of told.matchAll(/<mess tel="(\d+)">(\d+)<\/mess>/g)) console.log(`${first}: accepted as ${second}`);
