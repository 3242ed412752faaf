// first.mjs: the first quarter of an hour, the door, and what the first page weighs.
import { browser, contextOf, judge, ODD, troubles, watch } from "./desk.mjs";
import { PASSWORD } from "./practice.mjs";
import { ok, step } from "./tap.mjs";

export const OWNER = "olu@lanternlight.example";

export async function firstRun(practice, context) {
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
    await page.waitForSelector("textarea[name=text]");
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
    await page.setInputFiles("input[type=file]", await practice.samples());
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

export async function door(practice, context) {
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

export async function weight(practice) {
  const context = await contextOf(practice, {});
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

