// What became of messages: node statuses.mjs ID...
const BASE = process.env.BASE || "http://127.0.0.1:8080";
const TOKEN = process.env.TOKEN;

if (process.argv.length < 3) {
  console.error("usage: node statuses.mjs ID...");
  process.exit(1);
}
const answer = await fetch(`${BASE}/sms/status`, {
  method: "POST",
  headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
  body: JSON.stringify({ id_sms: process.argv.slice(2) }),
});
const body = await answer.json();
if (!answer.ok) {
  console.error(`${answer.status}: ${body.message}`);
  process.exit(1);
}
const found = body.success_request;
for (const [id, state] of Object.entries(found.info ?? {})) console.log(`${id}: ${state}`);
