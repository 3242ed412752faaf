// client.ts: one request to Perennial and its answer.
//
// Every write carries an Idempotency-Key, so that a press repeated after a lost answer does nothing
// twice, and the session's token against forged requests. A refusal comes back as a Problem that
// names the fields; an ended session is told to the session room and the request waits until
// somebody has signed in again, so that nothing written is lost.
import { signal } from "@preact/signals";

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
export const csrf = signal("");

// Set by the session room: resolves when somebody has signed in again, false when they went away.
let signInAgain: (() => Promise<boolean>) | null = null;
export function onSessionEnd(ask: () => Promise<boolean>): void {
  signInAgain = ask;
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>> | undefined;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly alone?: boolean; // an answer of 401 is the caller's
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
  const single = text(body["field"]);
  const fields = listed.map((error) => ({
    field: text(error["field"] ?? error["pointer"]).replace(/^#?\//, "").replaceAll("/", "."),
    message: [text(error["detail"] ?? error["message"]), text(error["remedy"])]
      .filter(Boolean).join(" ") }));
  if (single && !fields.length) fields.push({ field: single, message: text(body["detail"]) });
  return new Problem(response.status, text(body["title"]) || response.statusText,
    text(body["detail"]), text(body["remedy"]), fields, text(body["code"]), body);
}

function addressOf(path: string, query: Ask["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  const tail = search.toString();
  return tail ? `${path}?${tail}` : path;
}

async function once(path: string, ask: Ask, key: string): Promise<Response> {
  const method = ask.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (ask.body !== undefined) headers["Content-Type"] = "application/json";
  if (ask.etag) headers["If-Match"] = ask.etag;
  if (method !== "GET") {
    headers["Idempotency-Key"] = key;
    if (csrf.peek()) headers["X-CSRF-Token"] = csrf.peek();
  }
  try {
    const response = await fetch(addressOf(path, ask.query), {
      method, headers, credentials: "same-origin", signal: ask.signal ?? null,
      body: ask.form ?? (ask.body === undefined ? null : JSON.stringify(ask.body)),
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
  const key = crypto.randomUUID();
  for (;;) {
    const response = await once(path, ask, key);
    if (response.status === 401 && !ask.alone && signInAgain) {
      if (await signInAgain()) continue;
      throw await problemOf(response);
    }
    if (!response.ok) throw await problemOf(response);
    const etag = response.headers.get("ETag") ?? "";
    if (response.status === 204) return { data: undefined as T, etag };
    return { data: await response.json() as T, etag };
  }
}

export async function read<T>(path: string, query?: Ask["query"], stop?: AbortSignal): Promise<T> {
  return (await request<T>(path, { query, signal: stop })).data;
}

export async function write<T>(method: NonNullable<Ask["method"]>, path: string, body?: unknown,
  etag?: string): Promise<T> {
  return (await request<T>(path, { method, body, etag })).data;
}
