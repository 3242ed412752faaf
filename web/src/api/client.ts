// client.ts: one request to Perennial and its answer.
//
// Every write carries an Idempotency-Key, so that a press repeated after a lost answer does nothing
// twice, and the header that a forged form cannot set. A refusal comes back as a Problem that
// names the fields; an ended session is told to the session room and the request waits until
// somebody has signed in again, so that nothing written is lost.
import { signal } from "@preact/signals";
import { inWords } from "../words/sentences";
import type { components, paths } from "./schema";

export type Shapes = components["schemas"];

export interface FieldError { readonly field: string; readonly message: string }

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly remedy: string,
    readonly fields: readonly FieldError[],
    readonly code: string,
    readonly body: unknown = undefined,
  ) {
    super(detail || title);
  }
}

export const offline = signal(false);
export const refusals = signal(0); // of writes, counted

// Set by the session room: resolves when somebody has signed in again, false when they went away.
let signInAgain: (() => Promise<boolean>) | null = null;
export function onSessionEnd(ask: () => Promise<boolean>): void {
  signInAgain = ask;
}

// A write on the way out outlives the page; a browser allows that to small ones only.
let leaving = false;
addEventListener("pagehide", () => { leaving = true; }, { capture: true });
addEventListener("pageshow", () => { leaving = false; });

// While this runs, requests say that nobody pressed anything: the session grows older.
let unasked = false;
export function unaskedFor<T>(work: () => T): T {
  unasked = true;
  try {
    return work();
  } finally {
    unasked = false;
  }
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>> | undefined;
  readonly body?: unknown;
  readonly raw?: Blob | undefined;
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly alone?: boolean; // an answer of 401 is the caller's
  readonly key?: string;    // the Idempotency-Key of an act that may be sent again
  readonly sent?: ((part: number) => void) | undefined; // how much of `raw` has left
}

export interface Answer<T> { readonly data: T; readonly etag: string }

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

async function problemOf(response: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = await response.json() as Record<string, unknown>;
  } catch { /* a proxy's page: the status says enough */ }
  const listed = Array.isArray(body["errors"]) ? body["errors"] as Record<string, unknown>[] : [];
  const fields = listed.map((error) => ({
    field: text(error["field"]),
    message: [text(error["detail"]), text(error["remedy"])].filter(Boolean).map(inWords).join(" ") }));
  return new Problem(response.status, inWords(text(body["title"])) || response.statusText,
    inWords(text(body["detail"])), inWords(text(body["remedy"])), fields, text(body["code"]), body);
}

function addressOf(path: string, query: Ask["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  const tail = search.toString();
  return tail ? `${path}?${tail}` : path;
}

// A server that is asked for too much at once has done nothing and says when to come again: whoever
// scrolls or types fast waits for their turn and is not told of it.
const TURNS_MAX = 6;
const BUSY_TURNS_MAX = 60; // an import of everybody has the store to itself for a minute
const TURN_MS_MAX = 3_000;

function turnOf(response: Response): number | null {
  if (response.status !== 429 && response.status !== 503) return null;
  const wait_ms = Number(response.headers.get("Retry-After")) * 1_000;
  return wait_ms > 0 && wait_ms <= TURN_MS_MAX ? wait_ms : null;
}

function pause(wait_ms: number, stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { stop?.removeEventListener("abort", end); resolve(); }, wait_ms);
    const end = () => { clearTimeout(timer); reject(new DOMException("", "AbortError")); };
    if (stop?.aborted) end();
    else stop?.addEventListener("abort", end, { once: true });
  });
}

// As fetch, which cannot tell how much has left.
function send(address: string, method: string, headers: Readonly<Record<string, string>>, raw: Blob,
  ask: Ask): Promise<Response> {
  return new Promise((resolve, reject) => {
    const http = new XMLHttpRequest();
    const end = () => http.abort();
    http.open(method, address);
    for (const [name, value] of Object.entries(headers)) http.setRequestHeader(name, value);
    http.upload.onprogress = (event) => { if (event.total) ask.sent?.(event.loaded / event.total); };
    http.onload = () => resolve(new Response(http.status === 204 ? null : http.responseText, {
      status: http.status, statusText: http.statusText, headers: http.getAllResponseHeaders().trim()
        .split(/\r\n/).filter(Boolean).map((line): [string, string] => {
          const at = line.indexOf(":");
          return [line.slice(0, at), line.slice(at + 1).trim()];
        }) }));
    http.onerror = () => reject(new TypeError("no connection"));
    http.onabort = () => reject(new DOMException("", "AbortError"));
    ask.signal?.addEventListener("abort", end, { once: true });
    http.send(raw);
  });
}

async function once(path: string, ask: Ask, key: string, background: boolean): Promise<Response> {
  const method = ask.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (background) headers["X-Perennial-Background"] = "1";
  if (ask.raw) headers["Content-Type"] = "application/octet-stream";
  if (ask.body !== undefined) headers["Content-Type"] = "application/json";
  if (ask.etag) headers["If-Match"] = ask.etag.startsWith('"') ? ask.etag : `"${ask.etag}"`;
  if (method !== "GET") {
    headers["Idempotency-Key"] = key;
    headers["X-Perennial"] = "1";
  }
  try {
    const response = ask.raw && ask.sent
      ? await send(addressOf(path, ask.query), method, headers, ask.raw, ask)
      : await fetch(addressOf(path, ask.query), {
      method, headers, credentials: "same-origin", signal: ask.signal ?? null,
      keepalive: leaving && method !== "GET" && !ask.raw,
      body: ask.raw ?? (ask.body === undefined ? null : JSON.stringify(ask.body)),
    });
    offline.value = false;
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    offline.value = true;
    throw new Problem(0, "offline", "", "", [], "offline");
  }
}

export async function request<T>(path: string, ask: Ask = {}): Promise<Answer<T>> {
  const key = ask.key ?? crypto.randomUUID();
  const background = unasked;
  for (let turns = 0;;) {
    const response = await once(path, ask, key, background);
    if (response.status === 401 && !ask.alone && signInAgain) {
      const problem = await problemOf(response); // read to its end: the connection is free again
      if (await signInAgain()) continue;
      throw problem;
    }
    const wait_ms = turnOf(response);
    if (wait_ms !== null && turns++ < (response.status === 503 ? BUSY_TURNS_MAX : TURNS_MAX)) {
      void response.body?.cancel();
      await pause(wait_ms * (1 + Math.random() / 2), ask.signal); // not all of them at one moment
      continue;
    }
    if (!response.ok) {
      if (ask.method && ask.method !== "GET") refusals.value++;
      throw await problemOf(response);
    }
    const etag = response.headers.get("ETag") ?? "";
    if (response.status === 204) return { data: undefined as T, etag };
    return { data: await response.json() as T, etag };
  }
}

type Method = "get" | "post" | "put" | "patch" | "delete";
type Body<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type Good<O> = O extends { responses: infer R }
  ? Body<R[Extract<keyof R, 200 | 201 | 202 | 204>]> : never;
type Sent<O> = O extends { requestBody: { content: infer C } }
  ? C extends { "application/json": infer T } ? { body: T } : { form: Blob } : { body?: never };
type InPath<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: never };
type InQuery<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: never };
// One operation at a time: of all at once every path would be paired with every body.
type Given<O> = O extends unknown ? InPath<O> & InQuery<O> & Sent<O>
  & { etag?: string | undefined; stop?: AbortSignal; alone?: boolean; key?: string;
    sent?: (part: number) => void } : never;
type Needs<O> = {} extends Given<O> ? [given?: Given<O>] : [given: Given<O>];
export type Addresses<M extends Method> =
  { [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never }[keyof paths];

interface Loose {
  path?: Record<string, string>;
  query?: Ask["query"];
  body?: unknown;
  form?: Blob;
  etag?: string;
  stop?: AbortSignal;
  alone?: boolean;
  key?: string;
  sent?: (part: number) => void;
}

// `call("post", "/api/v1/threads/{thread_id}/reply", {path, body})`: addresses, fields and answers
// are those of the API's document, or it does not compile.
export function call<M extends Method, P extends Addresses<M>>(method: M, path: P,
  ...rest: Needs<paths[P][M & keyof paths[P]]>): Promise<Answer<Good<paths[P][M & keyof paths[P]]>>> {
  const given = ((rest as readonly unknown[])[0] ?? {}) as Loose;
  const filled = (path as string).replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(given.path?.[name] ?? ""));
  return request<unknown>(filled, { method: method.toUpperCase() as NonNullable<Ask["method"]>,
    query: given.query, body: given.body, raw: given.form, etag: given.etag, signal: given.stop,
    alone: given.alone ?? false, sent: given.sent, ...(given.key ? { key: given.key } : {}) }) as Promise<never>;
}

export async function get<P extends Addresses<"get">>(path: P,
  ...rest: Needs<paths[P]["get" & keyof paths[P]]>): Promise<Good<paths[P]["get" & keyof paths[P]]>> {
  return (await call("get", path, ...rest as never)).data as never;
}
