// attached.tsx: what came with a message's words. What it shows or says stays with the provider of texts.
import { n, t } from "../words";
import { Icon } from "./icon";

const counts = { picture: "attached_picture", voice: "attached_voice", video: "attached_video", contact: "attached_contact",
  file: "attached_file" } as const;
export type Kind = keyof typeof counts;

// "2 pictures, a voice message, kept at the text gateway"; "" for nothing.
export function attachedWords(kinds: readonly Kind[]): string {
  const each = (Object.keys(counts) as Kind[]).map((kind) => [kind, kinds.filter((one) => one === kind).length] as const)
    .filter(([, count]) => count > 0).map(([kind, count]) => n(counts[kind], count));
  return each.length ? t("attached_kept", { what: each.join(", ") }) : "";
}

// Of a task's body, which is a snapshot and may be of a time when nothing was kept of them.
export const kindsOf = (value: unknown) => (Array.isArray(value) ? value : []) as readonly Kind[];

export function Attached({ kinds }: { kinds: readonly Kind[] }) {
  return kinds.length ? <span class="attached sm quiet"><Icon sign="clip" size={14} />{attachedWords(kinds)}</span> : null;
}
