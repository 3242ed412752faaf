// practice.mjs: a practice of its own, served by the program under test on a free port.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const program = process.env.PERENNIAL ?? join(root, "build/perennial");
export const PASSWORD = "quiet lanterns over water";
const CONSENT = "I agree to receive marketing texts and calls from Lanternlight Aesthetics at the number "
  + "I gave, some of them sent by automated means. Agreeing is not a condition of buying anything.\n";

export class Practice {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "perennial-browser-"));
    this.home = join(this.folder, "home");
    writeFileSync(join(this.folder, "consent.txt"), CONSENT);
    this.run("init", "--practice", "Lanternlight Aesthetics", "--timezone", "America/Chicago",
      "--state", "TX", "--consent-form", join(this.folder, "consent.txt"));
  }

  run(...words) {
    return execFileSync(program, ["--home", this.home, ...words],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  // The sample exports up to today.
  samples() {
    const folder = join(this.folder, "exports");
    execFileSync(join(root, "tools/make-samples"),
      ["--until", new Date().toISOString().slice(0, 10), "--out", folder], { stdio: "ignore" });
    return ["patients", "services", "appointments", "memberships"]
      .map((name) => join(folder, `${name}.csv`));
  }

  serve() {
    this.server = spawn(program, ["--home", this.home, "serve", "--listen", "127.0.0.1:0"],
      { stdio: ["ignore", "pipe", "pipe"] });
    this.said = "";
    return new Promise((resolve, reject) => {
      const hear = (bytes) => {
        this.said += bytes;
        const found = /listens on (http:\S+)/.exec(this.said);
        if (found && !this.address) resolve(this.address = found[1]);
      };
      this.server.stdout.on("data", hear);
      this.server.stderr.on("data", hear);
      this.server.on("exit", (code) => reject(new Error(`serve ended with ${code}\n${this.said}`)));
    });
  }

  async token() {
    for (let i = 0; i < 100; i++) {
      const found = /#\/start\/([\w-]+)/.exec(this.said);
      if (found) return found[1];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no token in\n${this.said}`);
  }

  phoneOf(row) {
    const lines = readFileSync(join(this.folder, "exports/patients.csv"), "utf8").split(/\r?\n/);
    const at = lines[0].split(",").indexOf("Mobile Phone");
    return lines.slice(1).map((line) => line.split(",")[at]).filter((one) => /\d{3}/.test(one ?? ""))[row];
  }

  stop() {
    this.server?.removeAllListeners("exit");
    this.server?.kill("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
