// desk.mjs: what every part of the browser test shares: the browser, how pages are opened and judged, and
// the report of pictures.
//
//   ONLY=together,pages   only these parts
//   WEB=web/dist          the app from this folder instead of the program's own (while it is written)
//   SHOTS=DIR             where the report goes; else browser-report in the build folder
//   LARGE=DIR             a home with a hundred thousand patients, instead of making one
//   SLOWEST=12            how many of the longest steps are told at the end
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import { root } from "./practice.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
const shots = process.env.SHOTS ?? join(process.env.BUILD_ROOT ?? join(root, "build"), "browser-report");
const only = process.env.ONLY?.split(",");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css",
  ".woff2": "font/woff2", ".svg": "image/svg+xml" };

export const ODD = "<img src=x onerror=\"document.title='broken'\"> شكرا 🌿 " + "long ".repeat(30);
const desktop = { width: 1360, height: 860 };
const phone = { width: 390, height: 844 };
export const looks = {
  light: { viewport: desktop, colorScheme: "light" },
  dark: { viewport: desktop, colorScheme: "dark" },
  phone: { viewport: phone, colorScheme: "light", hasTouch: true },
  "phone-dark": { viewport: phone, colorScheme: "dark", hasTouch: true },
};

export const twice = { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 }; // 1280 by 720 pixels, at 200 %

export const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
  "--disable-background-networking", "--disable-component-update"] });
export const troubles = [];
export const wants = (part) => !only || only.includes(part);

// A context of the browser at this practice; nothing else on the network is ever asked.
export async function contextOf(practice, options = looks.light) {
  const context = await browser.newContext({ locale: "en-US", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(60_000);
  await context.route((url) => practice.address && url.origin !== practice.address, (route) => {
    troubles.push(`asked for ${route.request().url()}`);
    return route.abort();
  });
  if (process.env.WEB) await context.route(/^http:\/\/[^/]+\/(assets\/.*|icon\.svg)?(\?.*)?$/, (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = join(process.env.WEB, path === "/" ? "index.html" : path);
    return existsSync(file) ? route.fulfill({ path: file, contentType: TYPES[extname(file)] })
      : route.continue();
  });
  return context;
}

const asking = new WeakMap(); // what a page has asked the API for and not been told

export function watch(page) {
  const open = new Set();
  asking.set(page, open);
  page.on("request", (one) => {
    if (one.isNavigationRequest()) open.clear(); // nobody is told what became of those before
    else if (/\/api\//.test(one.url())) open.add(one);
  });
  for (const ended of ["requestfinished", "requestfailed"]) page.on(ended, (one) => open.delete(one));
  page.on("response", (one) => { if (one.status() >= 400) open.delete(one.request()); }); // not read to its end
  page.on("pageerror", (error) => troubles.push(`${page.url()} ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (4(01|03|04|09|12|22)|5)|ERR_/.test(message.text()))
      troubles.push(`${page.url()} ${message.text()}`);
  });
  return page;
}

const taken = [];

export async function shoot(page, name, look = "light", text = "") {
  mkdirSync(shots, { recursive: true });
  const file = `${name.replace(/[^\w.-]+/g, "-")}--${look}.png`;
  await page.screenshot({ path: join(shots, file), animations: "disabled" });
  taken.push({ name, look, file, text });
}

// Fits the screen, passes axe, has its picture taken. Undefined, or what is wrong.
export async function judge(page, name, look = "light") {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(axe);
  const found = await page.evaluate((rules) => axe.run(document, { runOnly: rules })
    .then((result) => result.violations.map((one) => `${one.id}: ${one.nodes[0].target.join(" ")} ${
      one.nodes[0].any[0]?.message ?? ""}`)), look.includes("dark") ? ["color-contrast"] : RULES);
  await shoot(page, name, look);
  return [...(wide > 0 ? [`${wide} pixels too wide`] : []), ...found].join("\n") || undefined;
}

// Twice two frames without a question on its way and without a placeholder: what is drawn may ask again.
export async function settled(page) {
  const still = () => page.evaluate(() => new Promise((told) => requestAnimationFrame(() =>
    requestAnimationFrame(() => told(Boolean(document.querySelector("h1"))
      && !document.querySelector(".bones"))))));
  let times = 0;
  await until(async () => {
    times = await still().catch(() => false) && !asking.get(page)?.size ? times + 1 : 0;
    return times > 1;
  }, `${page.url()} at rest`);
}

// To another page of the app without loading it again, once it has been loaded.
export async function turn(page, practice, address) {
  if (page.url() === "about:blank") return open(page, practice, address);
  await page.evaluate((hash) => new Promise((turned) => {
    if (location.hash === hash) return turned();
    addEventListener("hashchange", () => turned(), { once: true });
    location.hash = hash;
  }), `#/${address}`);
  return settled(page);
}

export async function open(page, practice, address) {
  await page.goto("about:blank");
  await page.goto(`${practice.address}/#/${address}`);
  return settled(page);
}

// What the server says, asked beside the page with the same cookie.
export async function ask(context, practice, path, method = "get", body = undefined, headers = {}) {
  const answer = await practice.send(context, path, method, body, headers);
  const text = await answer.text();
  return { status: answer.status(), etag: answer.headers().etag ?? "",
    data: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
}

export async function until(holds, what, patience_ms = 90_000) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const seen = await holds();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Takes back what the line at the bottom says was done.
export const undo = (page, words) => page.locator(".toast", { hasText: words })
  .getByRole("button", { name: "Undo" }).last().click();

// What is held back for some seconds goes out at once, as it does when the page is left.
export const leaveAndReturn = (page) => page.evaluate(() => {
  dispatchEvent(new Event("pagehide"));
  dispatchEvent(new Event("pageshow"));
});

// What a field holds, once it is so.
export async function holds(page, field, wanted) {
  const there = () => page.locator(field).inputValue();
  await until(async () => wanted(await there()), `${field} to hold what it should`)
    .catch(async (error) => { throw new Error(`${error.message}, it holds "${await there()}"`); });
}

const plain = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function writeReport() {
  if (!taken.length) return;
  const names = [...new Set(taken.map((one) => one.name))];
  const rows = names.map((name) => `<section><h2>${plain(name)}</h2><div>${taken.filter((one) =>
    one.name === name).map((one) => `<figure class="${one.look.startsWith("phone") ? "narrow" : ""}"><a
      href="${one.file}"><img src="${one.file}" loading="lazy" alt="${plain(`${name}, ${one.look}`)}"></a>
      <figcaption>${plain([one.look, one.text].filter(Boolean).join(": "))}</figcaption></figure>`)
    .join("")}</div></section>`).join("\n");
  writeFileSync(join(shots, "index.html"), `<!doctype html><html lang="en"><meta charset="utf-8">
<title>Perennial, every page</title><style>body{font:15px/1.5 system-ui;margin:2rem;background:#eff1ed}
section>div{display:flex;gap:1rem;flex-wrap:wrap;align-items:flex-start}figure{margin:0;width:34rem}
figure.narrow{width:13rem}img{width:100%;border:1px solid #cbd2cb;border-radius:6px}figcaption{color:#47534d}
</style><h1>Every page</h1><p>${taken.length} pictures.</p>${rows}</html>\n`);
}
