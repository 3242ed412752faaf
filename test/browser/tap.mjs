// tap.mjs: results as lines of TAP.
let count = 0;
let failed = 0;

export function ok(holds, sentence, why = "") {
  count++;
  if (!holds) failed++;
  console.log(`${holds ? "ok" : "not ok"} ${count} - ${sentence}`);
  if (!holds && why) for (const line of String(why).split("\n")) console.log(`# ${line}`);
  return holds;
}

// A step that throws is one result, and the next step is still tried.
export async function step(sentence, work) {
  try {
    const why = await work();
    ok(why === undefined || why === true, sentence, why === false ? "it does not hold" : why);
  } catch (error) {
    ok(false, sentence, error.stack ?? error);
  }
}

export function end() {
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
}
