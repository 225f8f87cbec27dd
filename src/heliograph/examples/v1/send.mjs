// One text to one number: node send.mjs NUMBER TEXT [KEY]
const BASE = process.env.BASE || "http://127.0.0.1:8080";
const TOKEN = process.env.TOKEN;

// One call; what went wrong is said in its own words.
async function call(path, body, headers = {}) {
  const answer = await fetch(`${BASE}/v1${path}`, {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  const found = await answer.json();
  if (!answer.ok) {
    console.error(`${answer.status} ${found.code}: ${found.detail ?? found.title}`);
    process.exit(1);
  }
  return found;
}

const given = process.argv.slice(2);
if (given.length < 2) {
  console.error("usage: node send.mjs NUMBER TEXT [KEY]");
  process.exit(1);
}
const [to, text, key] = given;
// With a key the same request, sent again, is answered with the same message and sends nothing.
const sent = await call("/messages", { from: process.env.SENDER, to, text }, key ? { "Idempotency-Key": key } : {});
for (const one of sent.messages) console.log(`${one.to}: ${one.state} as ${one.id}, ${one.price} ${sent.currency}`);
