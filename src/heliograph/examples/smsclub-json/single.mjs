// One text to one number: node single.mjs NUMBER TEXT
const BASE = process.env.BASE || "http://127.0.0.1:8080";
const TOKEN = process.env.TOKEN;
const SENDER = process.env.SENDER || "Heliograph";

if (process.argv.length < 4) {
  console.error("usage: node single.mjs NUMBER TEXT");
  process.exit(1);
}
const answer = await fetch(`${BASE}/sms/send`, {
  method: "POST",
  headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
  body: JSON.stringify({ src_addr: SENDER, phone: [process.argv[2]], message: process.argv[3] }),
});
const body = await answer.json();
if (!answer.ok) {
  console.error(`${answer.status}: ${body.message}`);
  process.exit(1);
}
const found = body.success_request;
for (const [id, number] of Object.entries(found.info ?? {})) console.log(`${number}: accepted as ${id}`);
for (const [number, reason] of Object.entries(found.add_info ?? {})) console.log(`${number}: refused, ${reason}`);
