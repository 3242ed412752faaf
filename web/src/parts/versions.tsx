// versions.tsx: two people have changed one text: what each of them wrote, line beside line, and the
// choice between them. Nothing is saved over another's change unseen.
import { t } from "../words";
import { Box, Press } from "./basic";

interface Row { readonly theirs: string | null; readonly mine: string | null }

const LINES_MAX = 600; // beyond that the middle is shown as replaced whole

// The longest lines in common stay; between them, what went and what came stands side by side.
function rowsOf(theirs: readonly string[], mine: readonly string[]): Row[] {
  let head = 0;
  while (head < theirs.length && head < mine.length && theirs[head] === mine[head]) head++;
  let tail = 0;
  while (tail < theirs.length - head && tail < mine.length - head
    && theirs[theirs.length - 1 - tail] === mine[mine.length - 1 - tail]) tail++;
  const a = theirs.slice(head, theirs.length - tail);
  const b = mine.slice(head, mine.length - tail);
  const rows: Row[] = theirs.slice(0, head).map((line) => ({ theirs: line, mine: line }));
  const small = a.length <= LINES_MAX && b.length <= LINES_MAX;
  const long = Array.from({ length: small ? a.length + 1 : 0 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; small && i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      long[i]![j] = a[i] === b[j] ? long[i + 1]![j + 1]! + 1
        : Math.max(long[i + 1]![j]!, long[i]![j + 1]!);
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      rows.push({ theirs: a[i++]!, mine: b[j++]! });
      continue;
    }
    const from = [i, j] as const;
    while (i < a.length && (j >= b.length || !small || long[i + 1]![j]! >= long[i]![j + 1]!)
      && !(j < b.length && a[i] === b[j])) i++;
    while (j < b.length && (i >= a.length || !small || long[i]![j + 1]! >= long[i + 1]![j]!)
      && !(i < a.length && a[i] === b[j])) j++;
    if (i === from[0] && j === from[1]) i < a.length ? i++ : j++;
    for (let k = 0; k < Math.max(i - from[0], j - from[1]); k++)
      rows.push({ theirs: from[0] + k < i ? a[from[0] + k]! : null,
        mine: from[1] + k < j ? b[from[1] + k]! : null });
  }
  rows.push(...theirs.slice(theirs.length - tail).map((line) => ({ theirs: line, mine: line })));
  return rows;
}

const AROUND = 2;

// Two texts, line beside line: what stays is shown only near what differs.
export function Beside({ was, is, heads, label }: { was: string; is: string;
  heads: readonly [string, string]; label: string }) {
  const rows = rowsOf(was.split("\n"), is.split("\n"));
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - AROUND), i + AROUND + 1)
    .some((row) => row.theirs !== row.mine));
  return <div class="wide" tabIndex={0} role="group" aria-label={label}>
    <table class="beside"><thead><tr>{heads.map((head) => <th key={head}>{head}</th>)}</tr></thead><tbody>
      {rows.map((row, i) => near[i] ? <tr key={i}>
        {([row.theirs, row.mine] as const).map((line, side) => <td key={side}
          class={row.theirs === row.mine ? "" : line === null ? "none" : side ? "came" : "went"}>
          {line === null ? "" : row.theirs === row.mine ? line
            : side ? <ins>{line || "\u00a0"}</ins> : <del>{line || "\u00a0"}</del>}</td>)}</tr>
        : near[i - 1] ? <tr key={i} class="gap"><td colSpan={2}>⋯</td></tr> : null)}
    </tbody></table></div>;
}

export function Versions({ theirs, mine, onTheirs, onMine }: { theirs: string; mine: string;
  onTheirs: () => void; onMine: () => void }) {
  return <div class="versions"><Box look="wait"><p>{t("changed_meanwhile")}</p></Box>
    <Beside was={theirs} is={mine} heads={[t("theirs"), t("mine")]} label={t("two_versions")} />
    <div class="row wrap"><Press look="small" onClick={onTheirs}>{t("take_theirs")}</Press>
      <Press look="small" onClick={onMine}>{t("keep_mine")}</Press></div></div>;
}
