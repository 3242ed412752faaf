// build.mjs: the web app as files that can be embedded.
//
// usage: node web/build.mjs [--outdir DIR] [--depfile FILE --stamp FILE]
//
// Writes index.html, assets/<name>-<hash>.{js,css,woff2} and manifest.json into DIR (web/dist), text
// files once more as .gz. Names carry the hash of what is inside, so that a browser may keep them
// for ever; index.html alone is asked for again. Nothing is inline: the page runs under
// `default-src 'self'`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const options = new Map();
for (let i = 2; i < process.argv.length; i++) {
  const word = process.argv[i];
  if (word === "--") continue;
  if (word === "--quiet") {
    options.set(word, "");
    continue;
  }
  const [name, value] = word.includes("=") ? word.split("=") : [word, process.argv[++i]];
  options.set(name, value);
}
const outdir = resolve(options.get("--outdir") ?? join(here, "dist"));

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml",
  ".json": "application/json" };
const ending = (name) => name.slice(name.lastIndexOf("."));

async function bundle() {
  return build({
    absWorkingDir: dirname(here),
    entryPoints: { app: join(here, "src/main.tsx"), style: join(here, "src/style/style.css") },
    outdir: join(outdir, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".woff2": "file", ".svg": "file" },
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
}

// What the first page needs: the entry and everything it imports without `import()`.
function firstLoad(outputs, entry) {
  const seen = new Set();
  const walk = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const link of outputs[name].imports)
      if (link.kind === "import-statement" && outputs[link.path]) walk(link.path);
  };
  walk(entry);
  return [...seen];
}

async function main() {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(join(outdir, "assets"), { recursive: true });
  const { metafile } = await bundle();
  const root = dirname(here);
  const address = (name) => relative(outdir, join(root, name)).replaceAll("\\", "/");
  const entry = (wanted) => Object.keys(metafile.outputs)
    .find((name) => metafile.outputs[name].entryPoint?.endsWith(wanted));
  const script = entry("src/main.tsx");
  const style = entry("style/style.css");
  const first = firstLoad(metafile.outputs, script);
  const font = Object.keys(metafile.outputs).find((name) => /latin-wght-normal.*woff2$/.test(name));

  const page = (await readFile(join(here, "src/index.html"), "utf8"))
    .replace("{style}", address(style))
    .replace("{font}", address(font))
    .replace("{script}", address(script))
    .replace("{preload}", first.filter((name) => name !== script)
      .map((name) => `<link rel="modulepreload" href="/${address(name)}">`).join("\n"));
  await writeFile(join(outdir, "index.html"), page);
  await writeFile(join(outdir, "icon.svg"), await readFile(join(here, "src/icon.svg")));

  const files = [];
  const names = ["index.html", "icon.svg",
    ...(await readdir(join(outdir, "assets"))).sort().map((name) => `assets/${name}`)];
  for (const name of names) {
    const bytes = await readFile(join(outdir, name));
    const text = ending(name) !== ".woff2";
    const packed = text ? gzipSync(bytes, { level: 9 }) : bytes;
    if (text) await writeFile(join(outdir, name + ".gz"), packed);
    files.push({ path: name, type: types[ending(name)], immutable: name.startsWith("assets/"),
      bytes: bytes.length, packed: packed.length,
      first: name === "index.html" || name === address(style)
        || first.some((output) => address(output) === name),
      etag: createHash("sha256").update(bytes).digest("hex").slice(0, 32) });
  }
  const weight = files.filter((file) => file.first).reduce((sum, file) => sum + file.packed, 0);
  await writeFile(join(outdir, "manifest.json"),
    JSON.stringify({ first_load_bytes: weight, files }, null, 1) + "\n");
  if (options.has("--depfile")) {
    const inputs = Object.keys(metafile.inputs).map((name) => join(root, name));
    inputs.push(join(here, "src/index.html"), join(here, "src/icon.svg"));
    await writeFile(options.get("--depfile"),
      `${options.get("--stamp")}: ${inputs.map((name) => name.replaceAll(" ", "\\ ")).join(" ")}\n`);
    await writeFile(options.get("--stamp"), "");
  }
  if (!options.has("--quiet"))
    process.stderr.write(`web: ${files.length} files, ${Math.ceil(weight / 1024)} KiB to the first page\n`);
}

await main();
