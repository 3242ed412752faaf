// day.mjs: what is done in a day, each with its way back.
import { ask, contextOf, holds, judge, leaveAndReturn, looks, ODD, open, turn, undo, until, watch } from "./desk.mjs";
import { step } from "./tap.mjs";

export async function day(practice, context, patient) {
  const page = watch(await context.newPage());
  const keys = (...names) => names.reduce((before, name) => before.then(() =>
    page.keyboard.press(name)), Promise.resolve());
  await open(page, practice, "today");

  await step("the palette finds a patient as one types and opens the page, by keyboard", async () => {
    await keys("Control+k");
    await page.waitForSelector("dialog.palette[open]");
    await page.keyboard.type(patient.name.slice(0, 6));
    await page.waitForSelector("#found [role=option] .face");
    await keys("Enter");
    await page.waitForSelector(".person-head");
  });
  await step("a patient is opted out by keyboard, and the page says so", async () => {
    await open(page, practice, `patients/${patient.patient_id}/permission`);
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
    await undo(page, "left alone");
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

export async function inbox(practice, context) {
  const page = watch(await context.newPage());
  await practice.run("receive", "--from", practice.phoneOf(3), "--text", "How much is it these days?");
  await practice.run("receive", "--from", practice.phoneOf(4), "--text", `Can I ask something ${ODD}`);
  await step("what patients wrote waits in the inbox, markup as text", async () => {
    await open(page, practice, "inbox");
    await page.waitForSelector(".line.thread");
    await page.locator(".line.thread", { hasText: "How much" }).click();
    await page.locator(".bubble.in", { hasText: "How much" }).waitFor();
    return await page.title() === "broken" ? "markup ran" : judge(page, "thread-light");
  });
  await step("today tells the first line of what was written", async () => {
    const { items } = (await ask(context, practice, "tasks?limit=100")).data;
    const one = items.find((item) => item.reply === "How much is it these days?");
    if (!one) return JSON.stringify(items.map((item) => item.reply));
    const other = watch(await context.newPage());
    await open(other, practice, "today");
    await other.locator(".tile", { hasText: { overdue: "Overdue", due: "Due", unanswered: "Unanswered" }[one.queue] }).click();
    await other.locator(".task-list .line", { hasText: one.patient.name })
      .filter({ hasText: "How much is it these days?" }).waitFor();
    await other.close();
  });
  await step("automation goes on after some seconds, and can be held back until then", async () => {
    const asked = [];
    page.on("request", (one) => { if (/\/release$/.test(one.url())) asked.push(one.method()); });
    await page.keyboard.press("h");
    await undo(page, "Automation goes on");
    await page.keyboard.press("h");
    await page.locator(".toast", { hasText: "Automation goes on" }).waitFor();
    if (asked.length) return "it went on at once";
    await leaveAndReturn(page);
    return until(async () => asked.join() === "POST", "automation to go on");
  });
  await step("an answer can be taken back before it leaves, its text returns", async () => {
    await page.keyboard.press("r");
    await page.waitForSelector(".composer textarea:focus");
    await page.keyboard.type("From 12 a unit. Shall we hold a time?");
    await page.keyboard.press("Control+Enter");
    await undo(page, "");
    await holds(page, ".composer textarea", (text) => text.startsWith("From 12"));
  });
  await step("what is being written survives a reload", async () => {
    await page.reload();
    await holds(page, ".composer textarea", (text) => text.startsWith("From 12"));
  });
  await step("an internal note stands in the conversation", async () => {
    await page.getByRole("button", { name: "Internal note" }).click();
    await page.fill(".composer textarea", `Prefers mornings ${ODD}`);
    await page.click(".composer button[type=submit]");
    await page.locator(".bubble.note", { hasText: "Prefers mornings" }).waitFor();
  });
  await step("a new message appears without a reload", async () => {
    await practice.run("receive", "--from", practice.phoneOf(3), "--text", "And on Saturday?");
    await page.locator(".bubble.in", { hasText: "And on Saturday?" }).waitFor();
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
  await step("on a phone the line with the way back stands above what is written, not upon Send", async () => {
    const small = await contextOf(practice, { ...looks.phone, storageState: await context.storageState() });
    const other = watch(await small.newPage());
    await open(other, practice, `inbox/${page.url().split("/").at(-1)}`);
    await other.fill(".composer textarea", "See you then.");
    await other.getByRole("button", { name: "Send" }).click();
    await other.locator(".toast").waitFor();
    const trouble = await judge(other, "undo-line", "phone");
    const [line, field] = await Promise.all([".toast", ".composer"].map((one) => other.locator(one).boundingBox()));
    await undo(other, "");
    await small.close();
    return line.y + line.height > field.y ? `the line ends at ${line.y + line.height}, the field begins at ${field.y}`
      : trouble;
  });
  await step("done is one key, with its way back", async () => {
    const thread = page.url().split("/").at(-1);
    const stateOf = async () => (await ask(context, practice, `threads/${thread}`)).data.thread.state;
    await page.locator("h1").first().click();
    await page.keyboard.press("e");
    await until(async () => await stateOf() !== "open", "the end of the conversation");
    await undo(page, "Done");
    return until(async () => await stateOf() === "open", "the conversation to be open again");
  });
  await step("who has stopped is told where the channel is chosen", async () => {
    const { thread } = (await ask(context, practice, `threads/${page.url().split("/").at(-1)}`)).data;
    const stopped = await ask(context, practice, `patients/${thread.patient.patient_id}/opt-out`, "post",
      { channel: "sms", scope: "all" });
    if (stopped.status !== 200) return JSON.stringify(stopped.data);
    const said = page.locator(".composer .note-box", { hasText: "has opted out" });
    await page.reload();
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await said.waitFor();
    const trouble = await judge(page, "address-stopped");
    await page.getByRole("button", { name: "Email", exact: true }).click();
    await said.waitFor({ state: "detached" });
    return trouble;
  });
  await page.close();
}

export async function texts(practice, context) {
  const page = watch(await context.newPage());
  await step("the checker's error stands at its line, and nothing wrong is saved", async () => {
    await open(page, practice, "playbooks/neurotoxin-touch-up/text");
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
    await open(page, practice, "playbooks/templates/touchup-nudge/generic.en.sms.liquid");
    const field = page.locator(".template-edit textarea");
    await holds(page, ".template-edit textarea", (text) => text.includes("want a time this week?"));
    const text = await field.inputValue();
    await field.fill(text.replace("want a time this week?", "shall we find you a time?"));
    await page.locator(".phone-text", { hasText: "shall we find you a time?" }).first().waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "Saved" }).waitFor();
  });
  await step("a plan is made and a pilot of three is begun from it", async () => {
    await open(page, practice, "playbooks/neurotoxin-touch-up/plan");
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
  await step("a plan says in sentences why somebody does not enter, and opens the person by name", async () => {
    await open(page, practice, "playbooks/neurotoxin-touch-up/plan");
    await page.locator(".empty .press.main").click();
    await page.getByRole("button", { name: /^Does not enter/ }).click();
    await page.locator(".plan-person .quiet", { hasText: /^Day \d+ of neurotoxin, last visit \w+ \d+, 20\d\d/ }).first().waitFor();
    const who = page.locator(".plan-person .who").first();
    const name = await who.locator("a").textContent();
    const number = await who.locator(".faint").textContent();
    await who.locator("a").click();
    await page.locator(".person-head h1", { hasText: name }).waitFor();
    return page.locator(".person-head", { hasText: number }).waitFor();
  });
  await step("a playbook is paused, and the pause is taken back", async () => {
    await open(page, practice, "playbooks");
    await page.locator(".play-card .press", { hasText: "Pause" }).first().click();
    await page.locator(".play-card .tag", { hasText: "Paused" }).first().waitFor();
    await undo(page, "");
    await page.locator(".play-card .tag", { hasText: "Paused" }).first().waitFor({ state: "detached" });
  });
  await step("a refusal takes the news of an earlier success away", async () => {
    await open(page, practice, "playbooks/templates/touchup-nudge/generic.en.sms.liquid");
    const field = page.locator(".template-edit textarea");
    await holds(page, ".template-edit textarea", (text) => text.includes("find you a time?"));
    const save = async (was, is) => {
      await field.fill((await field.inputValue()).replace(was, is));
      await page.getByRole("button", { name: "Save" }).click();
    };
    await save("find you a time?", "look for a time?");
    await page.locator(".toast", { hasText: "Saved" }).waitFor();
    await page.route("**/templates/**", (route) => route.request().method() !== "PUT" ? route.continue()
      : route.fulfill({ status: 409, contentType: "application/problem+json",
        body: JSON.stringify({ title: "This cannot be done now", status: 409, code: "conflict" }) }));
    await save("look for a time?", "find you a time?");
    await page.locator(".note-box.alarm", { hasText: "cannot be done now" }).waitFor();
    await page.unroute("**/templates/**");
    await page.getByRole("button", { name: "Discard" }).click();
    return await page.locator(".toast", { hasText: "Saved" }).count() ? "both stand there" : undefined;
  });
  await step("an address that names nothing says so in a sentence and leads back", async () => {
    const nobody = "00000000-0000-7000-8000-000000000000";
    for (const [address, says, back] of [["nothing", "no such page", "today"],
      [`patients/${nobody}`, "patient is not here", "patients"], [`inbox/${nobody}`, "conversation is not here", "inbox"],
      [`today/${nobody}`, "task is not here", "today"], ["playbooks/nothing", "no playbook", "playbooks"],
      ["playbooks/templates/nothing/x", "no such message", "playbooks/templates"], ["settings/nothing", "no such page", "settings/account"],
      ["reports/people/nothing", "no such page", "reports"]]) {
      await turn(page, practice, address);
      const empty = page.locator(".empty", { hasText: says });
      await empty.waitFor();
      if (await empty.locator("a").getAttribute("href") !== `#/${back}`) return `${address} leads elsewhere`;
    }
    return judge(page, "nothing-there");
  });
  await page.close();
}

export async function people(practice, context) {
  const page = watch(await context.newPage());
  await step("a colleague is added and gets a one-time link, shown once", async () => {
    await open(page, practice, "settings/staff");
    await page.getByRole("button", { name: "Add a colleague" }).click();
    await page.fill("dialog[open] input >> nth=0", `Robin ${ODD.slice(0, 40)}`);
    await page.fill("dialog[open] [type=email]", "robin@lanternlight.example");
    await page.keyboard.press("Enter");
    const link = await page.locator(".secret-box").textContent();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.locator(".entry", { hasText: "Robin" }).waitFor();
    const other = await contextOf(practice);
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
  await step("conditions are begun from ones that stand there, and each of them is understood", async () => {
    await open(page, practice, "patients");
    const count = await page.locator(".examples button").count();
    if (count) return "they stand there unasked";
    for (let i = 0; i < 4; i++) {
      await page.getByRole("button", { name: "Everybody" }).click();
      await page.getByRole("button", { name: "Condition…" }).click();
      const example = page.locator(".examples button").nth(i);
      const condition = await example.getAttribute("title");
      await example.click();
      await holds(page, ".condition input", (text) => text === condition);
      const { status, data } = await ask(context, practice,
        `patients?limit=1&count=true&exact=true&where=${encodeURIComponent(condition)}`);
      if (status !== 200) return `${condition}: ${JSON.stringify(data)}`;
      const counted = async () => { // a page that is in a hurry says "at least so many"
        const [, count, more] = /^([\d,]+)(\+?) /.exec(await page.locator(".list-foot").innerText()) ?? [];
        const shown = Number(count?.replaceAll(",", ""));
        return more ? shown <= data.total : shown === data.total;
      };
      if (data.total) await until(counted, `${data.total} patients`);
      else await page.locator(".empty").waitFor();
    }
  });
  await step("what is wrong with a condition is said in words, and what was meant perhaps", async () => {
    await page.fill(".condition input", "vists >= 2");
    await page.keyboard.press("Enter");
    await page.locator(".note-box.alarm", { hasText: "Did you mean 'visits'?" }).waitFor();
    await page.fill(".condition input", "visits >= 2");
    await page.keyboard.press("Enter");
    return page.locator(".line.person").first().waitFor();
  });
  await page.close();
}

export async function alarm(practice, context) {
  const page = watch(await context.newPage());
  const banner = page.locator(".note-box.alarm", { hasText: "nobody can be called" });
  await practice.run("receive", "--from", practice.phoneOf(12), "--text", "My tongue is swelling, I can't breathe");
  const task = await until(async () => (await ask(context, practice, "tasks?kind=clinician")).data.items[0], "the task");
  await step("an emergency that nobody can be called to is told in red, on the day and in the conversation", async () => {
    await open(page, practice, "today");
    await banner.waitFor();
    if (await page.locator(".aside", { hasText: "Nothing is in the way" }).count()) return "nothing is in the way";
    await page.locator(".hot .card", { hasText: "tongue" }).click();
    await page.locator(".unheard .note-box.alarm a", { hasText: "clinician_contact" }).waitFor();
    return await judge(page, "nobody-to-call");
  });
  await step("its task says whose it is to end, and what stays held when it has ended", async () => {
    await open(page, practice, `today/${task.task_id}`);
    await page.locator(".panel .wrote", { hasText: "tongue is swelling" }).waitFor();
    await page.locator(".panel", { hasText: "A clinician ends this" }).waitFor();
    await page.locator(".panel .ends", { hasText: `held back for ${task.patient.name}` }).waitFor();
    const trouble = await judge(page, "emergency-task");
    if (trouble) return trouble;
    await page.locator(".panel a", { hasText: "Conversation" }).click();
    await page.locator(".talk-head h1", { hasText: task.patient.name }).waitFor();
  });
  await step("its answer is overdue as soon as it is late", async () => {
    const { queues: before } = (await ask(context, practice, "today")).data;
    await ask(context, practice, `tasks/${task.task_id}`, "patch",
      { due_at: new Date(Date.now() - 60_000).toISOString() });
    const { queues } = (await ask(context, practice, "today")).data;
    if (queues.overdue !== before.overdue + 1) return JSON.stringify([before, queues]);
    await open(page, practice, "today");
    await page.locator(".tile.alarm", { hasText: "Overdue" }).waitFor();
    await page.locator(".task-list .line", { hasText: task.patient.name }).first().waitFor();
  });
  await step("when somebody can be called the banner goes", async () => {
    const { data, etag } = await ask(context, practice, "settings/source");
    const { status } = await ask(context, practice, "settings/source", "put",
      { source: `${data.source}\nclinician_contact: dr@lanternlight.example\n` }, { "If-Match": etag });
    if (status !== 200) return `the settings got ${status}`;
    await page.reload();
    await page.locator(".tile").first().waitFor();
    await banner.waitFor({ state: "detached" });
  });
  await page.close();
}
