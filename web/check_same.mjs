// check_same.mjs: what a check of one file of the app saw beside what it wanted, as lines of TAP.
let count = 0;

export function check(sentence, is, wanted) {
  const same = JSON.stringify(is) === JSON.stringify(wanted);
  console.log(`${same ? "ok" : "not ok"} ${++count} - ${sentence}`);
  if (same) return;
  console.log(`# wanted ${JSON.stringify(wanted)}\n# saw    ${JSON.stringify(is)}`);
  process.exitCode = 1;
}

export const end = () => console.log(`1..${count}`);
