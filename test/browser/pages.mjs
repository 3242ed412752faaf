// pages.mjs: every page in light and dark, on a desktop and on a phone: passes axe, fits, and is in the
// report.
import { ask, contextOf, judge, looks, turn, watch } from "./desk.mjs";
import { step } from "./tap.mjs";

const pages = ["today", "inbox", "patients", "playbooks", "playbooks/neurotoxin-touch-up",
  "playbooks/neurotoxin-touch-up/text", "playbooks/neurotoxin-touch-up/plan",
  "playbooks/neurotoxin-touch-up/versions", "playbooks/templates",
  "playbooks/templates/touchup-nudge/generic.en.sms.liquid", "reports", "reports/people/booked", "audit",
  "settings/account", "settings/practice", "settings/consent", "settings/imports", "settings/channels",
  "settings/caps", "settings/definitions", "settings/staff", "settings/roles", "settings/keys",
  "settings/webhooks", "settings/canned", "settings/backups", "settings/file", "patients/duplicates", "start"];
const tabs = ["", "/why", "/visits", "/permission", "/disclosures"];

// `subject`: whose page is opened, a conversation and a task that show something.
export async function everyPage(practice, state, subject) {
  const all = [...pages, `inbox/${subject.thread_id}`, `today/${subject.task_id}`,
    ...tabs.map((tab) => `patients/${subject.patient_id}${tab}`)];
  const nameOf = (address) => address.replace(/\/[\w-]{20,}/, "/one");
  for (const [look, options] of Object.entries(looks)) {
    const context = await contextOf(practice, { ...options, storageState: state });
    const page = watch(await context.newPage());
    for (const address of all)
      await step(`${nameOf(address)} passes axe and fits, ${look}`, async () => {
        await turn(page, practice, address);
        return judge(page, nameOf(address), look);
      });
    await context.close();
  }
  const context = await contextOf(practice, { ...looks.phone, storageState: state });
  await ask(context, practice, "account", "patch", { language: "es" });
  const page = watch(await context.newPage());
  for (const address of all)
    await step(`${nameOf(address)} fits a phone in Spanish`, async () => {
      await turn(page, practice, address);
      return judge(page, nameOf(address), "phone-es");
    });
  await ask(context, practice, "account", "patch", { language: "en" });
  await context.close();
}
