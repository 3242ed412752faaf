// first.mjs: the first quarter of an hour, on the exports of a hundred thousand patients and by keyboard
// alone; the door; and what the first page weighs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, contextOf, judge, looks, ODD, settled, troubles, until, watch } from "./desk.mjs";
import { Hands } from "./keyboard.mjs";
import { CONSENT, PASSWORD } from "./practice.mjs";
import { ok, step } from "./tap.mjs";

export const OWNER = "olu@lanternlight.example";
const PLAYBOOK = "neurotoxin-touch-up";
const LONG_MS = 300_000; // a hundred thousand rows, with sanitizers, beside everything else

// In light and dark, on a desktop and on a phone, without loading the page again.
async function judgeAll(page, name, only = Object.keys(looks)) {
  const wrong = [];
  for (const look of only) {
    await page.setViewportSize(looks[look].viewport);
    await page.emulateMedia({ colorScheme: looks[look].colorScheme, reducedMotion: "reduce" });
    const found = await judge(page, name, look);
    if (found) wrong.push(`${look}: ${found}`);
  }
  await page.setViewportSize(looks.light.viewport);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return wrong.join("\n") || undefined;
}

const counted = (context) => context.addInitScript(() => {
  if (location.protocol !== "http:") return;
  window.pointed = Number(sessionStorage.getItem("pointed") ?? 0);
  addEventListener("pointerdown", () => {
    sessionStorage.setItem("pointed", String(++window.pointed));
  }, true);
});

const card = (page, name) => page.locator(".import-file", { hasText: name });

// Files onto the page, as somebody lets them fall who misses the frame. The browser itself has opened
// them: a second field lends them.
async function letFall(page, files) {
  await page.evaluate(() => {
    const field = document.createElement("input");
    field.type = "file";
    field.multiple = true;
    field.id = "lent";
    document.querySelector("main").append(field);
  });
  await page.setInputFiles("#lent", files);
  await page.evaluate(() => {
    const field = document.querySelector("#lent");
    const transfer = new DataTransfer();
    for (const file of field.files) transfer.items.add(file);
    field.remove();
    for (const type of ["dragover", "drop"])
      document.querySelector("h1").dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true,
        dataTransfer: transfer }));
  });
}

async function owner(practice, hands) {
  const { page } = hands;
  await step("a fresh install asks for its owner, and the page passes axe", async () => {
    await page.goto(`${practice.address}/#/start/${await practice.token()}`);
    await page.waitForSelector("form");
    return judgeAll(page, "start-owner");
  });
  await step("a weak password is refused at its field", async () => {
    await hands.reach("[autocomplete=name]");
    await hands.type("Olu Adeyemi");
    await hands.press("Tab");
    await hands.type(OWNER);
    await hands.press("Tab");
    await hands.type("aaaaaaaaaaaaa");
    await hands.press("Enter");
    await page.waitForSelector("[type=password][aria-invalid=true]");
  });
  await step("the owner is created and is shown the first step", async () => {
    await hands.reach("[type=password]");
    await hands.press("Control+a");
    await hands.type(PASSWORD);
    await hands.press("Enter");
    await page.waitForSelector(".start-steps");
    return judgeAll(page, "start-recovery");
  });
  await step("the recovery key is shown against the password and has to be kept", async () => {
    await hands.reach("[type=password]");
    await hands.type(PASSWORD);
    await hands.press("Enter");
    await page.waitForSelector(".secret-box");
    if (!await page.locator(".start .press.main").isDisabled()) return "it goes on without keeping it";
    await hands.reach(".start input[type=checkbox]");
    await hands.press("Space");
    await hands.follow(".start .press.main");
  });
}

async function practiceItself(practice, context, hands) {
  const { page } = hands;
  const fill = async (name, text) => {
    await hands.reach(`[name=${name}]`);
    await hands.press("Control+a");
    await hands.type(text);
  };
  await step("the practice is described, a bad address is refused at its field", async () => {
    await page.waitForSelector("[name=booking_url]");
    await fill("phone", "(512) 555-0199");
    await fill("address", "1200 S Lamar Blvd, Austin, TX 78704");
    await fill("booking_url", "nowhere");
    await hands.press("Enter");
    await page.waitForSelector("[name=booking_url][aria-invalid=true]");
    const trouble = await judgeAll(page, "start-practice");
    await fill("booking_url", "https://book.lanternlight.example/");
    await hands.press("Enter");
    await page.waitForSelector("textarea[name=text]");
    return trouble;
  });
  await step("a session that ends while the consent form is being pasted keeps every word", async () => {
    await hands.reach("textarea[name=text]");
    await page.keyboard.insertText(CONSENT);
    const trouble = await judgeAll(page, "start-consent");
    await hands.reach(hands.button("Save")); // before the end: whatever the page asks next covers it
    await context.clearCookies();
    await hands.press("Enter");
    await page.waitForSelector("dialog[open] [type=password]:focus");
    await hands.type(PASSWORD);
    await hands.press("Enter");
    await page.waitForSelector(".dropzone");
    const kept = (await ask(context, practice, "settings/consent-form")).data.text;
    return kept.trim() === CONSENT.trim() ? trouble : `what is kept: ${kept}`;
  });
}

// What is no export of anything is refused in words, each alone, and the rest goes on.
async function wrongFiles(practice, hands) {
  const { page } = hands;
  const file = (name, bytes) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
  await step("a table of 300 columns is refused or read, and the page stands", async () => {
    const columns = Array.from({ length: 300 }, (_, i) => `Column ${i} ${i % 7 ? "" : ODD.slice(0, 30)}`);
    const chooser = page.waitForEvent("filechooser");
    await hands.follow(hands.button("Choose files"));
    await (await chooser).setFiles(file("wide.csv",
      `${columns.join(",")}\n${columns.map((_, i) => i).join(",")}\n`));
    await card(page, "wide.csv").waitFor();
    const trouble = await judgeAll(page, "start-wide", ["light", "phone-dark"]);
    await hands.follow(hands.button("Discard"));
    await card(page, "wide.csv").waitFor({ state: "detached" });
    return trouble;
  });
  await step("a spreadsheet, a PDF and an empty file are refused in words, and each is left out by key",
    async () => {
      const good = "Patient ID,First Name,Last Name,Mobile Phone\nX1,Ana,Ruiz,(512) 555-0111\n";
      await letFall(page, [file("list.xlsx", "PK\x03\x04\x14\x00\x06\x00"), file("list.pdf", "%PDF-1.7\n"),
        file("nothing.csv", ""), file("people.csv", good)]);
      await page.locator(".import-file").nth(3).waitFor();
      for (const [name, words] of [["list.xlsx", "spreadsheet"], ["list.pdf", "PDF"], ["nothing.csv", "empty"]])
        await card(page, name).locator(".note-box", { hasText: words }).waitFor();
      if (!await hands.button("Import").isDisabled()) return "it would be imported";
      const trouble = await judgeAll(page, "start-refused", ["light", "phone-dark"]);
      for (const name of ["list.xlsx", "list.pdf", "nothing.csv"]) {
        await hands.follow(hands.button(`Leave out ${name}`));
        await card(page, name).waitFor({ state: "detached" });
        await until(async () => !await page.locator(".way").count(), `${name} to be left out`);
      }
      if (await hands.button("Import").isDisabled()) return "what is right cannot be imported";
      return trouble;
    });
  await step("a reload keeps what was dropped", async () => {
    await page.reload();
    await card(page, "people.csv").waitFor();
    await hands.follow(hands.button("Discard"));
    await card(page, "people.csv").waitFor({ state: "detached" });
  });
  await step("a file beyond the limit is refused before it is sent", async () => {
    const path = join(practice.folder, "huge.csv");
    writeFileSync(path, Buffer.alloc(64 * 1024 * 1024 + 1, "x"));
    await letFall(page, [path]);
    await page.locator(".importer .note-box.alarm", { hasText: "huge.csv" }).waitFor();
    return await page.locator(".import-file").count() === 0;
  });
}

async function exports(practice, context, hands) {
  const { page } = hands;
  const paths = await practice.exports();
  let counts = [];
  const readCounts = () => page.locator(".import-file .figures").allTextContents();
  await step("the exports of 100,000 patients are dropped; what would be kept and refused is shown, and how far it is",
    async () => {
      const chooser = page.waitForEvent("filechooser");
      await hands.follow(hands.button("Choose files"));
      await (await chooser).setFiles(paths);
      await page.locator(".way progress[value]").waitFor();
      const at = performance.now();
      await page.locator(".way", { hasText: "more.csv" }).waitFor({ timeout: LONG_MS });
      const trouble = await judgeAll(page, "start-reading", ["light", "phone-dark"]);
      await page.locator(".import-file").nth(paths.length - 1).waitFor({ timeout: LONG_MS });
      console.log(`# they are looked at within ${((performance.now() - at) / 1000).toFixed(1)} s`);
      return trouble;
    });
  await step("columns and refused rows can be read, and the page stays light", async () => {
    counts = await readCounts();
    const rows = counts.reduce((sum, text) => sum + Number(/Rows([\d,]+)/.exec(text)[1].replaceAll(",", "")), 0);
    if (rows < 105_000) return `${rows} rows were read`;
    await hands.follow(page.locator(".issues summary", { hasText: "refused" }).first());
    await hands.follow(page.locator(".issues summary", { hasText: "columns" }).first());
    await page.locator(".mapping li").first().waitFor();
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    return nodes < 5_000 ? judgeAll(page, "start-imported") : `${nodes} elements`;
  });
  await step("the same files dropped again are no second ones", async () => {
    await letFall(page, paths);
    await page.locator(".toast", { hasText: "already" }).waitFor();
    const again = await readCounts();
    return again.join() === counts.join() || `${again.join("; ")} instead of ${counts.join("; ")}`;
  });
  await step("the page is closed while they come in; another one shows how far it is, and goes on", async () => {
    await hands.follow(hands.button("Import"));
    await page.locator(".way progress[value]").waitFor();
    hands.pointed = await page.evaluate(() => window.pointed);
    await page.close();
    hands.page = watch(await context.newPage());
    await hands.page.goto(`${practice.address}/#/start`);
    await hands.page.locator(".way progress").waitFor();
    const state = (await ask(context, practice, "imports/running")).data;
    if (!state.running || state.running.dry_run) return `what is under way: ${JSON.stringify(state)}`;
    await hands.page.locator(".choice").first().waitFor({ timeout: LONG_MS });
    const counted = async () => (await ask(context, practice,
      "patients?limit=1&count=true&exact=true")).data.total; // a read of patients waits to be written down
    const total = await until(counted, "the patients to be counted");
    return total >= 100_000 || `${total} patients`;
  });
}

async function plan(practice, context, hands) {
  const { page } = hands;
  await step("a playbook is chosen and its plan read before anything runs", async () => {
    const trouble = await judgeAll(page, "start-choose");
    await hands.follow(page.locator(".choice", { hasText: "Time for a touch-up" }));
    await hands.follow(hands.button("Make a plan"));
    await page.locator(".plan-person").first().waitFor({ timeout: LONG_MS });
    return [trouble, await judgeAll(page, "start-plan")].filter(Boolean).join("\n") || undefined;
  });
  await step("fifteen patients begin", async () => {
    await hands.follow(hands.button("Pilot first"));
    await page.waitForSelector("dialog[open] input[type=number]:focus");
    if (await page.inputValue("dialog[open] input[type=number]") !== "15") return "fifteen are not offered";
    const trouble = await judgeAll(page, "start-pilot", ["light", "phone-dark"]);
    await hands.press("Enter");
    await page.waitForSelector("dialog[open]", { state: "detached", timeout: LONG_MS });
    const { playbook } = (await ask(context, practice, `playbooks/${PLAYBOOK}`)).data;
    const begun = playbook.active + playbook.held;
    return playbook.run === "pilot" && begun === 15 ? trouble : `${playbook.run}, ${begun} patients`;
  });
  await step("the desk is one key further, and every step is done", async () => {
    await settled(page);
    await hands.follow(hands.button("To the front desk"));
    await page.waitForSelector(".side nav");
    const { data } = await ask(context, practice, "setup/steps");
    const left = Object.entries(data).filter(([, done]) => !done).map(([name]) => name);
    return left.length === 0 || `not done: ${left.join(", ")}`;
  });
}

// From nothing to a pilot. No pointer is touched; the clock of who reads and types is not in it.
export async function firstRun(practice) {
  const context = await contextOf(practice);
  await counted(context);
  const hands = new Hands(watch(await context.newPage()));
  const began = performance.now();
  await owner(practice, hands);
  await practiceItself(practice, context, hands);
  await wrongFiles(practice, hands);
  await exports(practice, context, hands);
  await plan(practice, context, hands);
  await step("no pointer was used from the fresh install to the pilot", async () =>
    hands.pointed + await hands.page.evaluate(() => window.pointed) === 0);
  console.log(`# from a fresh install to a pilot: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  await context.close();
}

export async function door(practice) {
  const context = await contextOf(practice);
  const page = watch(await context.newPage());
  await step("a wrong password is refused in one sentence", async () => {
    await page.goto(`${practice.address}/`);
    await page.fill("[type=email]", OWNER);
    await page.fill("[type=password]", "not the password");
    await page.click("button[type=submit]");
    await page.waitForSelector("[role=alert]");
    return judge(page, "sign-in");
  });
  await step("the page speaks Spanish, and the words of a button change", async () => {
    await page.getByRole("button", { name: "Español" }).click();
    await page.getByRole("button", { name: "Entrar" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
  });
  await step("the right one opens today", async () => {
    await page.fill("[type=password]", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector(".side nav");
  });
  await step("a script that was slipped in does not run", async () => {
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.slipped = true";
      document.body.append(script);
      return Boolean(window.slipped);
    });
    troubles.splice(0, troubles.length, ...troubles.filter((one) => !/inline script/.test(one)));
    return ran ? "it ran" : undefined;
  });
  await context.close();
}

export async function weight(practice) {
  const context = await contextOf(practice, {});
  const page = watch(await context.newPage());
  await page.goto(`${practice.address}/`);
  await page.waitForSelector("form");
  const bytes = await page.evaluate(() => [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")].filter((one) => !/woff2|svg|\/api\//.test(one.name))
    .reduce((sum, one) => sum + one.encodedBodySize, 0));
  ok(bytes > 10_000 && bytes < 88 * 1024,
    `script and style to the first page weigh less than 88 KiB packed (${Math.round(bytes / 1024)})`);
  await context.close();
}

