// finds.mjs: what is found for a patient: an answer, a time, a second record of theirs; what is found in one
// box; and what moves on to another version. The server is asked what it has afterwards.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, contextOf, judge, leaveAndReturn, open, turn, until, watch } from "./desk.mjs";
import { PASSWORD } from "./practice.mjs";
import { step } from "./tap.mjs";

const SCHEDULES = `notice: 2h
horizon: 30d
step: 30m
locations: {Main: {hours: {mon-sat: "09:00-12:00, 13:00-18:00"}}}
services: {neurotoxin: {duration: 30m}}
providers:
  Dr. Wren Ashby: {hours: {mon-sat: "09:00-18:00"}}
`;
const FACTS = `facts:
  - answers: price
    about: [neurotoxin]
    en: "It is 14 dollars a unit; most foreheads take 10 to 20 units."
`;

// A practice that says its prices and keeps its own times.
async function prepare(practice, context, id) {
  mkdirSync(join(practice.home, "knowledge"), { recursive: true });
  writeFileSync(join(practice.home, "knowledge/prices.yaml"), FACTS);
  writeFileSync(join(practice.home, "schedules.yaml"), SCHEDULES);
  practice.server.kill("SIGHUP");
  await until(async () => (await ask(context, practice,
    `openings?patient_id=${id}&service=neurotoxin`)).data.times?.length, "free times");
}

async function answers(practice, context, page) {
  await practice.run("receive", "--from", practice.phoneOf(7), "--text", "How much is Botox?");
  await step("the practice's own sentence is suggested with its source, one key takes it over", async () => {
    await open(page, practice, "inbox");
    await page.locator(".line.thread", { hasText: "How much is Botox" }).click();
    await page.locator(".suggested", { hasText: "prices.yaml:" }).waitFor();
    const trouble = await judge(page, "suggestion");
    if (trouble) return trouble;
    await page.locator("h1").first().click();
    await page.keyboard.press("s");
    await until(async () => /14 dollars/.test(await page.inputValue(".composer textarea")), "the sentence");
    await page.locator(".suggested").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.matches(".composer textarea"));
    await page.keyboard.press("Control+Enter");
    await leaveAndReturn(page);
    const id = page.url().split("/").at(-1);
    return until(async () => (await ask(context, practice, `threads/${id}`)).data.messages.some((one) =>
      one.kind === "out" && /14 dollars/.test(one.body)), "the answer");
  });
}

async function readings(practice, context, page) {
  await practice.run("receive", "--from", practice.phoneOf(9), "--text", "I could maybe do the other thing then");
  await step("what was read wrongly is said anew by key, and taken back", async () => {
    await turn(page, practice, "inbox");
    await page.locator(".line.thread", { hasText: "the other thing" }).click();
    await page.locator(".bubble.in", { hasText: "the other thing" }).waitFor();
    const id = page.url().split("/").at(-1);
    const read = async () => (await ask(context, practice, `threads/${id}`)).data.messages.find((one) =>
      /the other thing/.test(one.body));
    const before = await read();
    await page.keyboard.press("c");
    await page.locator("dialog[open] .label-groups").waitFor();
    for (const one of await page.locator("dialog[open] input:checked").all()) await one.uncheck();
    await page.locator("dialog[open] .check", { hasText: "reschedule" }).locator("input").check();
    const trouble = await judge(page, "correction");
    if (trouble) return trouble;
    await page.keyboard.press("Enter");
    await page.locator(".toast", { hasText: "Read as: reschedule" }).waitFor();
    const after = await read();
    if (!after.corrected || after.labels.join() !== "reschedule") return JSON.stringify(after);
    await page.locator(".reading", { hasText: "read by a person" }).waitFor();
    await page.locator(".toast", { hasText: "Read as" }).locator("button").click();
    return until(async () => (await read()).labels.join() === before.labels.join(), "the reading before");
  });
}

// A conversation longer than a page: what a colleague says of a message far up, and what one says oneself.
async function farUp(practice, context, page) {
  const mine = "Could be the first thing I said";
  await practice.run("receive", "--from", practice.phoneOf(11), "--text", mine);
  await turn(page, practice, "inbox");
  await page.locator(".line.thread", { hasText: "the first thing" }).click();
  const bubble = page.locator(".bubble.in", { hasText: "the first thing" });
  await bubble.waitFor();
  const id = page.url().split("/").at(-1);
  const said = (await ask(context, practice, `threads/${id}`)).data.messages.find((one) => one.body === mine);
  const note = async (number) => {
    const { status } = await ask(context, practice, `threads/${id}/notes`, "post", { body: `Note ${number}.` });
    if (status !== 201) throw new Error(`note ${number} got ${status}`);
  };
  for (let i = 1; i <= 60; i++) await note(i);
  await step("far up in a long conversation nothing is missed when more is written below", async () => {
    await open(page, practice, `inbox/${id}`);
    if (await bubble.count()) return "all of it came at once";
    await page.getByRole("button", { name: "Earlier", exact: true }).click();
    await bubble.waitFor();
    for (let i = 61; i <= 63; i++) await note(i);
    await page.locator(".bubble.note", { hasText: "Note 63." }).waitFor();
    return until(async () => await page.locator(".bubble.note").count() === 63, "every note to stand there");
  });
  await step("a correction far up shows at once, a colleague's and one's own", async () => {
    await ask(context, practice, `threads/${id}/messages/${said.message_id}/correction`, "post",
      { labels: ["price"] });
    await bubble.locator(".reading", { hasText: "price" }).waitFor();
    await bubble.getByRole("button", { name: "Read wrongly?" }).click();
    const box = (name) => page.locator("dialog[open] .check", { hasText: name }).locator("input");
    await box(/^price$/).uncheck();
    await box("reschedule").check();
    await page.keyboard.press("Enter");
    await bubble.locator(".reading", { hasText: "reschedule" }).waitFor();
    await page.locator(".toast", { hasText: "Read as" }).locator("button").last().click(); // as it was said before
    return bubble.locator(".reading", { hasText: "price" }).waitFor();
  });
  await step("a long note is folded in the timeline and opens; what was done often is one line that says so",
    async () => {
      const { patient } = (await ask(context, practice, `threads/${id}`)).data.thread;
      await ask(context, practice, `threads/${id}/notes`, "post", { body: "She asked about everything. ".repeat(30) });
      await turn(page, practice, `patients/${patient.patient_id}`);
      const long = page.locator(".story li", { hasText: "asked about everything" });
      await long.locator(".folded").waitFor();
      await long.getByRole("button", { name: "Show all of it" }).click();
      await long.locator(".folded").waitFor({ state: "detached" });
      await turn(page, practice, `patients/${patient.patient_id}/disclosures`);
      return page.locator("td", { hasText: /note written \d+ times/ }).waitFor();
    });
}

async function learning(practice, context, page) {
  await step("what was corrected waits to be learned from, and the page says how", async () => {
    await turn(page, practice, "settings/reading");
    await page.locator(".learning .command", { hasText: "perennial train" }).waitFor();
    return await judge(page, "learning")
      ?? (await ask(context, practice, "settings/learning")).data.newer === 1;
  });
}

async function notes(practice, context, page) {
  const { data: thread } = await ask(context, practice, "threads?zone=needs_person&limit=20");
  const about = thread.items.find((one) => one.patient);
  const { items } = (await ask(context, practice, `tasks?patient_id=${about.patient.patient_id}&limit=1`)).data;
  await step("three words after a call become outcome, tag and next step, done with one key", async () => {
    await turn(page, practice, `today/${items[0].task_id}`);
    await page.locator("#task-note").waitFor();
    await page.keyboard.press("n");
    await page.waitForFunction(() => document.activeElement?.id === "task-note");
    await page.keyboard.type("spoke, text her fri at 3, wants financing, prefers texts");
    await page.locator(".proposed b", { hasText: "Reached" }).waitFor();
    await page.getByRole("button", { name: "Remove prefers texts" }).click();
    const trouble = await judge(page, "note-read");
    if (trouble) return trouble;
    await page.locator("#task-note").focus();
    await page.keyboard.press("Control+Enter");
    await leaveAndReturn(page);
    const tags = async () => (await ask(context, practice, `patients/${about.patient.patient_id}`)).data.tags;
    await until(async () => (await tags()).includes("financing"), "the tag");
    if ((await tags()).includes("prefers_sms")) return "what was taken out is there";
    return until(async () => (await ask(context, practice, `tasks?kind=follow_up&patient_id=${
      about.patient.patient_id}`)).data.items.length === 1, "the next step");
  });
  await step("what is known before a call stands beside the conversation", async () => {
    await turn(page, practice, `inbox/${about.thread_id}`);
    await page.locator(".before-call summary").click();
    await page.locator(".known q").first().waitFor();
    return page.locator(".known", { hasText: "financing" }).count().then(Boolean);
  });
}

async function waits(practice, context, page, patient) {
  await step("without a schedule the waitlist promises nothing, and nobody is put on it", async () => {
    await page.route("**/waitlist?*", (route) => route.fulfill({ json: { items: [], schedule: false } }));
    await turn(page, practice, "waitlist");
    await page.locator(".empty", { hasText: "No schedule is kept" }).waitFor();
    const free = await page.getByRole("button", { name: "Put on the waitlist" }).isEnabled();
    await page.unroute("**/waitlist?*");
    await page.reload();
    return free ? "somebody can be put on" : undefined;
  });
  const waiting = async () => (await ask(context, practice, "waitlist")).data.items;
  await step("a patient is put on the waitlist in their own words, which are read while one types", async () => {
    await turn(page, practice, "waitlist");
    await page.locator(".empty", { hasText: "Nobody waits" }).waitFor();
    await page.keyboard.press("n");
    await page.waitForSelector("dialog[open] [type=search]");
    await page.keyboard.type(patient.name);
    await page.locator("dialog[open] .found .line").first().click();
    await page.fill("dialog[open] [name=said]", "purple elephants");
    await page.locator("dialog[open] [role=status]", { hasText: "cannot be read for sure" }).waitFor();
    await page.selectOption("dialog[open] select", "neurotoxin");
    await page.locator("dialog[open] [type=submit]").click();
    await page.locator("dialog[open] .wrong").waitFor(); // told at the field
    await page.fill("dialog[open] [name=said]", "Saturdays after 3");
    await page.locator("dialog[open] [role=status]", { hasText: "Sat" }).waitFor();
    const trouble = await judge(page, "waitlist-add");
    if (trouble) return trouble;
    await page.locator("dialog[open] [type=submit]").click();
    await page.locator(".waiting", { hasText: "Saturdays after 3" }).waitFor();
    return await judge(page, "waitlist") ?? (await waiting()).length === 1;
  });
  await step("they are taken off by key, which can be taken back; the patient's page says that they wait", async () => {
    await page.keyboard.press("j");
    await page.locator(".waiting.on").waitFor();
    await page.keyboard.press("#");
    await page.locator(".waiting").waitFor({ state: "detached" });
    await page.locator(".toast", { hasText: "waits no more" }).locator("button").click();
    await page.locator(".waiting").waitFor();
    if ((await waiting()).length !== 1) return "they wait no more";
    await turn(page, practice, `patients/${patient.patient_id}`);
    await page.locator(".waits-for", { hasText: "Saturdays after 3" }).getByRole("button").click();
    await leaveAndReturn(page);
    return until(async () => (await waiting()).length === 0, "nobody waits");
  });
}

async function times(practice, context, page, id) {
  const kept = async () => (await ask(context, practice, `openings?patient_id=${id}`)).data.kept;
  const find = async () => {
    await page.keyboard.press("t");
    await page.selectOption("dialog[open] select", "neurotoxin");
    await page.locator(".times .press").first().waitFor();
  };
  await step("a time is found by the patient's words, held with one press and booked with the next",
    async () => {
      await open(page, practice, `patients/${id}`);
      await find();
      await page.fill("dialog[open] [type=search]", "after 4, anything but Monday");
      await page.locator("dialog[open] [role=status]", { hasText: "not Mon" }).waitFor();
      await until(async () => {
        const shown = await page.locator(".times .press b").allTextContents();
        return shown.length > 0 && shown.every((one) => /^[45]:.*PM$/.test(one));
      }, "only the times that fit");
      const trouble = await judge(page, "find-a-time");
      if (trouble) return trouble;
      await page.locator(".times .press").first().click();
      await page.waitForFunction(() => document.activeElement?.closest(".kept-time"));
      if ((await kept())[0]?.state !== "held") return "it is not held";
      await page.keyboard.press("Enter");
      await page.locator(".toast", { hasText: "Booked for" }).waitFor();
      return (await kept())[0]?.state === "booked" || "it is not booked";
    });
  await step("a booking is taken back", async () => {
    await page.locator(".toast", { hasText: "Booked for" }).locator("button").click();
    return until(async () => (await kept()).length === 0, "nothing kept");
  });
  await step("a booked visit is a task with all that is to be entered, and two keys for its end", async () => {
    await find();
    await page.locator(".times .press").first().click();
    await page.locator(".kept-time .press.main").click();
    await page.locator(".toast", { hasText: "Booked for" }).waitFor();
    const { items } = (await ask(context, practice, `tasks?kind=book_visit&patient_id=${id}`)).data;
    await turn(page, practice, `today/${items[0].task_id}`);
    await page.locator(".panel .facts", { hasText: "Dr. Wren Ashby" }).waitFor();
    const trouble = await judge(page, "book-visit");
    if (trouble) return trouble;
    await page.locator(".outcomes .press", { hasText: "Not possible" }).waitFor();
    await page.keyboard.press("2");
    await leaveAndReturn(page);
    return until(async () => (await kept()).length === 0, "the time is free again");
  });
}

async function box(practice, page, patient) {
  await step("the palette finds people in spite of a typo, and what was said", async () => {
    await open(page, practice, "today");
    await page.keyboard.press("Control+k");
    const name = patient.name.split(" ").at(-1);
    await page.keyboard.type(name.slice(0, -2) + name.at(-1) + name.at(-2));
    await page.locator("#found [role=option] .face").first().waitFor();
    await page.fill("dialog.palette input", "botox");
    await page.locator("#found .head", { hasText: "Said and noted" }).waitFor();
    const trouble = await judge(page, "palette-found");
    if (trouble) return trouble;
    await page.locator("#found [role=option]", { hasText: "How much is Botox" }).first().click();
    await page.waitForSelector(".talk-head");
  });
}

async function twins(practice, context, page) {
  const file = join(practice.folder, "twice.csv");
  writeFileSync(file, `Patient ID,First Name,Last Name,Date of Birth,Mobile Phone
TW1,Petra,Quill,1980-03-24,5128675301\nTW2,Petra,Quill,,5128675301
TW3,Orla,Finch,1991-05-02,5128675302\nTW4,Orla,Finch,,5128675302
TW5,Runa,Vale,1975-01-09,5128675303\nTW6,Runa,Vale,,5128675303\nTW7,Runa,Vale,1957-09-01,5128675303\n`);
  await practice.run("import", file);
  await step("the pairs of one person stand together, the first with how many they are", async () => {
    await turn(page, practice, "patients/duplicates");
    await page.locator(".pair-line", { hasText: "Runa Vale" }).nth(1).waitFor();
    const names = await page.locator(".pair-line").evaluateAll((lines) => lines.map((one) =>
      `${one.querySelector("b").textContent.trim()}${one.classList.contains("same") ? " +" : ""}`));
    const at = names.indexOf("Runa Vale");
    const together = names.slice(at).filter((one) => one.startsWith("Runa")).length;
    if (names.slice(at + 1, at + together).some((one) => one !== "Runa Vale +")) return names.join(", ");
    await page.locator(".pair-line", { hasText: "3 records" }).filter({ hasText: "Runa Vale" }).waitFor();
    return judge(page, "pairs");
  });
  await step("two who are not the same person are dismissed by key, for good; it can be taken back", async () => {
    const listed = async () => (await ask(context, practice, "patients/duplicates")).data.items.some((one) =>
      one.patient.name === "Orla Finch");
    await turn(page, practice, "patients/duplicates");
    const line = page.locator(".pair-line", { hasText: "Orla Finch" });
    await line.waitFor();
    await until(async () => {
      if (await page.locator(".pair-line.on", { hasText: "Orla Finch" }).count()) return true;
      await page.keyboard.press("j");
      return false;
    }, "the pair by key");
    await page.keyboard.press("d");
    await line.waitFor({ state: "detached" });
    if (await listed()) return "they are asked about again";
    await page.locator(".toast", { hasText: "Two people" }).locator("button").click();
    await line.waitFor();
    if (!await listed()) return "it cannot be taken back";
    await line.click();
    await page.getByRole("button", { name: "Not the same person" }).click();
    return until(async () => !await listed(), "the pair is gone");
  });
  await step("two records that may be one person are compared, made one, and parted again", async () => {
    await turn(page, practice, "patients/duplicates");
    await page.locator(".pair-line", { hasText: "Petra Quill" }).first().click();
    await page.locator(".compare td").first().waitFor();
    const trouble = await judge(page, "compare");
    if (trouble) return trouble;
    const pair = (await ask(context, practice, "patients/duplicates")).data.items.find((one) =>
      one.patient.name === "Petra Quill");
    await page.getByRole("button", { name: "They are one person" }).click();
    await page.locator(".toast", { hasText: "One person now" }).waitFor();
    const stays = await Promise.all([pair.patient, pair.other].map((one) =>
      ask(context, practice, `patients/${one.patient_id}`)));
    if (!stays.some((one) => one.data.merged?.length === 1)) return "they are not one";
    await page.locator(".toast", { hasText: "One person now" }).locator("button").click();
    await page.locator(".toast", { hasText: "two persons again" }).waitFor();
    return until(async () => (await Promise.all([pair.patient, pair.other].map((one) =>
      ask(context, practice, `patients/${one.patient_id}`)))).every((one) => one.status === 200
        && one.data.merged.length === 0), "both apart");
  });
}

async function versions(practice, context, page) {
  const path = "playbooks/neurotoxin-touch-up";
  const live = async () => (await ask(context, practice, `${path}/versions`)).data.items
    .filter((one) => !one.current).reduce((sum, one) => sum + one.live, 0);
  await step("who is on an older version is shown what would change, and moves on", async () => {
    const first = await ask(context, practice, `${path}/pilot`, "post", { patients: 4 });
    const book = await ask(context, practice, path);
    const saved = await ask(context, practice, `${path}/source`, "put", { source:
      book.data.source.replace(/^title: .*$/m, "title: Touch-up, again") }, { "If-Match": book.etag });
    const second = await ask(context, practice, `${path}/pilot`, "post", { patients: 5 });
    if (first.status + saved.status + second.status !== 600) return `${first.status} ${saved.status} ${
      second.status} ${JSON.stringify(second.data)}`;
    if (!await live()) return "nobody is on the older version";
    await turn(page, practice, `${path}/versions`);
    await page.getByRole("button", { name: "Move them on" }).click();
    await page.locator("dialog[open] .moves li").first().waitFor();
    const trouble = await judge(page, "migrate");
    if (trouble) return trouble;
    if (!await live()) return "looking moved them";
    await page.getByRole("button", { name: "Move them", exact: true }).click();
    await page.waitForSelector("dialog[open]", { state: "detached" });
    return until(async () => await live() === 0, "nobody on the older version");
  });
}

async function house(practice, context, page) {
  const canned = async () => (await ask(context, practice, "canned-answers")).data.items;
  await step("a canned answer is added, changed and dropped, and the drop is taken back", async () => {
    await turn(page, practice, "settings/canned");
    await page.getByRole("button", { name: "New answer" }).click();
    await page.fill("dialog[open] input", "Parking");
    await page.fill("dialog[open] textarea", "Parking behind the house is free.");
    await page.locator("dialog[open] [type=submit]").click();
    await page.locator(".entry", { hasText: "Parking behind" }).getByRole("button", { name: "Edit" }).click();
    await page.fill("dialog[open] textarea", "You can park behind the house.");
    await page.locator("dialog[open] [type=submit]").click();
    await page.locator(".entry", { hasText: "You can park" }).waitFor();
    if ((await canned()).find((one) => one.name === "Parking")?.body !== "You can park behind the house.")
      return "it is not changed";
    await page.getByRole("button", { name: "Drop Parking" }).click();
    await until(async () => !(await canned()).some((one) => one.name === "Parking"), "it is dropped");
    await page.locator(".toast", { hasText: "Parking" }).locator("button").click();
    return until(async () => (await canned()).some((one) => one.name === "Parking"), "it is back");
  });
  await step("a backup is made, and the page says where it lies", async () => {
    await turn(page, practice, "settings/backups");
    await page.getByRole("button", { name: "Make a backup" }).click();
    await page.locator("td code", { hasText: ".db" }).waitFor();
    return (await ask(context, practice, "backups")).data.items.length === 1;
  });
}

async function limited(practice, state) {
  const owner = await contextOf(practice, { storageState: state });
  const made = await ask(owner, practice, "staff", "post", { email: "mira@lanternlight.example",
    name: "Mira Hale", role: "manager", locations: ["Main"] });
  await owner.close();
  const theirs = await contextOf(practice);
  await ask(theirs, practice, "session/link", "post", { token: made.data.sign_in_url.split("/").at(-1) });
  await ask(theirs, practice, "account/password", "post", { password: PASSWORD });
  const page = watch(await theirs.newPage());
  await step("an account of one location is told whose figures it sees, and offered nothing for all", async () => {
    await open(page, practice, "playbooks");
    await page.locator(".scope", { hasText: "Only Main" }).waitFor();
    await turn(page, practice, "reports");
    await page.locator(".scope").waitFor();
    await turn(page, practice, "settings/imports");
    await page.locator("p", { hasText: "concerns all locations" }).waitFor();
    return await page.locator(".dropzone").count() ? "imports are offered" : undefined;
  });
  await theirs.close();
}

export async function finds(practice, state, patient) {
  const context = await contextOf(practice, { storageState: state });
  const page = watch(await context.newPage());
  await prepare(practice, context, patient.patient_id);
  await answers(practice, context, page);
  await readings(practice, context, page);
  await learning(practice, context, page);
  await notes(practice, context, page);
  await waits(practice, context, page, patient);
  await times(practice, context, page, patient.patient_id);
  await box(practice, page, patient);
  await twins(practice, context, page);
  await versions(practice, context, page);
  await house(practice, context, page);
  await farUp(practice, context, page);
  await limited(practice, state);
  await context.close();
}
