// roles.mjs: a day of whoever sees no patients: the consultant, who writes playbooks, and the auditor, who looks
// after the log. Once by pointer and once by keyboard; no page breaks, none is a dead end, and no name is shown.
import { ask, contextOf, judge, settled, turn, until, watch } from "./desk.mjs";
import { Hands } from "./keyboard.mjs";
import { lostIn } from "./lost.mjs";
import { step } from "./tap.mjs";

const BOOK = "neurotoxin-touch-up";

async function begin(practice, role, name) {
  const context = await contextOf(practice);
  await practice.join(context, `${role}@lanternlight.example`, name, role);
  const page = watch(await context.newPage());
  await page.goto(`${practice.address}/`);
  await settled(page);
  return { context, page };
}

// A page that has something, and nothing that went wrong.
async function fine(page, name, names) {
  await settled(page);
  const wrong = await page.locator("main .note-box.alarm:not(.card .note-box), main .empty h1").allTextContents();
  if (wrong.length) return `${name}: ${wrong.join("; ")}`;
  const text = await page.evaluate(() => document.body.innerText);
  const told = names.filter((one) => text.includes(one));
  return told.length ? `${name} names ${told.join(", ")}` : judge(page, name);
}

// Every way of the frame, and every page of the settings, as they are offered.
async function everyWay(page, role, names) {
  const wrong = [];
  const links = (part) => page.locator(part).evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  const settings = async () => {
    await page.locator(".side nav a", { hasText: "Settings" }).click();
    await page.locator(".subnav a").first().waitFor();
    return links(".subnav a");
  };
  const follow = async (part, hrefs) => {
    for (const href of hrefs) {
      await page.locator(`${part}[href="${href}"]`).click();
      wrong.push(await fine(page, `${role}-${href.slice(2)}`, names));
    }
  };
  await follow(".side nav a", await links(".side nav a"));
  await follow(".subnav a", await settings());
  return wrong.filter(Boolean).join("\n") || undefined;
}

async function byPointer(page, practice, names) {
  await step("the consultant begins at the playbooks, and nothing there names a patient", async () => {
    await page.locator("h1", { hasText: "Playbooks" }).waitFor();
    return fine(page, "consultant-begin", names);
  });
  await step("every way that the consultant is offered opens, none is a dead end", () =>
    everyWay(page, "consultant", names));
  await step("the consultant sees a plan in numbers alone", async () => {
    await page.locator(".side nav a", { hasText: "Playbooks" }).click();
    await page.locator(`main a[href$="${BOOK}"]`).first().click();
    await page.getByRole("button", { name: "See a plan" }).click();
    await page.getByRole("button", { name: "Make a plan" }).click();
    await page.locator(".plan .figures").waitFor();
    if (await page.locator(".plan-person").count()) return "people are listed";
    return fine(page, "consultant-plan", names);
  });
  await step("a message is seen by the consultant with invented values", async () => {
    await page.locator(".side nav a", { hasText: "Playbooks" }).click();
    await page.locator(".page-head a", { hasText: "Messages" }).click();
    await page.locator('a[href$="touchup-nudge/generic.en.sms.liquid"]').click();
    await page.locator(".mail-text, .sms-text, .bubble, .phone", { hasText: "Ana" }).first().waitFor();
    return fine(page, "consultant-message", names);
  });
  await step("what is another's says so to the consultant, with a way on", async () => {
    for (const place of ["today", "inbox", "patients", "patients/duplicates", "waitlist", "audit", "start"]) {
      await turn(page, practice, place);
      await page.locator(".empty", { hasText: "This page is not yours" }).locator("a", { hasText: "Back to" }).waitFor();
    }
    await page.locator(".empty a").click();
    await page.locator("h1", { hasText: "Playbooks" }).waitFor();
    return judge(page, "consultant-back");
  });
}

async function consultantKeys(page, practice, patient) {
  const hands = new Hands(page);
  await step("by keyboard: the consultant finds no patient in the palette, and the playbook", async () => {
    await hands.press("Control+k");
    await page.waitForSelector("dialog.palette[open] input:focus");
    await hands.type(patient.name);
    await settled(page);
    if (await page.locator("#found .face").count()) return "a patient is found";
    await hands.press("Escape");
    const { title } = (await ask(page.context(), practice, `playbooks/${BOOK}`)).data.playbook;
    await hands.find(title.slice(0, 8), title);
    await page.locator(".tabs a", { hasText: "Form" }).waitFor();
  });
  await step("by keyboard: the consultant changes a playbook's title, and takes it back", async () => {
    const title = async () => (await ask(page.context(), practice, `playbooks/${BOOK}`)).data.playbook.title;
    await hands.follow(page.locator(".tabs a", { hasText: "Form" }));
    const field = page.getByLabel("Title", { exact: true });
    await hands.reach(field);
    const before = await field.inputValue();
    for (const words of ["By the consultant", before]) {
      await hands.reach(field, true);
      await hands.press("Control+a");
      await hands.type(words);
      await hands.press("Control+s");
      await until(async () => await title() === words, `the title to be ${words}`);
    }
  });
}

async function auditor(page, practice, patient, names) {
  await step("the auditor begins at the log, and finds a deed of somebody by pointer", async () => {
    await page.locator("h1", { hasText: "Audit" }).waitFor();
    await page.getByLabel("Who", { exact: true }).fill("Olu");
    await page.getByLabel("What", { exact: true }).fill("patient opened");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await until(async () => {
      const what = await page.locator(".table.log tbody td:nth-child(3)").allTextContents();
      return what.length && what.every((one) => one.startsWith("patient opened"));
    }, "the rows of that deed");
    return fine(page, "auditor-search", names);
  });
  await step("from a row the auditor comes to who read what of that patient", async () => {
    await page.locator(".table.log a", { hasText: "Patient" }).first().click();
    await page.locator("h1", { hasText: "Disclosures" }).waitFor();
    await page.locator(".table.log td", { hasText: "patient opened" }).first().waitFor();
    const trouble = await fine(page, "auditor-disclosures", names);
    await page.locator(".back").click();
    await page.locator(".audit-form").waitFor();
    return trouble;
  });
  await step("the chain is verified, and whole", async () => {
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.locator(".note-box.good").waitFor();
    return fine(page, "auditor-verified", names);
  });
  await step("every way that the auditor is offered opens, none is a dead end", () => everyWay(page, "auditor", names));
  await step("a plan is not the auditor's, and says so", async () => {
    await turn(page, practice, `playbooks/${BOOK}/plan`);
    await page.locator(".empty", { hasText: "This page is not yours" }).locator("a").waitFor();
    return judge(page, "auditor-plan");
  });
  const hands = new Hands(page);
  await step("by keyboard: the auditor searches, reads one patient's disclosures and verifies", async () => {
    await hands.press("g", "a");
    await page.locator(".audit-form").waitFor();
    await hands.reach(page.getByLabel("Who", { exact: true }));
    await hands.type("Olu");
    await hands.press("Enter");
    await until(async () => (await page.locator(".table.log tbody td:nth-child(2)").allTextContents())
      .every((one) => /Olu/.test(one)), "Olu's rows");
    await hands.follow(page.locator(".table.log a", { hasText: "Patient" }).first());
    await page.locator("h1", { hasText: "Disclosures" }).waitFor();
    await hands.follow(page.locator(".back"));
    await hands.follow(hands.button("Verify the chain"));
    await page.locator(".note-box.good").waitFor();
  });
}

export async function roles(practice, context, patient) {
  await ask(context, practice, `patients/${patient.patient_id}`); // the owner reads it
  const names = [patient.name, patient.name.split(" ").at(-1)];
  const one = await begin(practice, "consultant", "Carla Osei");
  await byPointer(one.page, practice, names);
  await consultantKeys(one.page, practice, patient);
  await one.page.setViewportSize({ width: 640, height: 360 });
  await step("nothing of the consultant's first page is lost at twice the size", async () => {
    await turn(one.page, practice, "playbooks");
    return (await lostIn(one.page)).join("\n") || undefined;
  });
  await one.context.close();
  const other = await begin(practice, "auditor", "Aldo Brandt");
  await auditor(other.page, practice, patient, names);
  await other.context.close();
}
