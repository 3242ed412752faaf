// imports_run.ts: exports on their way in: sent, looked at or taken in, and how far that is.
//
// The server reads a hundred thousand rows in a minute or less, whoever waits for it. A proxy that gives
// up, a lost connection or a closed tab ends nothing: the same Idempotency-Key gets the same answer.
import { call, get, Problem, unaskedFor, type Shapes } from "../api/client";

export type Progress = Shapes["ImportProgress"];
export interface Sent { readonly id: string; readonly name: string; readonly mark: string }

export const FILE_BYTES_MAX = 64 * 1024 * 1024;
const LOOK_MS = 700;

// The same file, dropped again.
export const markOf = (file: File) => `${file.name}/${file.size}/${file.lastModified}`;

const pause = (wait_ms: number) => new Promise((resolve) => setTimeout(resolve, wait_ms));

async function look(): Promise<Progress | null | undefined> {
  try {
    return (await unaskedFor(() => get("/api/v1/imports/running"))).running;
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return null;
    return undefined; // nobody knows
  }
}

// Until nothing is under way any more.
export async function untilQuiet(tell: (at: Progress) => void): Promise<void> {
  for (let seen = await look(); seen !== null; seen = await look()) {
    if (seen) tell(seen);
    await pause(LOOK_MS);
  }
}

// What is under way already, when a page opens.
export async function underWay(): Promise<Progress | null> {
  return await look() ?? null;
}

// A gateway's word is not the server's.
const lost = (problem: Problem) => [0, 502, 504].includes(problem.status)
  || (problem.status === 409 && problem.code === "importing");

export async function bringIn(files: readonly Sent[], dry_run: boolean, map: string,
  tell: (at: Progress) => void): Promise<Shapes["Import"]> {
  const key = crypto.randomUUID();
  let over = false;
  const watching = (async () => {
    while (!over) {
      await pause(LOOK_MS);
      const seen = over ? null : await look();
      if (seen && !over) tell(seen);
    }
  })();
  try {
    for (;;) {
      try {
        return (await call("post", "/api/v1/imports", { key, body: { file_ids: files.map((one) => one.id),
          dry_run, ...(map && files.length === 1 ? { map } : {}) } })).data;
      } catch (error) {
        if (!(error instanceof Problem) || !lost(error)) throw error;
        await pause(LOOK_MS);
        await untilQuiet(tell);
      }
    }
  } finally {
    over = true;
    void watching;
  }
}

// Those of a folder too, when a folder was dropped.
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((one) => one.webkitGetAsEntry?.() ?? null);
  const files = [...transfer.files];
  if (!entries.some((one) => one?.isDirectory)) return files;
  const found = await Promise.all(entries.map((one) => (one ? inside(one) : [])));
  return found.flat();
}

async function inside(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return [await new Promise<File>((resolve, reject) =>
    (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) { // a hundred at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some)
      if (one.isFile && /\.(csv|tsv|txt)$/i.test(one.name)) found.push(...await inside(one));
  }
}
