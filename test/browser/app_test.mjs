#!/usr/bin/env node
// app_test.mjs: the web app in a real browser, against the program itself.  test/browser/app_test.mjs
//
// PERENNIAL names the program. desk.mjs says what else can be set.
import { approvals } from "./approvals.mjs";
import { ask, browser, contextOf, troubles, wants, writeReport } from "./desk.mjs";
import { alarm, day, inbox, people, texts } from "./day.mjs";
import { edits } from "./edits.mjs";
import { finds } from "./finds.mjs";
import { door, firstRun, weight, OWNER } from "./first.mjs";
import { everyPage } from "./pages.mjs";
import { byKeyboard } from "./keyboard.mjs";
import { large } from "./large.mjs";
import { PASSWORD, Practice } from "./practice.mjs";
import { roles } from "./roles.mjs";
import { end, ok } from "./tap.mjs";
import { together } from "./together.mjs";

// A fresh install and its owner, beside the page.
async function found(practice, context) {
  await practice.init();
  await practice.serve();
  await ask(context, practice, "setup/owner", "post", { token: await practice.token(), email: OWNER,
    name: "Olu Adeyemi", password: PASSWORD });
}

// The practice of the samples.
async function small(practice) {
  const context = await contextOf(practice);
  await found(practice, context);
  await practice.run("import", ...await practice.samples());
  const state = await context.storageState();
  if (wants("door")) {
    await weight(practice);
    await door(practice);
  }
  const where = encodeURIComponent("visits >= 2");
  const [patient] = (await ask(context, practice, `patients?limit=1&where=${where}`)).data.items;
  if (wants("day")) {
    await inbox(practice, context);
    await day(practice, context, patient);
    await texts(practice, context);
    await people(practice, context);
    await alarm(practice, context);
  }
  if (wants("edits")) await edits(practice, state, patient.patient_id);
  if (wants("finds")) await finds(practice, state, patient);
  if (wants("roles")) await roles(practice, context, patient);
  if (wants("together")) await together(practice, state); // signs everybody out
  await context.close();
}

// A practice whose guests of honour get nothing unread.
async function careful(practice) {
  const context = await contextOf(practice);
  await found(practice, context);
  await approvals(practice, await context.storageState());
  await context.close();
}

// A practice with a hundred thousand patients: from its first quarter of an hour on through two weeks.
async function populous(practice) {
  const context = await contextOf(practice);
  if (process.env.LARGE) practice.take(process.env.LARGE);
  else if (wants("first")) {
    await practice.init(false);
    await practice.serve();
    await firstRun(practice);
  } else {
    await practice.init();
    await practice.run("import", ...await practice.exports());
  }
  if (!["pages", "large", "keyboard"].some(wants)) return;
  if (!process.env.LARGE) await practice.weeks();
  await practice.serve();
  await practice.join(context, "amal@lanternlight.example", "Amal Haddad", "owner");
  const state = await context.storageState();
  const first = async (path) => {
    const { data } = await ask(context, practice, `${path}&limit=1`);
    if (!data.items?.length) throw new Error(`${path}: nothing there, ${JSON.stringify(data)}`);
    return data.items[0];
  };
  if (wants("pages")) {
    const thread = await first("threads?zone=needs_person");
    const task = await first("tasks?kind=warm_call");
    await everyPage(practice, state, { patient_id: thread.patient.patient_id,
      thread_id: thread.thread_id, task_id: task.task_id });
  }
  if (wants("large")) await large(practice, state);
  if (wants("keyboard")) await byKeyboard(practice, state, await first(
    `patients?where=${encodeURIComponent("visits >= 2 and not enrolled(any)")}`));
  await context.close();
}

const practices = [];
const SMALL = ["door", "day", "edits", "finds", "roles", "together"];
const POPULOUS = ["first", "pages", "large", "keyboard"];

async function part(names, work) {
  if (!names.some(wants)) return;
  try {
    const practice = new Practice();
    practices.push(practice);
    await work(practice);
  } catch (error) {
    ok(false, `${names.join(", ")}: the test came to its end`, error.stack);
  }
}

process.on("unhandledRejection", (error) => troubles.push(String(error?.stack ?? error)));

try {
  // Beside each other: while one waits for its exports to be read, the other has the browser.
  await Promise.all([part(POPULOUS, populous),
    part(SMALL, small).then(() => part(["approvals"], careful))]);
  ok(troubles.length === 0, "no page error and no message of the browser's console",
    troubles.slice(0, 10).join("\n"));
} finally {
  await browser.close();
  for (const practice of practices) practice.stop();
  writeReport();
  end();
}
