// What is left, and the credit: node balance.mjs
const { BASE = "http://127.0.0.1:8080", LOGIN, TOKEN } = process.env;

const form = new URLSearchParams({ username: LOGIN, token: TOKEN });
const told = await (await fetch(`${BASE}/token/getbalance.php`, { method: "POST", body: form })).text();
const [balance, credit] = told.split("<br/>");
if (credit === undefined) {
  console.error(told);
  process.exit(1);
}
console.log(`${balance} left, credit ${credit}`);
