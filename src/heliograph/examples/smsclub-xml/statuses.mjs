// What became of messages: node statuses.mjs ID...
const { BASE = "http://127.0.0.1:8080", LOGIN, PASSWORD } = process.env;
const words = process.argv.slice(2);

if (words.length < 1) {
  console.error("usage: node statuses.mjs ID...");
  process.exit(1);
}
const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const values = { username: LOGIN, password: PASSWORD, smscid: words.join(";") };
const inside = Object.entries(values).map(([name, value]) => `<${name}>${quoted(value)}</${name}>`).join("");
const body = `<?xml version='1.0' encoding='utf-8'?><request_getstate>${inside}</request_getstate>`;
const answer = await fetch(`${BASE}/xml/state.php`, { method: "POST", headers: { "Content-Type": "text/xml" }, body });
const told = await answer.text();
if (!told.includes("<status>OK</status>")) {
  console.error(told.match(/<text>(.*?)<\/text>/)?.[1] ?? told);
  process.exit(1);
}
for (const [, first, second] of told.matchAll(/<smscid>(\d+)<\/smscid><state>(\w+)<\/state>/g)) console.log(`${first}: ${second}`);
