// tap.mjs: results as lines of TAP, and at the end where the time went.
const SLOWEST = Number(process.env.SLOWEST ?? 12);
let count = 0;
let failed = 0;
const spent = [];

export function ok(holds, sentence, why = "") {
  count++;
  if (!holds) failed++;
  console.log(`${holds ? "ok" : "not ok"} ${count} - ${sentence}`);
  if (!holds && why) for (const line of String(why).split("\n")) console.log(`# ${line}`);
  return holds;
}

// A step that throws is one result, and the next step is still tried.
export async function step(sentence, work) {
  const began = Date.now();
  try {
    const why = await work();
    ok(why === undefined || why === true, sentence, why === false ? "it does not hold" : why);
  } catch (error) {
    ok(false, sentence, error.stack ?? error);
  }
  spent.push([Date.now() - began, sentence]);
}

export function tellTime(sentence, began) {
  spent.push([Date.now() - began, sentence]);
}

export function end() {
  for (const [ms, sentence] of [...spent].sort((a, b) => b[0] - a[0]).slice(0, SLOWEST))
    console.log(`# ${(ms / 1000).toFixed(1).padStart(6)} s  ${sentence}`);
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
}
