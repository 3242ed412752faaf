// pages.mjs: every page in light and dark, on a desktop and on a phone, and at twice the size: passes axe, fits, and
// is in the report.
import { ask, contextOf, judge, looks, turn, twice, watch } from "./desk.mjs";
import { englishIn } from "./english.mjs";
import { lostIn } from "./lost.mjs";
import { step } from "./tap.mjs";

const pages = ["today", "inbox", "patients", "playbooks", "waitlist", "playbooks/neurotoxin-touch-up",
  "playbooks/neurotoxin-touch-up/form",
  "playbooks/neurotoxin-touch-up/text", "playbooks/neurotoxin-touch-up/plan",
  "playbooks/neurotoxin-touch-up/versions", "playbooks/templates",
  "playbooks/templates/touchup-nudge/generic.en.sms.liquid", "reports", "reports/people/booked", "audit",
  "settings/account", "settings/practice", "settings/consent", "settings/imports", "settings/channels",
  "settings/caps", "settings/definitions", "settings/staff", "settings/roles", "settings/keys",
  "settings/webhooks", "settings/canned", "settings/reading", "settings/backups", "settings/file", "patients/duplicates", "start"];
const tabs = ["", "/why", "/visits", "/permission", "/disclosures"];

// `subject`: whose page is opened, a conversation and tasks that show something.
export async function everyPage(practice, state, subject) {
  const mine = await contextOf(practice, { storageState: state });
  const [approval] = (await ask(mine, practice, "tasks?kind=approve_message&limit=1")).data.items;
  await mine.close();
  const all = [...pages, `inbox/${subject.thread_id}`, `today/${subject.task_id}`,
    ...(approval ? [`today/${approval.task_id}`] : []),
    ...tabs.map((tab) => `patients/${subject.patient_id}${tab}`)];
  const nameOf = (address) => address === `today/${approval?.task_id}` ? "today/approval"
    : address.replace(/\/[\w-]{20,}/, "/one");
  const judgeAll = async (context, look, sentence) => {
    const page = watch(await context.newPage());
    for (const address of all)
      await step(`${nameOf(address)} ${sentence}`, async () => {
        await turn(page, practice, address);
        const trouble = await judge(page, nameOf(address), look);
        const english = look.endsWith("-es") ? await englishIn(page) : [];
        const lost = look === "twice" ? await lostIn(page) : [];
        return [trouble, ...english, ...lost].filter(Boolean).join("\n") || undefined;
      });
    await context.close();
  };
  const inLook = async (look) => judgeAll(await contextOf(practice, { ...looks[look],
    storageState: state }), look, `passes axe and fits, ${look}`);
  const inSpanish = async () => {
    const context = await contextOf(practice, looks.phone);
    await practice.join(context, "elena@lanternlight.example", "Elena Ruiz", "owner");
    await ask(context, practice, "account", "patch", { language: "es" });
    await judgeAll(context, "phone-es", "fits a phone in Spanish and has no English left");
  };
  const atTwice = async () => judgeAll(await contextOf(practice, { ...twice, storageState: state }), "twice",
    "loses nothing at 200 % on 1280 pixels");
  const left = [...Object.keys(looks).map((look) => () => inLook(look)), inSpanish, atTwice];
  const lane = async () => { while (left.length) await left.shift()(); };
  await Promise.all([lane(), lane()]); // while one waits for the server the other is judged
}
