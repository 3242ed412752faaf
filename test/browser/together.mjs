// together.mjs: two people in one conversation, a lost connection, a stale edit, a restart of the
// server, an ended session: nothing is lost, nobody is overwritten without being told.
import { ask, contextOf, holds, settled, turn, until, watch } from "./desk.mjs";
import { PASSWORD } from "./practice.mjs";
import { step } from "./tap.mjs";

const composer = ".composer textarea";
const PLAYBOOK = "playbooks/neurotoxin-touch-up";
const PIECE = "templates/touchup-nudge/generic.en.sms.liquid";

// How often a text stands in a conversation, as the server has it.
async function times(practice, context, thread, text) {
  const { data } = await ask(context, practice, `threads/${thread}`);
  return data.messages.filter((one) => one.kind !== "in" && one.body === text).length;
}

async function openThread(page, practice, thread) {
  await turn(page, practice, `inbox/${thread}`);
  await page.waitForSelector(composer);
}

async function send(page, text) {
  await page.fill(composer, text);
  await page.press(composer, "Control+Enter");
}

// The thread of whoever wrote these words.
async function threadOf(practice, context, words) {
  return until(async () => {
    const { data } = await ask(context, practice, "threads?zone=needs_person&limit=100");
    return data.items.find((one) => one.preview.includes(words))?.thread_id;
  }, `a thread that says ${words}`);
}

// The answer that this page sends next is on its way until this work has been done.
function holdReply(page, work) {
  const gone = new Promise((resolve, reject) => {
    page.route("**/reply", (route) => work().then(() => route.continue()).then(resolve, reject),
      { times: 1 }).catch(reject);
  });
  gone.catch(() => {}); // told to whoever waits for it
  return gone;
}

async function twoPeople(practice, mine, theirs, thread) {
  const page = watch(await mine.newPage());
  const other = watch(await theirs.newPage());
  await step("two answer at once: the second is refused and told, sees the first and keeps every word",
    async () => {
      await openThread(page, practice, thread);
      await openThread(other, practice, thread);
      const first = "We have ten o'clock on Saturday.";
      const stands = holdReply(page, () =>
        until(() => times(practice, theirs, thread, first), "the colleague's answer"));
      await send(page, "Would Friday at four suit you?");
      await send(other, first);
      await stands;
      await page.locator(".note-box.wait", { hasText: "while you wrote" }).waitFor();
      await page.locator(".bubble.out", { hasText: "ten o'clock" }).first().waitFor();
      await holds(page, composer, (kept) => kept === "Would Friday at four suit you?");
      const sent = await times(practice, mine, thread, "Would Friday at four suit you?");
      return sent ? "it was sent all the same" : undefined;
    });
  await step("having read it, the second sends: both stand on the server", async () => {
    await page.press(composer, "Control+Enter");
    await until(() => times(practice, mine, thread, "Would Friday at four suit you?"), "the answer");
    return await times(practice, mine, thread, "We have ten o'clock on Saturday.") === 1;
  });
  await step("a note written beside a colleague's shows on both desks", async () => {
    await page.getByRole("button", { name: "Internal note" }).click();
    await page.fill(composer, "She called, too.");
    await page.press(composer, "Control+Enter");
    await other.locator(".bubble.note", { hasText: "She called, too." }).waitFor();
    await page.getByRole("button", { name: "Reply", exact: true }).click();
  });
  await step("two answers one right after the other: one's own first is no news to the second", async () => {
    const [first, second] = ["We open at nine.", "Come a little before."];
    await send(page, first);
    await send(page, second);
    await until(() => times(practice, mine, thread, second), "the second answer");
    const { data } = await ask(mine, practice, `threads/${thread}`);
    const place = (text) => data.messages.findIndex((one) => one.body === text);
    return place(first) >= 0 && place(first) < place(second);
  });
  await step("refused after one has moved on: it is told whom it was for, and the words stand there again", async () => {
    const stands = holdReply(page, () =>
      until(() => times(practice, theirs, thread, "Saturday is full now."), "the colleague's answer"));
    await other.locator(".bubble.out", { hasText: "Come a little before." }).first().waitFor();
    await send(page, "Then Saturday at noon?");
    await turn(page, practice, "today");
    await send(other, "Saturday is full now.");
    await stands;
    const told = page.locator(".toast", { hasText: /^Your answer to \S+ .*was not sent/ });
    await told.locator("a").click();
    await page.waitForSelector(composer);
    return holds(page, composer, (kept) => kept === "Then Saturday at noon?");
  });
  await page.close();
  await other.close();
}

async function lostConnection(practice, mine, thread, another) {
  const page = watch(await mine.newPage());
  await openThread(page, practice, thread);
  await step("without a connection a banner says so, and what is written stays", async () => {
    await mine.setOffline(true);
    await page.locator(".banner", { hasText: "No connection" }).waitFor();
    await page.fill(composer, "I have asked Dr. Chen.");
    return await page.inputValue(composer) === "I have asked Dr. Chen.";
  });
  await step("an act done without a connection waits, is shown as waiting, and is counted", async () => {
    await page.press(composer, "Control+Enter");
    await page.locator(".bubble.going", { hasText: "waits for the connection" }).waitFor();
    await page.locator(".banner", { hasText: "1 thing you did" }).waitFor();
    return await times(practice, mine, thread, "I have asked Dr. Chen.") === 0;
  });
  await step("when it is back the act is done, once, and what was missed appears without a reload",
    async () => {
      const { data } = await ask(mine, practice, `threads/${another}/notes`, "post", { body: "Meanwhile" });
      if (!data.message_id) return `the note got ${JSON.stringify(data)}`;
      await practice.run("receive", "--from", practice.phoneOf(9), "--text", "Are you open on Sunday?");
      await mine.setOffline(false);
      await page.locator(".line.thread", { hasText: "Are you open on Sunday?" }).waitFor();
      await page.locator(".bubble.going").waitFor({ state: "detached" });
      await page.locator(".banner").waitFor({ state: "detached" });
      await page.locator(".bubble.out", { hasText: "I have asked Dr. Chen." }).waitFor();
      return await times(practice, mine, thread, "I have asked Dr. Chen.") === 1;
    });
  await step("an answer that was lost on its way is asked for again, and the act is done once", async () => {
    let lost = 0;
    await page.route("**/reply", async (route) => {
      if (lost++) return route.continue();
      await route.fetch();
      return route.abort("connectionreset");
    });
    await send(page, "Two o'clock is free, too.");
    await until(() => times(practice, mine, thread, "Two o'clock is free, too."), "the answer");
    await page.locator(".bubble.going").waitFor({ state: "detached" });
    await page.unroute("**/reply");
    if (lost < 2) return "it was not asked for again";
    return await times(practice, mine, thread, "Two o'clock is free, too.") === 1;
  });
  await page.close();
}

async function restart(practice, mine, thread) {
  const page = watch(await mine.newPage());
  await openThread(page, practice, thread);
  await step("the server is killed while an answer is on its way: it arrives once after the restart",
    async () => {
      await send(page, "See you on Saturday at ten.");
      await practice.kill();
      await page.locator(".bubble.going", { hasText: "waits for the connection" }).waitFor();
      await page.fill(composer, "And bring your sister");
      await practice.serve();
      await until(() => times(practice, mine, thread, "See you on Saturday at ten."), "the answer");
      await page.locator(".banner").waitFor({ state: "detached" });
      if (await page.inputValue(composer) !== "And bring your sister") return "the draft is gone";
      return await times(practice, mine, thread, "See you on Saturday at ten.") === 1;
    });
  await step("changes arrive again after the restart", async () => {
    await practice.run("receive", "--from", practice.phoneOf(11), "--text", "Are you open again?");
    await page.locator(".line.thread", { hasText: "Are you open again?" }).waitFor();
  });
  await step("an act that is held when the page is left is done once all the same", async () => {
    await send(page, "We look forward to it.");
    await page.reload();
    await page.waitForSelector(composer);
    await until(() => times(practice, mine, thread, "We look forward to it."), "the answer");
    await page.locator(".bubble.going").waitFor({ state: "detached" });
    return await times(practice, mine, thread, "We look forward to it.") === 1;
  });
  await page.close();
}

// Somebody else saves a text of the server's; `change` makes theirs out of what stands.
async function otherSaves(practice, theirs, read, write, change) {
  const now = await ask(theirs, practice, read);
  const saved = await ask(theirs, practice, write, "put", { source: change(now.data.source) },
    { "If-Match": now.etag });
  if (saved.status !== 200) throw new Error(`their save got ${saved.status} ${JSON.stringify(saved.data)}`);
}

async function staleTexts(practice, mine, theirs) {
  const page = watch(await mine.newPage());
  await step("a playbook changed by two: both texts stand side by side, nothing is overwritten", async () => {
    await turn(page, practice, `${PLAYBOOK}/text`);
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\n# mine\n");
    await otherSaves(practice, theirs, PLAYBOOK, `${PLAYBOOK}/source`, (text) => `# theirs\n${text}`);
    await page.locator(".beside .went", { hasText: "# theirs" }).waitFor();
    await page.locator(".beside .came", { hasText: "# mine" }).waitFor();
    if (!await page.locator("#save-text").isDisabled()) return "it can be saved unseen";
    await page.getByRole("button", { name: "Take theirs" }).click();
    await page.locator(".cm-line", { hasText: "# theirs" }).first().waitFor();
    return !await page.locator(".cm-line", { hasText: "# mine" }).count();
  });
  await step("a message changed by two, told by the refusal alone: mine is kept and saved knowingly",
    async () => {
      await page.route("**/events*", (route) => route.abort());
      await page.reload();
      await turn(page, practice, `playbooks/${PIECE}`);
      const field = page.locator(".template-edit textarea");
      const change = (text, word) => text.replace("Hi {{", `${word} {{`);
      await holds(page, ".template-edit textarea", (text) => text.includes("Hi {{"));
      await settled(page);
      await field.fill(change(await field.inputValue(), "Dear"));
      // Nothing is read again before the save: only its refusal can tell.
      let tried = () => undefined;
      const saving = new Promise((resolve) => { tried = resolve; });
      await page.route(`**/${PIECE}`, async (route) => {
        if (route.request().method() === "PUT") tried();
        else await saving;
        return route.continue();
      });
      await otherSaves(practice, theirs, PIECE, PIECE, (now) => change(now, "Hey"));
      await page.getByRole("button", { name: "Save" }).click();
      await page.locator(".beside .went", { hasText: "Hey {{" }).waitFor();
      const between = (await ask(mine, practice, PIECE)).data.source;
      if (!between.includes("Hey {{")) return "it was overwritten";
      await page.getByRole("button", { name: "Keep mine" }).click();
      await page.getByRole("button", { name: "Save" }).click();
      await page.locator(".toast", { hasText: "Saved" }).waitFor();
      return (await ask(mine, practice, PIECE)).data.source.includes("Dear {{");
    });
  await step("a settings file changed by two, over a reload: the draft keeps its beginning", async () => {
    await turn(page, practice, "settings/file");
    const field = page.locator("textarea.code");
    await field.fill(`${await field.inputValue()}# mine\n`);
    await otherSaves(practice, theirs, "settings/source", "settings/source", (now) => `${now}# theirs\n`);
    await page.reload();
    await page.locator(".beside .went", { hasText: "# theirs" }).waitFor();
    await page.locator(".beside .came", { hasText: "# mine" }).waitFor();
    await page.getByRole("button", { name: "Take theirs" }).click();
    return !(await field.inputValue()).includes("# mine");
  });
  await page.unroute("**/events*");
  await page.close();
}

async function staleForm(practice, mine, theirs) {
  const page = watch(await mine.newPage());
  const patch = async (body) => {
    const { etag } = await ask(theirs, practice, "settings");
    const answer = await ask(theirs, practice, "settings", "patch", body, { "If-Match": etag });
    if (answer.status !== 200) throw new Error(`their save got ${answer.status}`);
  };
  await step("two change different fields of the settings: both changes stand", async () => {
    await turn(page, practice, "settings/practice");
    await page.fill("[name=legal_name]", "Lanternlight Aesthetics PLLC");
    await patch({ address: "5372 Sycamore St, Austin TX 78707" });
    await page.getByRole("button", { name: "Save" }).click();
    return until(async () => {
      const save = page.locator(".settings-body [type=submit]:enabled");
      if (await save.count()) await save.click({ timeout: 2_000 }).catch(() => {}); // saved meanwhile
      const { data } = await ask(mine, practice, "settings");
      return data.legal_name === "Lanternlight Aesthetics PLLC" && data.address.startsWith("5372");
    }, "both changes");
  });
  await step("two change the same field: the second is shown both and chooses", async () => {
    await page.fill("[name=legal_name]", "Mine LLC");
    await patch({ legal_name: "Theirs LLC" });
    const box = page.locator(".note-box.wait");
    await box.locator("del", { hasText: "Theirs LLC" }).waitFor();
    await box.locator("ins", { hasText: "Mine LLC" }).waitFor();
    if ((await ask(mine, practice, "settings")).data.legal_name !== "Theirs LLC") return "overwritten";
    await page.getByRole("button", { name: "Take theirs" }).click();
    await holds(page, "[name=legal_name]", (name) => name === "Theirs LLC");
  });
  await page.close();
}

async function signInAgain(page) {
  await page.waitForSelector("dialog[open] [type=password]");
  await page.fill("dialog[open] [type=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]", { state: "detached" });
}

async function absence(practice, mine, thread) {
  const page = watch(await mine.newPage());
  const endSession = () => ask(mine, practice, "session", "delete");
  await step("an ended session covers the page; after signing in the answer that was under way goes out",
    async () => {
      await openThread(page, practice, thread);
      const ended = holdReply(page, endSession);
      await send(page, "A long answer, kept over the cover.");
      await ended;
      await page.waitForSelector("dialog[open] [type=password]");
      if (await page.locator(".messages").isVisible()) return "the page can still be read";
      await signInAgain(page);
      await until(() => times(practice, mine, thread, "A long answer, kept over the cover."), "the answer");
    });
  await step("a text, a form and a draft survive the end of the session and a reload", async () => {
    await page.fill(composer, "Half an answer");
    await turn(page, practice, "settings/consent");
    await page.fill("textarea", "I agree to");
    await turn(page, practice, "settings/practice");
    await page.fill("[name=legal_name]", "Half a name");
    await endSession();
    await page.reload();
    await page.fill("[type=email]", "olu@lanternlight.example");
    await page.fill("[type=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[name=legal_name]");
    const name = await page.inputValue("[name=legal_name]");
    await turn(page, practice, "settings/consent");
    const consent = await page.inputValue("textarea");
    await openThread(page, practice, thread);
    const answer = await page.inputValue(composer);
    return [name, consent, answer].join("|") === "Half a name|I agree to|Half an answer";
  });
  await step("somebody else who signs in at this desk finds none of it", async () => {
    await endSession();
    await page.reload();
    await page.fill("[type=email]", "sam@lanternlight.example");
    await page.fill("[type=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".side nav");
    await openThread(page, practice, thread);
    return await page.inputValue(composer) === "" ? undefined : "the draft is there";
  });
  await page.close();
}

export async function together(practice, state) {
  const mine = await contextOf(practice, { storageState: state });
  const theirs = await contextOf(practice);
  await practice.join(theirs, "sam@lanternlight.example", "Sam Okafor", "manager");
  await practice.run("receive", "--from", practice.phoneOf(5), "--text", "Do you have anything on Saturday?");
  await practice.run("receive", "--from", practice.phoneOf(6), "--text", "Could I ask you something?");
  const thread = await threadOf(practice, mine, "anything on Saturday");
  const another = await threadOf(practice, mine, "ask you something");
  await twoPeople(practice, mine, theirs, thread);
  await lostConnection(practice, mine, thread, another);
  await restart(practice, mine, thread);
  await staleTexts(practice, mine, theirs);
  await staleForm(practice, mine, theirs);
  await absence(practice, mine, thread);
  await mine.close();
  await theirs.close();
}
