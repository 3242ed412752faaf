#!/usr/bin/env node
// client_test.mjs: a client generated from the served document talks to the program.
//   test/clients/client_test.mjs
//
// oazapfts, a generator from npm, writes a TypeScript client out of /openapi.json; a small program on top
// of it is compiled strictly and run by Node with an API key. PERENNIAL names the program.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Practice, root } from "../browser/practice.mjs";
import { end, ok, step } from "../browser/tap.mjs";

const folder = mkdtempSync(join(tmpdir(), "perennial-client-"));
const tool = (name) => join(root, "node_modules/.bin", name);
const run = (program, args) => execFileSync(program, args, { cwd: folder, encoding: "utf8",
  stdio: ["ignore", "pipe", "pipe"] });
const practice = new Practice();

try {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  cpSync(join(root, "test/clients/desk_program.ts"), join(folder, "desk_program.ts"));
  await practice.init();
  await practice.run("import", ...await practice.samples());
  await practice.serve();
  const key = (await practice.run("key", "add", "a program", "--scopes",
    "patients.read,patients.write,reports.read")).match(/\bpk?_?[\w-]{30,}\b/)?.[0];
  await step("the served document becomes a client, without a word of complaint", async () => {
    const answer = await fetch(`${practice.address}/openapi.json`);
    writeFileSync(join(folder, "openapi.json"), await answer.text());
    run(tool("oazapfts"), ["openapi.json", "perennial.ts"]);
  });
  await step("a program on top of it compiles strictly", () => {
    writeFileSync(join(folder, "node.d.ts"), "declare const process: { argv: string[] };\n");
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true,
      noEmit: true, target: "es2022", module: "esnext", moduleResolution: "bundler", types: [],
      lib: ["es2023", "dom", "dom.iterable"], noUncheckedIndexedAccess: true, skipLibCheck: true } }));
    run(tool("tsc"), ["-p", "."]);
  });
  let saw = {};
  await step("it reads every page of the patients, with its key", async () => {
    await build({ absWorkingDir: folder, entryPoints: ["desk_program.ts"], outfile: "program.mjs",
      bundle: true, format: "esm", platform: "node", target: "node18", logLevel: "error" });
    if (!key) return "there is no key";
    saw = JSON.parse(run(process.execPath, ["program.mjs", practice.address, key]));
    return (saw.patients > 1_500 && saw.unique === saw.patients) || JSON.stringify(saw);
  });
  ok(saw.etag?.length > 2 && saw.name?.length > 2, "one patient comes with an ETag", JSON.stringify(saw));
  ok(saw.tags?.includes("from a program") && saw.same && saw.replayed === "true",
    "a write that is sent again gets the first answer again", JSON.stringify(saw));
  ok(saw.refused?.length > 3 && saw.missing === 404,
    "what the key may not do, and what is not there, is said as a problem", JSON.stringify(saw));
  ok(saw.field === "where", "a wrong field is named", JSON.stringify(saw));
  ok(saw.practice === "Lanternlight Aesthetics", "the report is typed", JSON.stringify(saw));
} catch (error) {
  ok(false, "the test came to its end", `${error.stack}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
} finally {
  practice.stop();
  rmSync(folder, { recursive: true, force: true });
  end();
}
