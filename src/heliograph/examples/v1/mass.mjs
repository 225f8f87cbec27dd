// One text to several numbers: node mass.mjs TEXT NUMBER...
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
  console.error("usage: node mass.mjs TEXT NUMBER...");
  process.exit(1);
}
const [text, ...to] = given;
const sent = await call("/messages", { from: process.env.SENDER, to, text });
for (const one of sent.messages) console.log(`${one.to}: ${one.state} ${one.id ?? one.problem.title}`);
