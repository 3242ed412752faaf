// practice.mjs: a practice of its own, served by the program under test on a free port.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tellTime } from "./tap.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const program = process.env.PERENNIAL ?? join(root, "build/perennial");
export const PASSWORD = "quiet lanterns over water";
const running = promisify(execFile);
export const CONSENT = "I agree to receive marketing texts and calls from Lanternlight Aesthetics at the number "
  + "I gave, some of them sent by automated means. Agreeing is not a condition of buying anything.\n";

export class Practice {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "perennial-browser-"));
    this.home = join(this.folder, "home");
  }

  // `consent` false: the form that patients signed is still to be told.
  init(consent = true) {
    const form = join(this.folder, "consent.txt");
    if (consent) writeFileSync(form, CONSENT);
    return this.run("init", "--practice", "Lanternlight Aesthetics", "--timezone", "America/Chicago",
      "--state", "TX", ...consent ? ["--consent-form", form] : []);
  }

  async run(...words) {
    return (await running(program, ["--home", this.home, ...words], { maxBuffer: 1 << 26 })).stdout;
  }

  // The sample exports up to today.
  async samples() {
    const folder = join(this.folder, "exports");
    await running(join(root, "tools/make-samples"),
      ["--until", new Date().toISOString().slice(0, 10), "--out", folder]);
    return ["patients", "services", "appointments", "memberships"]
      .map((name) => join(folder, `${name}.csv`));
  }

  // Those of a hundred thousand patients: the samples, and a list of everybody else of a second system.
  async exports() {
    const samples = await this.samples();
    const more = writeCrowd(join(this.folder, "more.csv"), samples[0]);
    return [samples[0], more, ...samples.slice(1)];
  }

  // A home that was made before.
  take(home) {
    cpSync(home, this.home, { recursive: true });
  }

  // Two weeks pass, on a virtual clock, to the calls and what follows them; nobody serves meanwhile.
  async weeks() {
    const began = Date.now();
    await this.end();
    await running(join(root, "tools/demo"), ["--no-serve", "--onto", "--days", "14"], { maxBuffer: 1 << 26,
      env: { ...process.env, PERENNIAL: program, PERENNIAL_DEMO: this.folder } });
    tellTime("two weeks pass in a practice", began);
  }

  // On a free port; after a stop on the port that it had, as soon as nobody else's connection has it.
  async serve() {
    for (let tries = 1;; tries++) {
      try {
        return await this.begin();
      } catch (error) {
        if (tries > 20 || !/Another program listens/.test(error.message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }

  begin() {
    const listen = this.address ? new URL(this.address).host : "127.0.0.1:0";
    this.server = spawn(program, ["--home", this.home, "serve", "--listen", listen],
      { stdio: ["ignore", "pipe", "pipe"] });
    this.said = "";
    return new Promise((resolve, reject) => {
      const hear = (bytes) => {
        this.said += bytes;
        const found = /listens on (http:\S+)/.exec(this.said);
        if (found) resolve(this.address = found[1]);
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

  async end() {
    if (!this.server) return undefined;
    this.server.removeAllListeners("exit");
    const gone = new Promise((resolve) => { this.server.on("exit", resolve); });
    this.server.kill("SIGTERM");
    return gone;
  }

  // As when the power goes: nothing is finished, nobody is told.
  kill() {
    this.server.removeAllListeners("exit");
    const gone = new Promise((resolve) => { this.server.on("exit", resolve); });
    this.server.kill("SIGKILL");
    return gone;
  }

  // Asked beside the page with the same cookie. Whatever came of a connection that the server has just
  // closed for its age, it is done once.
  async send(context, path, method = "get", data = undefined, headers = {}) {
    const own = method === "get" ? {} : { "X-Perennial": "1", Origin: this.address,
      "Idempotency-Key": randomUUID() };
    for (let tries = 1;; tries++) {
      try {
        return await context.request[method](`${this.address}/api/v1/${path}`, {
          headers: { ...own, ...headers }, ...(data === undefined ? {} : { data }) });
      } catch (error) {
        if (tries > 2 || !/socket hang up|ECONNRESET|EPIPE/.test(error.message)) throw error;
      }
    }
  }

  // A colleague with a password, signed in within this context of the browser.
  async join(context, email, name, role) {
    await this.run("user", "add", email, "--name", name, "--role", role);
    const link = /#\/enter\/([\w-]+)/.exec(
      await this.run("user", "link", email, "--base", this.address))[1];
    const post = (path, data) => this.send(context, path, "post", data);
    await post("session/link", { token: link });
    const set = await post("account/password", { password: PASSWORD });
    if (!set.ok()) throw new Error(`${email}: ${set.status()} ${await set.text()}`);
  }

  stop() {
    this.server?.removeAllListeners("exit");
    this.server?.kill("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const PATIENTS = 98_400; // beside the sample's: a hundred thousand in all

// People of the practice's names, each with a phone and an address.
function writeCrowd(path, patients) {
  const names = readFileSync(patients, "utf8").split(/\r?\n/).slice(1)
    .map((line) => line.split(",")).filter((row) => row.length > 3 && row[1] && row[2]);
  const codes = [210, 214, 281, 325, 361, 409, 432, 512, 713, 806, 817, 903, 915, 956, 972];
  const two = (value) => String(value).padStart(2, "0");
  const lines = ["Patient ID,First Name,Last Name,Date of Birth,Mobile Phone,Email,SMS Consent,"
    + "Email Consent,Consent On,Consent Source,Created On"];
  for (let i = 0; i < PATIENTS; i++)
    lines.push([`LX${String(i).padStart(6, "0")}`, names[i % names.length][1],
      names[(i * 13 + Math.floor(i / names.length) * 7) % names.length][2], `${two(1 + i % 12)}/${two(1 + i % 28)}/${1950 + i % 50}`,
      `${codes[i % codes.length]}${200 + Math.floor(i / 150) % 700}${String(1000 + i % 9000)}`,
      `p${i}@example.org`, i % 3 ? "Yes" : "", "Yes", "01/28/2025", "Intake form", "01/28/2025"].join(","));
  writeFileSync(path, lines.join("\n"));
  return path;
}
