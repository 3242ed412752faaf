// approvals.mjs: messages that wait for a person's word, and an export whose columns nobody knows.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, contextOf, judge, leaveAndReturn, open, turn, undo, until, watch } from "./desk.mjs";
import { OWNER } from "./first.mjs";
import { PASSWORD } from "./practice.mjs";
import { step } from "./tap.mjs";

const PLAYBOOK = "playbooks/neurotoxin-touch-up";
const NAMES = ["Ada", "Bea", "Cleo", "Dora", "Edna", "Fern", "Gwen", "Hana"];

// Guests of honour, whose every message waits, a day after the plan was applied.
export async function prepare(practice, context) {
  const born = (i) => `1980-02-0${i + 1}`;
  const seen = new Date(Date.now() - 110 * 86_400_000).toISOString().slice(0, 10);
  writeFileSync(join(practice.folder, "vips.csv"), ["patient_id,first_name,last_name,birth_date,mobile_phone,"
    + "email,state,zip,sms_consent,email_consent,vip", ...NAMES.map((name, i) => `V${i},${name},Moss,${born(i)},`
    + `512555110${i},${name.toLowerCase()}@vip.example,TX,78701,Y,Y,Y`)].join("\n") + "\n");
  writeFileSync(join(practice.folder, "visits.csv"), ["appointment_id,patient_id,start,duration_min,service,"
    + "provider,status,total", ...NAMES.map((_, i) => `A${i},V${i},${seen} 10:00,30,Botox,Dr. Wren,completed,`
    + "$300.00")].join("\n") + "\n");
  appendFileSync(join(practice.home, "perennial.yaml"), "booking_data_age: 31d\ndate_order: ymd\n");
  await practice.run("import", join(practice.folder, "vips.csv"), join(practice.folder, "visits.csv"));
  const plan = await ask(context, practice, `${PLAYBOOK}/plan`, "post", {});
  const done = await ask(context, practice, `${PLAYBOOK}/apply`, "post", { plan_id: plan.data.plan_id, growth_is_meant: true });
  if (!(done.data.entered >= 2)) throw new Error(JSON.stringify([plan.data.counts, done.data]));
  await practice.kill();
  await practice.run("tick", "--until", new Date(Date.now() + 30 * 3_600_000).toISOString(), "--speed", "max");
  await practice.serve();
  await ask(context, practice, "session", "post", { email: OWNER, password: PASSWORD }); // a day later
  return until(async () => {
    const { items } = (await ask(context, practice, "tasks?kind=approve_message&limit=10")).data;
    return items?.length >= 2 && items;
  }, "messages that wait");
}

export async function approvals(practice, state) {
  const context = await contextOf(practice, { storageState: state });
  const page = watch(await context.newPage());
  const [first, second] = await prepare(practice, context);
  const read = async (task) => (await ask(context, practice, `tasks/${task.task_id}`)).data.task;
  await step("a message that waits is changed, read as it arrives, and let go", async () => {
    await open(page, practice, `today/${first.task_id}`);
    const field = page.locator(".draft textarea");
    await field.fill(`${await field.inputValue()}\nSee you soon.`);
    await page.locator(".draft .press.main", { hasText: "as changed" }).waitFor();
    const trouble = await judge(page, "approve");
    if (trouble) return trouble;
    await page.locator(".draft .press.main:enabled").click();
    await page.locator(".toast", { hasText: "Let go" }).waitFor();
    await leaveAndReturn(page);
    return until(async () => (await read(first)).outcome === "changed", "the task's end");
  });
  await step("another is refused by key; the refusal can be taken back for a moment", async () => {
    await turn(page, practice, `today/${second.task_id}`);
    await page.locator(".draft textarea").waitFor();
    await page.locator("h1").first().click();
    await page.keyboard.press("2");
    await page.locator(".toast", { hasText: "Refused" }).locator("button").click();
    if ((await read(second)).state !== "open") return "it was refused all the same";
    await turn(page, practice, "today");
    await turn(page, practice, `today/${second.task_id}`);
    await page.locator(".draft textarea").waitFor();
    await page.keyboard.press("2");
    await leaveAndReturn(page);
    return until(async () => (await read(second)).outcome === "refused", "the task's end");
  });
  await step("an export that nobody knows is matched by hand, imported, and known the next time", async () => {
    const file = join(practice.folder, "kunden.csv");
    writeFileSync(file, "Kdnr,Vorname,Nachname,Geb.,Funk\nK1,Ulla,Berg,25.04.1980,(512) 555-0133\n");
    await turn(page, practice, "settings/imports");
    await page.setInputFiles(".dropzone input", file);
    await page.getByRole("button", { name: "Match columns" }).click();
    for (const [heading, field] of [["Kdnr", "patient_id"], ["Vorname", "first_name"],
      ["Nachname", "last_name"], ["Geb.", "birth_date"], ["Funk", "mobile_phone"]])
      await page.getByLabel(`What ${heading} is`, { exact: true }).selectOption(field);
    const trouble = await judge(page, "match-columns");
    if (trouble) return trouble;
    await page.getByRole("button", { name: "Read it so" }).click();
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.locator(".entry", { hasText: "kunden" }).waitFor();
    if ((await ask(context, practice, "imports/mappings")).data.items.length !== 1) return "it is not kept";
    await page.setInputFiles(".dropzone input", file);
    await page.locator(".import-file", { hasText: "columns as kept: kunden" }).waitFor();
  });
  await step("of two exports that nobody knows one is matched first, and the other comes afterwards", async () => {
    const [one, other] = [["leute.csv", "Nummer,Rufname,Zuname,Handynr\nL1,Ida,Kern,(512) 555-0134\n"],
      ["weitere.csv", "Kennung,Erster,Letzter,Ruf\nW1,Jon,Rast,(512) 555-0135\n"]].map(([name, text]) => {
      writeFileSync(join(practice.folder, name), text);
      return join(practice.folder, name);
    });
    await turn(page, practice, "today");
    await turn(page, practice, "settings/imports");
    await page.setInputFiles(".dropzone input", [one, other]);
    await page.locator(".import-file", { hasText: "leute.csv" }).getByRole("button", { name: "Match its columns first" }).click();
    await page.getByText("weitere.csv comes afterwards").waitFor();
    await page.getByRole("button", { name: "Match columns" }).click();
    for (const [heading, field] of [["Nummer", "patient_id"], ["Rufname", "first_name"], ["Zuname", "last_name"],
      ["Handynr", "mobile_phone"]])
      await page.getByLabel(`What ${heading} is`, { exact: true }).selectOption(field);
    const trouble = await judge(page, "match-first");
    await page.getByRole("button", { name: "Read it so" }).click();
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.locator(".import-file", { hasText: "weitere.csv" }).waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    const { items } = (await ask(context, practice, "patients/search?q=Kern")).data;
    return items.some((found) => found.external_id === "L1") ? trouble : "who was matched is not there";
  });
  await step("the consent form is shown as it is, and changed", async () => {
    await turn(page, practice, "settings/consent");
    const field = page.locator("form textarea");
    await until(async () => /marketing texts/.test(await field.inputValue()), "the form's text");
    await field.fill(`${await field.inputValue()}\nSigned at intake.`);
    await page.getByRole("button", { name: "Save" }).click();
    return until(async () => /Signed at intake/.test((await ask(context, practice, "settings/consent-form"))
      .data.text), "the new text");
  });
  await step("a blank consent form is refused at its field, and the one on file stays", async () => {
    const field = page.locator("form textarea");
    await page.getByRole("button", { name: "Discard" }).waitFor({ state: "detached" }); // the last text is kept
    await field.fill(" \n ");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("form textarea[aria-invalid=true]").waitFor();
    const kept = (await ask(context, practice, "settings/consent-form")).data.text;
    const trouble = await judge(page, "consent-blank");
    await page.getByRole("button", { name: "Discard" }).click();
    return /Signed at intake/.test(kept) ? trouble : `what is on file: ${kept}`;
  });
  await step("the form is taken away on purpose, and comes back", async () => {
    const form = async () => (await ask(context, practice, "settings/consent-form")).data.text;
    await page.getByRole("button", { name: "Take the form away" }).click();
    await until(async () => await form() === null, "no form");
    await undo(page, "No form is on file");
    return until(async () => /Signed at intake/.test(await form() ?? ""), "the form");
  });
  await context.close();
}
