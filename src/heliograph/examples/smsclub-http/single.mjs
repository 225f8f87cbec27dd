// One text to one number: node single.mjs NUMBER TEXT
const { BASE = "http://127.0.0.1:8080", LOGIN, TOKEN, SENDER = "Heliograph" } = process.env;
const words = process.argv.slice(2);

if (words.length < 2) {
  console.error("usage: node single.mjs NUMBER TEXT");
  process.exit(1);
}
const form = new URLSearchParams({ username: LOGIN, token: TOKEN, from: SENDER, to: words[0], text: words[1] });
const told = await (await fetch(`${BASE}/token/`, { method: "POST", body: form })).text();
if (!told.includes("=IDS START=")) {
  console.error(told);
  process.exit(1);
}
for (const line of told.split("<br/>").slice(1, -2)) console.log(`accepted as ${line}`);
