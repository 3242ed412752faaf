// edits.mjs: what is changed by hand: a patient, an address, a new playbook; and odd text in every field,
// shown as text. The server is asked what it has afterwards.
import { ask, contextOf, judge, ODD, open, settled, turn, undo, until, watch } from "./desk.mjs";
import { step } from "./tap.mjs";

const SHORT = "<b onclick=x>شكرا 🌿</b>";

async function patient(practice, context, page, id) {
  const read = async () => (await ask(context, practice, `patients/${id}`)).data;
  await step("a patient is edited by key, the change is undone by key", async () => {
    await open(page, practice, `patients/${id}`);
    const before = await read();
    await page.keyboard.press("e");
    await page.fill("dialog[open] [name=preferred_name]", SHORT);
    await page.fill("dialog[open] [name=city]", "Round Rock");
    const trouble = await judge(page, "patient-edit");
    if (trouble) return trouble;
    await page.keyboard.press("Enter");
    await page.locator(".aside", { hasText: "Changed here" }).waitFor();
    if ((await read()).city !== "Round Rock" || (await read()).preferred_name !== SHORT) return "not kept";
    await undo(page, "");
    await until(async () => (await read()).city === before.city, "the old city");
    return settled(page);
  });
  await step("two edit one patient: the second is told, and changes only what was meant", async () => {
    await page.keyboard.press("e");
    await page.fill("dialog[open] [name=zip]", "78665");
    const now = await read();
    const theirs = await ask(context, practice, `patients/${id}`, "patch", { city: "Pflugerville" },
      { "If-Match": `"${now.etag}"` });
    if (theirs.status !== 200) return `their change got ${theirs.status}`;
    await page.locator("dialog[open] .note-box.wait", { hasText: "Pflugerville" }).waitFor();
    await page.getByRole("button", { name: "Keep my fields" }).click();
    await page.locator("dialog[open] footer [type=submit]").click();
    await page.waitForSelector("dialog[open]", { state: "detached" });
    const after = await read();
    return (after.zip === "78665" && after.city === "Pflugerville") || `${after.zip} ${after.city}`;
  });
  await step("an address is added, a wrong one is refused at its field", async () => {
    await turn(page, practice, `patients/${id}/permission`);
    await page.getByRole("button", { name: "Add address" }).click();
    await page.selectOption("dialog[open] select", "email");
    await page.fill("dialog[open] [name=address]", "nowhere");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open] [name=address][aria-invalid=true]");
    await page.fill("dialog[open] [name=address]", "second.address@example.org");
    await page.keyboard.press("Enter");
    await page.locator("td", { hasText: "second.address@example.org" }).waitFor();
    return (await read()).contact_points.some((one) => one.address === "second.address@example.org");
  });
}

async function books(practice, context, page) {
  await step("a playbook is begun from another, and opens as text", async () => {
    await turn(page, practice, "playbooks");
    await page.getByRole("button", { name: "New playbook" }).click();
    await page.fill("dialog[open] [name=title]", "Autumn touch-up");
    await page.selectOption("dialog[open] [name=from]", "neurotoxin-touch-up");
    const trouble = await judge(page, "playbook-new");
    if (trouble) return trouble;
    await page.locator("dialog[open] footer [type=submit]").click();
    await page.locator(".cm-content").waitFor();
    return (await ask(context, practice, "playbooks/autumn-touch-up")).data.playbook.title
      === "Autumn touch-up";
  });
  await step("a playbook is written in its form: at the field what is wrong, comments kept, every step taken back",
    async () => {
      const read = async () => (await ask(context, practice, "playbooks/autumn-touch-up")).data;
      const before = (await read()).source;
      await turn(page, practice, "playbooks/autumn-touch-up/form");
      await page.getByRole("button", { name: /^2\. nudge/ }).click();
      await page.locator("[data-path='touches/1/day']").fill("40");
      await page.locator("section[aria-label=limited] .tag.alarm").waitFor();
      await page.keyboard.press("Control+z");
      await page.locator("section[aria-label=limited] .tag.alarm").waitFor({ state: "detached" });
      const trouble = await judge(page, "playbook-form");
      if (trouble) return trouble;
      await page.getByRole("button", { name: "Move nudge down" }).press("Enter");
      await page.locator(".form-card-open", { hasText: "2. limited" }).waitFor();
      await page.locator(".edit-bar button", { hasText: "Undo" }).press("Enter");
      await page.locator(".form-card-open", { hasText: "2. nudge" }).waitFor();
      await page.locator("[data-path='touches/1/day']").fill("4");
      await page.keyboard.press("Control+s");
      await until(async () => (await read()).source !== before, "the new text on the server");
      const after = (await read()).source;
      return after === before.replace("    day: 3\n", "    day: 4\n") || after;
    });
  await step("the text offers what may stand at the cursor", async () => {
    await turn(page, practice, "playbooks/autumn-touch-up/text");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\nlim");
    await page.locator(".cm-tooltip-autocomplete", { hasText: "limits" }).waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
  });
  await step("a test message wants a confirmed address first, and says where to confirm it", async () => {
    await turn(page, practice, "playbooks/templates/touchup-nudge/generic.en.sms.liquid");
    await page.getByRole("button", { name: "Send to me" }).click();
    await page.locator(".note-box.wait a", { hasText: "Your account" }).waitFor();
  });
}

// Each: where, what opens it, the fields, and where the text is shown afterwards.
async function oddText(practice, context, page, id) {
  const shows = async (part) => {
    await page.locator(part, { hasText: "onerror" }).locator("visible=true").first().waitFor();
    return await page.title() === "broken" || await page.locator("img[src=x]").count()
      ? "markup ran" : undefined;
  };
  await step("odd text in a key's name, an own name and an audit search is shown as text", async () => {
    await turn(page, practice, "settings/keys");
    await page.getByRole("button", { name: "Add key" }).click();
    await page.fill("dialog[open] input >> nth=0", ODD.slice(0, 70));
    await page.locator("dialog[open] [type=checkbox]").first().check();
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.locator(".secret-box").waitFor();
    await page.getByRole("button", { name: "I have kept it" }).click();
    const key = await shows(".entry");
    if (key) return key;
    await turn(page, practice, "audit");
    await page.locator(".audit-form input").first().fill(ODD.slice(0, 70));
    await page.keyboard.press("Enter");
    await page.locator(".empty").waitFor();
    return await page.title() === "broken" ? "markup ran" : undefined;
  });
  await step("the audit is searched by the words of a deed", async () => {
    await page.locator(".audit-form input").first().fill("");
    await page.locator(".audit-form input").nth(1).fill("Key added");
    await page.keyboard.press("Enter");
    await page.locator(".log td", { hasText: "key added" }).first().waitFor();
    const deeds = await page.locator(".log tbody tr td:nth-child(3)").allTextContents();
    return deeds.every((one) => one === "key added") || deeds.join(", ");
  });
  await step("odd text in a consent's evidence and an opt-out's note is shown as text", async () => {
    await turn(page, practice, `patients/${id}/permission`);
    await page.getByRole("button", { name: "Record consent" }).click();
    await page.fill("dialog[open] textarea", ODD);
    await page.locator("dialog[open] footer [type=submit]").click();
    await page.waitForSelector("dialog[open]", { state: "detached" });
    await page.locator(".entry details", { hasText: "onerror" }).locator("summary").first().click();
    return shows(".said-text");
  });
  await step("odd text in the search of patients and in the palette finds nobody and breaks nothing",
    async () => {
      await turn(page, practice, "patients");
      await page.fill(".find input", ODD);
      await page.locator(".empty").waitFor();
      await page.fill(".find input", "");
      await page.keyboard.press("Control+k");
      await page.waitForSelector("dialog.palette[open]");
      await page.keyboard.type("<script>1</script> شكرا");
      await page.locator("#found .head", { hasText: "Nothing found" }).waitFor();
      await page.keyboard.press("Escape");
      return await page.title() === "broken" ? "markup ran" : undefined;
    });
  await step("a webhook is added, its test is in the delivery log", async () => {
    await turn(page, practice, "settings/webhooks");
    await page.getByRole("button", { name: "Add webhook" }).click();
    await page.fill("dialog[open] [type=url]", "https://hooks.lanternlight.example/perennial");
    await page.locator("dialog[open] [type=checkbox]").first().check();
    await page.locator("dialog[open] footer [type=submit]").click();
    await page.locator(".secret-box", { hasText: "whsec_" }).waitFor();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await page.locator(".toast", { hasText: "on its way" }).waitFor();
    await page.getByRole("button", { name: "Deliveries" }).click();
    await page.locator("dialog[open] td").first().waitFor();
    await page.keyboard.press("Escape");
    return (await ask(context, practice, "webhooks")).data.items.length === 1;
  });
}

export async function edits(practice, state, id) {
  const context = await contextOf(practice, { storageState: state });
  const page = watch(await context.newPage());
  await patient(practice, context, page, id);
  await books(practice, context, page);
  await oddText(practice, context, page, id);
  await context.close();
}
