// check.mjs: types from the API's own text, then the strict compiler over the whole app; and what a
// public linter says of the API's document.
//
// usage: node web/check.mjs   (prints TAP; the compiler's words go to standard error)
import { createConfig, lint } from "@redocly/openapi-core";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tool = (name) => join(root, "node_modules/.bin", name);
const run = (program, args) => execFileSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
const folder = mkdtempSync(join(tmpdir(), "perennial-api-"));
const document = join(folder, "openapi.json");
const sentences = ["the web app compiles strictly against the API's own document",
  "the API's document passes the strictest rules of a public linter, without a warning"];

async function works(sentence, number, work) {
  try {
    await work();
    console.log(`ok ${number} - ${sentence}`);
  } catch (error) {
    console.error(error.message);
    console.log(`not ok ${number} - ${sentence}`);
    process.exitCode = 1;
  }
}

try {
  await works(sentences[0], 1, () => {
    run("python3", ["tools/api", "src/http/api.yaml", "src/account/permission.c", "openapi", document]);
    run(tool("openapi-typescript"), [document, "-o", "web/src/api/schema.d.ts"]);
    run(tool("tsc"), ["-p", "web"]);
  });
  await works(sentences[1], 2, async () => {
    const found = await lint({ ref: document, config: await createConfig({
      extends: ["recommended-strict"] }) });
    if (found.length) throw new Error(found.map((one) =>
      `${one.ruleId} ${one.location[0]?.pointer}: ${one.message}`).join("\n"));
  });
} finally {
  console.log("1..2");
  rmSync(folder, { recursive: true, force: true });
}
