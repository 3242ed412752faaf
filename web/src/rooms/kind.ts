// kind.ts: what an export holds, and of which booking system: "boulevard.patients".
import { said } from "../words";

export function kindWords(kind: string): string {
  const [system = "", holds = ""] = kind.split(".");
  const record = said("holds_rows", holds);
  return system === "generic" ? record : `${system.charAt(0).toUpperCase()}${system.slice(1)}: ${record}`;
}
