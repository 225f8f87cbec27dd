// What is left: node balance.mjs
const BASE = process.env.BASE || "http://127.0.0.1:8080";
const TOKEN = process.env.TOKEN;

const answer = await fetch(`${BASE}/sms/balance`, {
  method: "POST",
  headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
  body: JSON.stringify({}),
});
const body = await answer.json();
if (!answer.ok) {
  console.error(`${answer.status}: ${body.message}`);
  process.exit(1);
}
const found = body.success_request;
console.log(found.info.money, found.info.currency);
