// keyboard.mjs: the ten tasks of a day by keyboard alone, each judged by what the server has afterwards.
//
// Nothing here presses with a pointer: a listener in the page counts, and the last step looks.
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, contextOf, open, settled, until, watch } from "./desk.mjs";
import { PASSWORD } from "./practice.mjs";
import { step } from "./tap.mjs";

const PLAYBOOK = "neurotoxin-touch-up";
const TABS_MAX = 200;

export class Hands {
  constructor(page) { this.page = page; }

  async press(...names) { for (const name of names) await this.page.keyboard.press(name); }

  type(text) { return this.page.keyboard.type(text); }

  // Tab until that part has the focus, as somebody does who has no pointer.
  async reach(wanted, back = false) {
    const part = typeof wanted === "string" ? this.page.locator(wanted) : wanted;
    await part.first().waitFor();
    for (let i = 0; i < TABS_MAX; i++) {
      if (await part.first().evaluate((node) => node === document.activeElement)) return;
      await this.press(back ? "Shift+Tab" : "Tab");
    }
    throw new Error(`the focus never came to ${wanted}`);
  }

  async follow(wanted) {
    await this.reach(wanted);
    await this.press("Enter");
  }

  button(name, where = this.page) { return where.getByRole("button", { name, exact: true }); }

  // The two keys of a way, once more where the second came too late for the first.
  async go(first, second, place) {
    const there = new RegExp(`#/${place}(/[\\w-]{36})?$`);
    await until(async () => {
      if (there.test(this.page.url())) return true;
      await this.press(first, second);
      await settled(this.page);
      return there.test(this.page.url());
    }, place);
  }

  // The palette: type, then go down to this option and take it.
  async find(words, option) {
    await this.press("Control+k");
    await this.page.waitForSelector("dialog.palette[open] input:focus");
    await this.type(words);
    await this.page.locator("#found [role=option]", { hasText: option }).first().waitFor();
    await settled(this.page); // whoever is called so has been found, too
    const on = this.page.locator("#found [role=option][aria-selected=true]", { hasText: option });
    for (let i = 0; i < TABS_MAX && !await on.count(); i++) await this.press("ArrowDown");
    await this.press("Enter");
    await this.page.waitForSelector("dialog.palette", { state: "detached" });
  }
}

function totp(secret, step) {
  const bits = [...secret.replace(/\s/g, "")].map((sign) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(count).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function conversations(practice, context, hands) {
  const { page } = hands;
  await step("by keyboard: a hot reply is answered", async () => {
    await open(page, practice, "today");
    await hands.go("g", "i", "inbox");
    await page.waitForSelector(".composer textarea");
    const thread = page.url().split("/").at(-1);
    await hands.press("r");
    await page.waitForSelector(".composer textarea:focus");
    await hands.type("Saturday at ten is free. Shall I hold it?");
    await hands.press("Control+Enter");
    return until(async () => (await ask(context, practice, `threads/${thread}`)).data.messages.some(
      (one) => one.kind === "out" && one.body.startsWith("Saturday at ten")), "the answer");
  });
  await step("by keyboard: a call is logged with a note and its outcome", async () => {
    const calls = (await ask(context, practice, "tasks?kind=warm_call&limit=100")).data.items
      .filter((one) => one.state === "open").map((one) => one.task_id);
    if (!calls.length) return "there is no call to log";
    await hands.press("Escape");
    await hands.go("g", "t", "today");
    await page.waitForSelector(".task-list .line");
    await hands.press("j", "o");
    await page.waitForSelector(".panel .outcomes");
    const idOf = () => page.url().split("/").at(-1);
    for (let i = 0; i < 60 && !calls.includes(idOf()); i++) {
      const before = idOf();
      await hands.press("j");
      await settled(page);
      if (idOf() === before) break; // the last of them
    }
    const id = idOf();
    if (!calls.includes(id)) return "J never came to a call";
    await page.waitForSelector(".panel .outcomes .keycap");
    await hands.reach("#task-note");
    await hands.type("Left a message with her husband");
    await hands.press("Escape");
    const at = (await ask(context, practice, `tasks/${id}`)).data.outcomes
      .findIndex((one) => one.name === "no_answer");
    await hands.press(String(at + 1));
    return until(async () => {
      const { task } = (await ask(context, practice, `tasks/${id}`)).data;
      return task.outcome === "no_answer" && /husband/.test(task.note);
    }, "the outcome on the server");
  });
}

async function patients(practice, context, hands, patient) {
  const { page } = hands;
  await step("by keyboard: somebody is opted out", async () => {
    await hands.find(patient.external_id, patient.name);
    await page.waitForSelector(".person-head");
    await hands.press("x");
    await page.waitForSelector("dialog[open] form");
    await hands.reach("dialog[open] [name=note]");
    await hands.type("On the phone");
    await hands.press("Enter");
    return until(async () => (await ask(context, practice, `patients/${patient.patient_id}`)).data
      .suppressions.some((one) => one.reason === "opt_out" && !one.lifted_at), "the opt-out");
  });
  await step("by keyboard: why nothing was sent", async () => {
    await page.waitForSelector("dialog[open]", { state: "detached" });
    await hands.press("w");
    await page.waitForSelector(".why li");
    await settled(page);
    const shown = await page.locator(".answer .why li").count();
    const { items } = (await ask(context, practice, `patients/${patient.patient_id}/explain`)).data;
    return shown === items.reduce((sum, one) => sum + one.steps.length, 0) || `${shown} steps are shown`;
  });
  await step("by keyboard: the audit of one patient is reviewed", async () => {
    await hands.follow(page.locator(".tabs a", { hasText: "Disclosures" }));
    await page.locator("td", { hasText: "opted out" }).first().waitFor();
    const { items } = (await ask(context, practice,
      `patients/${patient.patient_id}/disclosures?limit=100`)).data;
    return ["patient.read", "suppression.recorded"].every((action) =>
      items.some((row) => row.action === action)) || items.map((row) => row.action).join(" ");
  });
}

async function playbooks(practice, context, hands) {
  const { page } = hands;
  const run = async () => (await ask(context, practice, `playbooks/${PLAYBOOK}`)).data.playbook.run;
  await step("by keyboard: a playbook is paused, and the pause is taken back", async () => {
    const before = await run();
    await hands.find("time for", "Time for a touch-up");
    await hands.follow(hands.button("Pause", page.locator(".page-head")));
    await until(async () => await run() === "paused", "the pause");
    await page.locator(".toast button").first().waitFor();
    await hands.press("Control+z");
    return until(async () => await run() === before, "the end of the pause");
  });
  await step("by keyboard: a message is changed, and the plan shows the difference", async () => {
    const { items } = (await ask(context, practice, "templates")).data;
    const piece = items.find((one) => one.name === "touchup-remind" && one.channel === "email"
      && one.wording === "generic" && one.language === "en").file.split("/").slice(-2).join("/");
    await hands.go("g", "b", "playbooks");
    await hands.follow(page.locator(".page-head a", { hasText: "Messages" }));
    await hands.follow(`a[href$="${piece}"]`);
    await hands.reach(".template-edit textarea");
    await hands.press("Control+End");
    await hands.type("\nP.S. There is parking behind the house.\n");
    await page.locator(".mail-text", { hasText: "parking behind the house" }).first().waitFor();
    await hands.follow(hands.button("Save"));
    await until(async () => (await ask(context, practice, `templates/${piece}`)).data.source
      .includes("parking"), "the new text on the server");
    await hands.find("time for", "Time for a touch-up");
    await hands.follow(hands.button("See a plan", page.locator(".page-head")));
    await hands.follow(hands.button("Make a plan"));
    await page.locator(".plan .beside-pieces ins, .plan .beside-pieces .came",
      { hasText: "parking behind the house" }).first().waitFor();
  });
}

async function colleague(practice, context, hands) {
  const { page } = hands;
  let link = "";
  await step("by keyboard: a colleague is added", async () => {
    await hands.find("colleagues", "Colleagues");
    await hands.follow(hands.button("Add a colleague"));
    await page.waitForSelector("dialog[open] form");
    await hands.type("Robin Okafor");
    await hands.press("Tab");
    await hands.type("robin@lanternlight.example");
    await hands.press("Enter");
    link = await page.locator(".secret-box").textContent();
    await hands.follow(hands.button("I have kept it"));
    return (await ask(context, practice, "staff")).data.items.some((one) => one.name === "Robin Okafor");
  });
  const theirs = await contextOf(practice);
  const other = new Hands(watch(await theirs.newPage()));
  await step("by keyboard: the colleague signs in once, chooses a password and sets a second factor",
    async () => {
      await other.page.goto(`${practice.address}/${link.slice(link.indexOf("#"))}`);
      await other.follow(other.button("Sign in"));
      await other.reach("[type=password]");
      await other.type(PASSWORD);
      await other.press("Enter");
      await other.page.waitForSelector(".side nav");
      await other.find("your account", "Your account");
      await other.follow(other.button("Set up second factor"));
      await other.page.waitForSelector("dialog[open] [type=password]");
      await other.type(PASSWORD);
      await other.press("Enter");
      const now = Date.parse((await ask(context, practice, "today")).data.at); // a practice's own clock
      const secret = await other.page.locator(".secret").textContent();
      await other.reach("[name=code]");
      await other.type(totp(secret, Math.floor(now / 30_000)));
      await other.press("Enter");
      await other.page.locator(".codes li").first().waitFor();
      other.codes = await other.page.locator(".codes li").allTextContents();
      await other.follow(other.button("I have kept them"));
      const { items } = (await ask(context, practice, "staff")).data;
      return items.find((one) => one.name === "Robin Okafor").second_factor;
    });
  await step("by keyboard: who has a second factor is asked for it at the door", async () => {
    await other.find("sign out", "Sign out");
    await other.page.waitForSelector("[type=email]");
    await other.reach("[type=email]");
    await other.type("robin@lanternlight.example");
    await other.reach("[type=password]");
    await other.type(PASSWORD);
    await other.press("Enter");
    await other.follow(other.button("Use a recovery code"));
    await other.reach(".form input");
    await other.type(other.codes[0].trim());
    await other.press("Enter");
    await other.page.waitForSelector(".side nav");
    return (await ask(theirs, practice, "session")).data.state === "signed_in";
  });
  const pointed = await other.page.evaluate(() => window.pointed ?? 0);
  await theirs.close();
  return pointed;
}

async function papers(practice, context, hands) {
  const { page } = hands;
  await step("by keyboard: a report is exported, and no cell of it is a formula", async () => {
    const { etag, data } = await ask(context, practice, "settings");
    await ask(context, practice, "settings", "patch", { name: "=HYPERLINK(\"http://x\")" },
      { "If-Match": etag });
    await hands.go("g", "r", "reports");
    await hands.follow(hands.button("As CSV"));
    await hands.reach(page.getByRole("menuitem", { name: "Playbooks", exact: true }));
    const [file] = await Promise.all([page.waitForEvent("download"), hands.press("Enter")]);
    const text = readFileSync(await file.path(), "utf8");
    const now = await ask(context, practice, "settings");
    await ask(context, practice, "settings", "patch", { name: data.name }, { "If-Match": now.etag });
    const cells = text.split(/\r?\n/).flatMap((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
    const bad = cells.map((cell) => cell.replace(/^"/, ""))
      .filter((cell) => /^[=+\-@\t]/.test(cell) && !/^-?[\d.]+"?$/.test(cell));
    if (!text.includes(PLAYBOOK)) return `no playbook in it:\n${text.slice(0, 400)}`;
    return bad.length ? bad.join(" ") : undefined;
  });
  await step("by keyboard: a fresh export is imported", async () => {
    const path = join(practice.folder, "fresh.csv");
    writeFileSync(path, "Patient ID,First Name,Last Name,Date of Birth,Mobile Phone,Email\n"
      + "FRESH1,Anneliese,Vandermeer,1986-04-05,(512) 555-0147,anneliese@example.org\n");
    await hands.find("import an", "Import an export");
    const chooser = page.waitForEvent("filechooser");
    await hands.follow(hands.button("Choose files"));
    await (await chooser).setFiles(path);
    await hands.follow(hands.button("Import"));
    return until(async () => (await ask(context, practice, "patients/search?q=Vandermeer")).data.items
      .some((one) => one.external_id === "FRESH1"), "the new patient");
  });
}

export async function byKeyboard(practice, state, patient) {
  const context = await contextOf(practice, { storageState: state });
  await context.addInitScript(() => {
    if (location.protocol !== "http:") return;
    const kept = Number(sessionStorage.getItem("pointed") ?? 0);
    window.pointed = kept;
    addEventListener("pointerdown", () => {
      sessionStorage.setItem("pointed", String(++window.pointed));
    }, true);
  });
  const hands = new Hands(watch(await context.newPage()));
  await conversations(practice, context, hands);
  await patients(practice, context, hands, patient);
  await playbooks(practice, context, hands);
  const theirs = await colleague(practice, context, hands);
  await papers(practice, context, hands);
  await step("no pointer was used for any of it", async () =>
    await hands.page.evaluate(() => window.pointed) + theirs === 0);
  await context.close();
}
