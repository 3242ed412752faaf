// desk_program.ts: a program of the practice's own, on a client that was generated from /openapi.json.
//
// Compiled strictly against the generated types and run by client_test.mjs; says what it saw as JSON.
import * as desk from "./perennial";

const [address = "", key = ""] = process.argv.slice(2);
desk.defaults.baseUrl = address;
desk.defaults.headers = { Authorization: `Bearer ${key}` };

function must<S extends number, A extends { status: number; data?: unknown }>(answer: A, status: S) {
  if (answer.status !== status)
    throw new Error(`wanted ${status}, got ${answer.status} ${JSON.stringify(answer.data)}`);
  return answer as Extract<A, { status: S }>;
}

async function everybody(): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = must(await desk.listPatients({ limit: 150, ...(cursor ? { cursor } : {}) }), 200);
    ids.push(...page.data.items.map((one) => one.patient_id));
    cursor = page.data.next ?? undefined;
  } while (cursor);
  return ids;
}

const ids = await everybody();
const first = ids[0]!;
const patient = must(await desk.readPatient(first), 200);
const idempotencyKey = "the-program-4711";
const tag = { tag: "from a program" };
const tagged = must(await desk.addTag(first, tag, { idempotencyKey }), 200);
const again = must(await desk.addTag(first, tag, { idempotencyKey }), 200);
const refused = must(await desk.listStaff(), 403);
const wrong = must(await desk.listPatients({ where: "visits >" }), 422);
const missing = must(await desk.readPatient("00000000-0000-7000-8000-000000000000"), 404);
const report = must(await desk.readReport(), 200);

console.log(JSON.stringify({
  patients: ids.length, unique: new Set(ids).size, name: patient.data.name,
  etag: patient.headers.get("etag") ?? "", tags: tagged.data.tags,
  same: JSON.stringify(again.data.tags) === JSON.stringify(tagged.data.tags),
  replayed: again.headers.get("idempotent-replayed"), refused: refused.data.title,
  field: wrong.data.errors?.[0]?.field, missing: missing.data.status, practice: report.data.practice,
}));
