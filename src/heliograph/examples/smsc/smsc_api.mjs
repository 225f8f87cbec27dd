// Send messages by one call; Node 18 or newer, nothing to install. Settings are the members of `settings`.
//
//     import { sendSms } from "./smsc_api.mjs";
//     const { id, parts, cost, balance } = await sendSms("380671234567", "Hello");
//
// Every call throws SmscError with the service's own error number.
import net from "node:net";
import readline from "node:readline";

export const settings = {
  base: process.env.BASE || "http://127.0.0.1:8080",
  login: process.env.LOGIN || "", // leave it empty to use an API key as the password
  password: process.env.PSW || process.env.APIKEY || "",
  post: true, // GET is for short texts only
  timeoutMs: 30_000,
  debug: false,
  smtpHost: process.env.SMTP_HOST || "127.0.0.1",
  smtpPort: Number(process.env.SMTP_PORT || 2525),
  smtpFrom: "api@example.com",
};

const ERRORS = {
  1: "parameters", 2: "login, password or address", 3: "no money, or nothing found", 4: "address blocked", 5: "date",
  6: "message denied", 7: "number", 8: "cannot be delivered", 9: "the same request again",
};

export class SmscError extends Error {
  constructor(number) {
    super(`error ${number}: ${ERRORS[number] ?? "see the documentation of the call"}`);
    this.number = number;
  }
}

/** Send. `phones` are comma-separated, `more` are parameters of send.php. */
export async function sendSms(phones, text, more = {}) {
  const [id, parts, cost, balance] = await ask("send", { phones, mes: text, cost: 3, ...more });
  return { id, parts: Number(parts), cost, balance };
}

/** What sending would cost, sending nothing. */
export async function getSmsCost(phones, text, more = {}) {
  const [cost, parts] = await ask("send", { phones, mes: text, cost: 1, ...more });
  return { cost, parts: Number(parts) };
}

/** What became of a message; `time` is Unix seconds. */
export async function getStatus(id, phone) {
  const [status, time, error] = await ask("status", { id, phone });
  return { status: Number(status), time: Number(time), error: Number(error || 0) };
}

/** What is left, as the service writes it. */
export async function getBalance() {
  return (await ask("balance", {}))[0];
}

/** Send by a mail to the gateway's SMTP door; nothing is known of it but that it was taken. */
export async function sendSmsMail(phones, text, { sender = "", id = "", time = "" } = {}) {
  const { login, password, smtpHost, smtpPort, smtpFrom } = settings;
  const command = [login, password, id, time, `0,0,${sender}`, phones, text].join(":");
  const body = command.replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..");
  const head = [`From: ${smtpFrom}`, "To: send@send.localhost", "Subject:", "MIME-Version: 1.0"];
  head.push("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "");
  const mail = head.join("\r\n") + body + "\r\n.";
  const socket = net.connect(smtpPort, smtpHost);
  const answers = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  try {
    const lines = [null, "HELO localhost", `MAIL FROM:<${smtpFrom}>`, "RCPT TO:<send@send.localhost>", "DATA", mail, "QUIT"];
    for (const line of lines) {
      if (line !== null) socket.write(line + "\r\n");
      let answer;
      do answer = (await answers.next()).value ?? ""; while (answer[3] === "-");
      if (!answer || answer[0] > "3") throw new Error(`the mail was not taken: ${answer}`);
    }
  } finally {
    socket.destroy();
  }
}

/** The values of an answer in format 1: a negative second value is an error. */
async function ask(script, given) {
  const known = settings.login ? { login: settings.login, psw: settings.password } : { apikey: settings.password };
  const form = new URLSearchParams({ ...known, ...given, fmt: 1, charset: "utf-8" });
  const url = `${settings.base}/sys/${script}.php`;
  const signal = AbortSignal.timeout(settings.timeoutMs);
  const answer = await (settings.post ? fetch(url, { method: "POST", body: form, signal }) : fetch(`${url}?${form}`, { signal }));
  const body = await answer.text();
  if (settings.debug) console.error(script, body);
  const values = body.trim().split(",");
  if (/^-\d+$/.test(values[1] ?? "")) throw new SmscError(-Number(values[1]));
  return values;
}
