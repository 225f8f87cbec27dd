// Each task in one line: node example.mjs send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance | mail NUMBER TEXT
import { SmscError, getBalance, getSmsCost, getStatus, sendSms, sendSmsMail } from "./smsc_api.mjs";

const [task, first, second] = process.argv.slice(2);
try {
  if (task === "send") {
    const { id, parts, cost, balance } = await sendSms(first, second);
    console.log(`accepted as ${id}: ${parts} parts for ${cost}, ${balance} left`);
  } else if (task === "cost") {
    const { cost, parts } = await getSmsCost(first, second);
    console.log(`${parts} parts for ${cost}`);
  } else if (task === "status") {
    const { status, time, error } = await getStatus(first, second);
    console.log(`status ${status}, changed at ${time}, error ${error}`);
  } else if (task === "balance") {
    console.log(await getBalance());
  } else if (task === "mail") {
    await sendSmsMail(first, second);
    console.log("handed over");
  } else {
    console.error("usage: node example.mjs send|cost|mail NUMBER TEXT, status ID NUMBER, balance");
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof SmscError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
