// What became of messages: node statuses.mjs ID...
const { BASE = "http://127.0.0.1:8080", LOGIN, TOKEN } = process.env;
const words = process.argv.slice(2);

if (words.length < 1) {
  console.error("usage: node statuses.mjs ID...");
  process.exit(1);
}
const form = new URLSearchParams({ username: LOGIN, token: TOKEN, smscid: words.join(";") });
const told = await (await fetch(`${BASE}/token/state.php`, { method: "POST", body: form })).text();
if (!told.includes("=IDS START=")) {
  console.error(told);
  process.exit(1);
}
for (const line of told.split("<br/>").slice(1, -2)) console.log(line);
