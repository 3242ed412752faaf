// check.mjs: types from the API's own text, then the strict compiler over the whole app.
//
// usage: node web/check.mjs   (prints TAP; the compiler's words go to standard error)
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tool = (name) => join(root, "node_modules/.bin", name);
const run = (program, args) => execFileSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
const folder = mkdtempSync(join(tmpdir(), "perennial-api-"));
try {
  const document = join(folder, "openapi.json");
  run("python3", ["tools/api", "src/http/api.yaml", "src/account/permission.c", "openapi", document]);
  run(tool("openapi-typescript"), [document, "-o", "web/src/api/schema.d.ts"]);
  run(tool("tsc"), ["-p", "web"]);
  console.log("ok 1 - the web app compiles strictly against the API's own document");
} catch (error) {
  console.log("not ok 1 - the web app compiles strictly against the API's own document");
  process.exitCode = error.status ?? 1;
} finally {
  console.log("1..1");
  rmSync(folder, { recursive: true, force: true });
}
