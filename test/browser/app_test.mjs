#!/usr/bin/env node
// app_test.mjs: the web app in a real browser, against the program itself.  test/browser/app_test.mjs
//
// PERENNIAL names the program; SHOTS a folder that gets a picture of every page, in light and dark, on
// a desktop and on a phone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PASSWORD, Practice } from "./practice.mjs";
import { end, ok, step } from "./tap.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
const OWNER = "olu@lanternlight.example";
const ODD = "<img src=x onerror=\"document.title='broken'\"> شكرا 🌿 " + "long ".repeat(30);
const looks = {
  light: { viewport: { width: 1360, height: 860 }, colorScheme: "light" },
  dark: { viewport: { width: 1360, height: 860 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true },
};

const practice = new Practice();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox",
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"] });
const troubles = [];

function watch(page) {
  page.on("pageerror", (error) => troubles.push(`${page.url()} ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4(01|03|09|12|22)/.test(message.text()))
      troubles.push(`${page.url()} ${message.text()}`);
  });
  page.setDefaultTimeout(30_000);
  return page;
}

async function judge(page, name, only) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(axe);
  const found = await page.evaluate((rules) => axe.run(document, { runOnly: rules })
    .then((result) => result.violations.map((one) => `${one.id}: ${one.nodes[0].target.join(" ")} ${
      one.nodes[0].any[0]?.message ?? ""}`)), only ?? RULES);
  if (process.env.SHOTS)
    await page.screenshot({ path: join(process.env.SHOTS, `${name.replaceAll("/", "-")}.png`) });
  return [...(wide > 0 ? [`${wide} pixels too wide`] : []), ...found].join("\n") || undefined;
}

const settled = (page) => page.waitForFunction(() => document.querySelector("h1")
  && !document.querySelector(".bones"));

// To another page of the app without loading it again, once it has been loaded.
async function turn(page, address) {
  if (page.url() === "about:blank") return open(page, address);
  await page.evaluate((hash) => { location.hash = hash; }, `#/${address}`);
  await page.waitForTimeout(60);
  await settled(page);
}

async function open(page, address) {
  await page.goto("about:blank");
  await page.goto(`${practice.address}/#/${address}`);
  await settled(page);
}

// ---- the first quarter of an hour ----

async function firstRun(context) {
  const page = watch(await context.newPage());
  await step("a fresh install asks for its owner, and the page passes axe", async () => {
    await page.goto(`${practice.address}/#/start/${await practice.token()}`);
    await page.waitForSelector("form");
    return judge(page, "start-owner");
  });
  await step("a weak password is refused at its field", async () => {
    await page.fill("[autocomplete=name]", "Olu Adeyemi");
    await page.fill("[type=email]", OWNER);
    await page.fill("[type=password]", "aaaaaaaaaaaaa");
    await page.click("button[type=submit]");
    await page.waitForSelector("[type=password][aria-invalid=true]");
  });
  await step("the owner is created and is shown the first step", async () => {
    await page.fill("[type=password]", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector(".start-steps");
    return judge(page, "start-recovery");
  });
  await step("the recovery key is shown against the password and has to be kept", async () => {
    await page.fill("[type=password]", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector(".secret-box");
    if (!await page.locator(".start .press.main").isDisabled()) return "it goes on without keeping it";
    await page.check(".start input[type=checkbox]");
    await page.click(".start .press.main");
  });
  await step("the practice is described, a bad address is refused at its field", async () => {
    await page.waitForSelector("[name=booking_url]");
    await page.fill("[name=booking_url]", "nowhere");
    await page.click(".start form button[type=submit]");
    await page.waitForSelector("[name=booking_url][aria-invalid=true]");
    await page.fill("[name=booking_url]", "https://book.lanternlight.example/");
    await page.click(".start form button[type=submit]");
    await page.waitForSelector("[name=consent_form_text]");
  });
  await step("the consent form is passed by, it is on file already", async () => {
    await page.locator(".note-box.good").waitFor();
    await page.getByRole("button", { name: "Later" }).click();
    await page.waitForSelector(".dropzone");
    return judge(page, "start-exports");
  });
  await step("a table of 300 columns is refused or read, and the page stands", async () => {
    const columns = Array.from({ length: 300 }, (_, i) => `Column ${i} ${i % 7 ? "" : ODD.slice(0, 30)}`);
    await page.setInputFiles("input[type=file]", { name: "wide.csv", mimeType: "text/csv",
      buffer: Buffer.from(`${columns.join(",")}\n${columns.map((_, i) => i).join(",")}\n`) });
    await page.locator(".import-file").first().waitFor();
    const trouble = await judge(page, "start-wide");
    await page.getByRole("button", { name: "Discard" }).click();
    return trouble;
  });
  await step("the exports are dropped, what would be kept and refused is shown first", async () => {
    await page.setInputFiles("input[type=file]", practice.samples());
    await page.locator(".import-file").nth(3).waitFor({ timeout: 120_000 });
    await page.locator(".issues summary", { hasText: "refused" }).first().click();
    return judge(page, "start-imported");
  });
  await step("they are imported, and the last step offers the playbooks", async () => {
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.locator(".choice").first().waitFor({ timeout: 120_000 });
  });
  await step("the plan of a playbook can be read before anything runs", async () => {
    await page.locator(".choice").first().click();
    await page.locator(".empty .press.main").click();
    await page.locator(".plan-person").first().waitFor({ timeout: 60_000 });
    return judge(page, "start-plan");
  });
  await page.close();
}

// ---- every page ----

const pages = ["today", "inbox", "patients", "playbooks", "playbooks/neurotoxin-touch-up",
  "playbooks/neurotoxin-touch-up/text", "playbooks/neurotoxin-touch-up/plan",
  "playbooks/neurotoxin-touch-up/versions", "playbooks/templates",
  "playbooks/templates/touchup-nudge/generic.en.sms.liquid", "reports", "audit", "settings/account",
  "settings/practice", "settings/consent", "settings/imports", "settings/channels", "settings/caps",
  "settings/definitions", "settings/staff", "settings/roles", "settings/keys", "settings/file", "start"];

async function everyPage(state, patient) {
  for (const [look, options] of Object.entries(looks)) {
    const context = await browser.newContext({ ...options, storageState: state, locale: "en-US",
      reducedMotion: "reduce" });
    const page = watch(await context.newPage());
    for (const address of [...pages, ...["", "/why", "/visits", "/permission", "/disclosures"]
      .map((tab) => `patients/${patient}${tab}`)]) {
      await step(`${address.replace(patient, "ID")} passes axe and fits, ${look}`, async () => {
        await turn(page, address);
        return judge(page, `${address.replace(patient, "one")}-${look}`,
          look === "dark" ? ["color-contrast"] : undefined);
      });
    }
    await context.close();
  }
}

// ---- the day, by keyboard ----

async function day(context, patient) {
  const page = watch(await context.newPage());
  const keys = (...names) => names.reduce((before, name) => before.then(() =>
    page.keyboard.press(name)), Promise.resolve());
  await open(page, "today");

  await step("the palette finds a patient as one types and opens the page, by keyboard", async () => {
    await keys("Control+k");
    await page.waitForSelector("dialog.palette[open]");
    await page.keyboard.type(patient.name.slice(0, 6));
    await page.waitForSelector("#found [role=option] .face");
    await keys("Enter");
    await page.waitForSelector(".person-head");
  });
  await step("a patient is opted out by keyboard, and the page says so", async () => {
    await open(page, `patients/${patient.patient_id}/permission`);
    await keys("x");
    await page.waitForSelector("dialog[open] form");
    await keys("Tab", "Tab");
    await page.keyboard.type("On the phone");
    await keys("Enter");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    await page.locator(".tag.alarm", { hasText: "opted out" }).first().waitFor();
  });
  await step("a patient is paused and the pause is taken back", async () => {
    await keys("p");
    await page.waitForSelector("dialog[open] form");
    await keys("Enter");
    await page.locator(".person-head .tag.wait", { hasText: "paused" }).waitFor();
    await page.click(".toast button");
    await page.locator(".person-head .tag.wait", { hasText: "paused" }).waitFor({ state: "detached" });
  });
  await step("a tag of odd signs is shown as text", async () => {
    await page.fill(".tag-input", ODD.slice(0, 40));
    await keys("Enter");
    await page.locator(".tag", { hasText: ODD.slice(0, 20) }).waitFor();
    await keys("Escape");
    return await page.title() === "broken" ? "markup ran" : undefined;
  });
  await step("why nothing was sent is one key away", async () => {
    await keys("w");
    await page.waitForSelector(".why li");
  });
  await step("? lists the keys, and Escape goes back", async () => {
    await keys("?");
    await page.waitForSelector("dialog[open] .keys");
    await keys("Escape");
    await page.waitForSelector("dialog[open]", { state: "detached" });
  });
  await page.close();
}

async function inbox(context) {
  const page = watch(await context.newPage());
  practice.run("receive", "--from", practice.phoneOf(3), "--text", "How much is it these days?");
  practice.run("receive", "--from", practice.phoneOf(4), "--text", `Can I ask something ${ODD}`);
  await step("what patients wrote waits in the inbox, markup as text", async () => {
    await open(page, "inbox");
    await page.waitForSelector(".line.thread");
    await page.locator(".line.thread", { hasText: "How much" }).click();
    await page.waitForSelector(".bubble.in");
    return await page.title() === "broken" ? "markup ran" : judge(page, "thread-light");
  });
  await step("an answer can be taken back before it leaves, its text returns", async () => {
    await page.keyboard.press("r");
    await page.keyboard.type("From 12 a unit. Shall we hold a time?");
    await page.keyboard.press("Control+Enter");
    await page.click(".toast button");
    const text = await page.inputValue(".composer textarea");
    return text.startsWith("From 12") ? undefined : `the field holds "${text}"`;
  });
  await step("what is being written survives a reload", async () => {
    await page.reload();
    await page.waitForSelector(".composer textarea");
    const text = await page.inputValue(".composer textarea");
    return text.startsWith("From 12") ? undefined : `the field holds "${text}"`;
  });
  await step("an internal note stands in the conversation", async () => {
    await page.getByRole("button", { name: "Internal note" }).click();
    await page.fill(".composer textarea", `Prefers mornings ${ODD}`);
    await page.click(".composer button[type=submit]");
    await page.locator(".bubble.note", { hasText: "Prefers mornings" }).waitFor();
  });
  await step("a new message appears without a reload", async () => {
    practice.run("receive", "--from", practice.phoneOf(3), "--text", "And on Saturday?");
    await page.locator(".bubble.in", { hasText: "And on Saturday?" }).waitFor({ timeout: 10_000 });
  });
  await step("who answers beside a colleague is told, and the text is kept", async () => {
    await page.getByRole("button", { name: "Reply", exact: true }).click();
    await page.fill(".composer textarea", "Saturday at ten?");
    const id = page.url().split("/").at(-1);
    const written = await page.evaluate(async (thread) => {
      const seen = (await (await fetch(`/api/v1/threads/${thread}`)).json()).messages.at(-1);
      const answer = await fetch(`/api/v1/threads/${thread}/reply`, { method: "POST", headers: {
        "X-Perennial": "1", "Content-Type": "application/json" },
        body: JSON.stringify({ body: "We have ten o'clock.", seen_message_id: seen.message_id }) });
      return answer.status;
    }, id);
    if (written !== 201) return `the colleague's answer got ${written}`;
    await page.locator(".bubble.out", { hasText: "ten o'clock" }).waitFor();
  });
  await step("done is one key, with its way back", async () => {
    await page.locator("h1").first().click();
    await page.keyboard.press("e");
    await page.locator(".toast", { hasText: "Done" }).waitFor();
    await page.click(".toast button");
  });
  await page.close();
}

async function texts(context) {
  const page = watch(await context.newPage());
  await step("the checker's error stands at its line, and nothing wrong is saved", async () => {
    await open(page, "playbooks/neurotoxin-touch-up/text");
    const content = page.locator(".cm-content");
    await content.waitFor();
    await content.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\nwhatever: 1\n");
    await page.locator(".findings .bad").first().waitFor();
    if (!await page.locator("#save-text").isDisabled()) return "it could be saved";
    await page.getByRole("button", { name: "Discard" }).click();
    await page.locator(".findings .bad").first().waitFor({ state: "detached" });
  });
  await step("a message is changed, read as on a phone, saved, and the plan shows it", async () => {
    await open(page, "playbooks/templates/touchup-nudge/generic.en.sms.liquid");
    const field = page.locator(".template-edit textarea");
    const text = await field.inputValue();
    await field.fill(text.replace("want a time this week?", "shall we find you a time?"));
    await page.locator(".phone-text", { hasText: "shall we find you a time?" }).first().waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "Saved" }).waitFor();
  });
  await step("a plan is made and a pilot of three is begun from it", async () => {
    await open(page, "playbooks/neurotoxin-touch-up/plan");
    await page.locator(".empty .press.main").click();
    await page.locator(".plan-person").first().waitFor();
    const trouble = await judge(page, "plan-light");
    if (trouble) return trouble;
    await page.getByRole("button", { name: "Pilot first" }).click();
    await page.fill("dialog[open] input[type=number]", "3");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    await page.locator(".page-head .tag", { hasText: "Pilot" }).waitFor();
  });
  await step("a playbook is paused, and the pause is taken back", async () => {
    await open(page, "playbooks");
    await page.locator(".play-card .press", { hasText: "Pause" }).first().click();
    await page.locator(".play-card .tag", { hasText: "Paused" }).first().waitFor();
    await page.click(".toast button");
    await page.locator(".play-card .tag", { hasText: "Paused" }).first().waitFor({ state: "detached" });
  });
  await page.close();
}

async function people(context) {
  const page = watch(await context.newPage());
  await step("a colleague is added and gets a one-time link, shown once", async () => {
    await open(page, "settings/staff");
    await page.getByRole("button", { name: "Add a colleague" }).click();
    await page.fill("dialog[open] input >> nth=0", `Robin ${ODD.slice(0, 40)}`);
    await page.fill("dialog[open] [type=email]", "robin@lanternlight.example");
    await page.keyboard.press("Enter");
    const link = await page.locator(".secret-box").textContent();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.locator(".entry", { hasText: "Robin" }).waitFor();
    const other = await browser.newContext(looks.light);
    const theirs = watch(await other.newPage());
    await theirs.goto(link);
    await theirs.getByRole("button", { name: "Sign in" }).click();
    await theirs.fill("[type=password]", "seven slow herons at dusk");
    await theirs.click("button[type=submit]");
    await theirs.waitForSelector(".side nav");
    const seen = await theirs.locator(".side nav").first().innerText();
    await other.close();
    return /Reports/.test(seen) ? "the front desk sees reports" : undefined;
  });
  await page.close();
}

async function absence(context) {
  const page = watch(await context.newPage());
  await step("an ended session covers the page, keeps the draft, and goes on after signing in",
    async () => {
      await open(page, "inbox");
      await page.waitForSelector(".line.thread");
      await page.locator(".line.thread").first().click();
      await page.waitForSelector(".composer textarea");
      await page.fill(".composer textarea", "A long answer");
      await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE",
        headers: { "X-Perennial": "1" } }));
      await page.locator(".composer button[type=submit]").click();
      await page.waitForSelector("dialog[open] [type=password]");
      if (await page.locator(".messages").isVisible()) return "the page can still be read";
      await page.fill("dialog[open] [type=password]", PASSWORD);
      await page.keyboard.press("Enter");
      await page.waitForSelector("dialog[open]", { state: "detached" });
      await page.locator(".messages").waitFor();
    });
  await page.close();
}

async function door(context) {
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
  await page.close();
}

async function weight() {
  const context = await browser.newContext();
  const page = watch(await context.newPage());
  await page.goto(`${practice.address}/`);
  await page.waitForSelector("form");
  const bytes = await page.evaluate(() => [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource")].filter((one) => !/woff2|svg|\/api\//.test(one.name))
    .reduce((sum, one) => sum + one.encodedBodySize, 0));
  ok(bytes > 10_000 && bytes < 80 * 1024,
    `script and style to the first page weigh less than 80 KiB packed (${Math.round(bytes / 1024)})`);
  await context.close();
}

try {
  await practice.serve();
  const context = await browser.newContext({ ...looks.light, locale: "en-US" });
  await weight();
  await firstRun(context);
  await context.clearCookies();
  await door(context);
  const state = await context.storageState();
  const [patient] = (await (await context.request.get(
    `${practice.address}/api/v1/patients?limit=1&where=${encodeURIComponent("visits >= 2")}`))
    .json()).items;
  await inbox(context);
  await everyPage(state, patient.patient_id);
  await day(context, patient);
  await texts(context);
  await people(context);
  await absence(context);
  ok(troubles.length === 0, "no page error and no message of the browser's console",
    troubles.slice(0, 10).join("\n"));
} catch (error) {
  ok(false, "the test came to its end", error.stack);
} finally {
  await browser.close();
  practice.stop();
  end();
}
