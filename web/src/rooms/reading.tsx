// reading.tsx: what was made of words, and by which words: the labels of a message, its tags, the rules
// and signs that decided. The server says codes and quotes; what they are called stands in the catalogue.
import { percent } from "../format";
import { known, said, t } from "../words";

const WITH_NAME = "wants_provider:";

// A tag as one says it; one that a practice made itself stays as it was written.
export function tagWords(tag: string): string {
  return tag.startsWith(WITH_NAME) ? t("tag_wants_provider", { name: tag.slice(WITH_NAME.length) })
    : said("tag", tag);
}

// Of a booking system or a colleague: in whatever language they wrote it.
export const isTheirs = (tag: string) => !tag.startsWith(WITH_NAME) && known("tag", tag) === null;

interface Reason { readonly sort: string; readonly name: string; readonly words: string; readonly sure: string }

// "learned.price: how much, botox (0.93)", "emergency.skin_white: lip is white", "left_message: lm"
function parse(line: string): Reason {
  const found = /^(\w+)(?:\.(\w+))?:?\s*([^]*)$/.exec(line);
  const [, sort = "", name = "", rest = ""] = found ?? [];
  const sure = /^([^]*?)\s*\(([01]\.\d+)\)$/.exec(rest);
  return { sort, name, words: sure ? sure[1]! : rest, sure: sure ? sure[2]! : "" };
}

// What kind of sign it is. A learned one names what it speaks for.
function sortWords({ sort, name }: Reason): string {
  switch (sort) {
    case "learned": return /^(urgent|clinical|doubt|route)$/.test(name) ? said("because_perhaps", name)
      : t("because_learned", { label: said("label", name) });
    case "tag": return t("because_tag", { tag: tagWords(name) });
    case "label": return known("label", name) ?? said("label", name.replace(/_[a-z]+$/, ""));
    case "context": return said("because_context", name);
    case "stop": return name === "not_read" ? t("because_not_read") : t("because_stop");
    default: return known("because", sort) ?? known("outcome", sort) ?? known("next", sort) ?? tagWords(sort);
  }
}

// The server's own words, which are ours and no patient's: the sort says it all.
const bare = (one: Reason) => one.sort === "context" || one.sort === "corrected" || one.sort === "attached"
  || (one.sort === "learned" && one.sure === "") || (one.sort === "stop" && /^(not_read|sign)$/.test(one.name));

export function Reasons({ why }: { why: readonly string[] }) {
  return <ul class="reasons">{why.map((line) => {
    const one = parse(line);
    const words = bare(one) ? "" : one.words;
    return <li key={line} title={one.name && one.sort !== "learned" ? `${one.sort}.${one.name}` : undefined}>
      <span>{sortWords(one)}</span>{words && <>{": "}<q translate={false}>{words}</q></>}
      {one.sure && <span class="faint"> {percent(Number(one.sure), 0)}</span>}</li>;
  })}</ul>;
}
