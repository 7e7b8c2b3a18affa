// The planner page in headless Chromium. CHROMIUM names the browser where it is not in the usual place;
// SCREENSHOTS a folder that gets pictures.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const www = fileURLToPath(new URL("../www/", import.meta.url));
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome"].find((path) => path && existsSync(path));

let server, browser, page, origin;
const requested = [];
const complaints = [];

before(async () => {
  assert.ok(executablePath, "no browser found: install chromium or set CHROMIUM");
  server = createServer(async (request, response) => {
    const path = join(www, normalize(new URL(request.url, "http://x").pathname));
    try {
      const body = await readFile(path);
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await puppeteer.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  page = await browser.newPage();
  await page.setViewport({ width: 820, height: 1000 });
  page.on("request", (request) => requested.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
});

after(async () => {
  await browser?.close();
  server?.close();
});

const ready = (state) => page.waitForFunction((wanted) => document.body.dataset.ready === wanted, {}, state);
const texts = (selector) => page.$$eval(selector, (found) => found.map((element) => element.textContent));
const picture = (name) => process.env.SCREENSHOTS && page.screenshot({ path: join(process.env.SCREENSHOTS, name) });

test("the page plans the example block when it opens", async () => {
  await page.goto(`${origin}/index.html`);
  await ready("plan");
  assert.deepEqual(await texts("#cells b"), ["N", "G", "M", "·", "·", "·", "·", "B"]);
  assert.deepEqual(await texts("#rows tr:nth-child(3) td"), ["147.75.1.10", "M", "management", ""]);
  assert.match(await page.$eval("#title", (title) => title.textContent), /4 usable/);
});

test("another layout and names redraw the plan and the fragment keeps them", async () => {
  await page.select("#layout", "router-vm");
  await page.type("#names", "web, db");
  assert.deepEqual(await texts("#cells b"), ["N", "G", "R", "M", "A", "A", "·", "B"]);
  assert.deepEqual(await texts("#settings dd"), ["147.75.1.11", "147.75.1.10", "255.255.255.248", "147.75.1.9"]);
  assert.match(page.url(), /#block=147.75.1.8%2F29&provider=packet&layout=router-vm&names=web%2Cdb$/);
  await picture("plan.png");
  await page.reload();
  await ready("plan");
  assert.deepEqual(await texts("#rows tr:nth-child(5) td"), ["147.75.1.12", "A", "assigned", "web"]);
});

test("a wrong block says why and offers the right one", async () => {
  await page.$eval("#block", (field) => { field.value = ""; });
  await page.type("#block", "147.75.1.9/28");
  await ready("error");
  assert.match((await texts("#message p")).join(), /IP002 .*host bits/);
  assert.equal(await page.$eval("#result", (result) => result.hidden), true);
  await picture("error.png");
  await page.click("#message button");
  await ready("plan");
  assert.equal(await page.$eval("#block", (field) => field.value), "147.75.1.0/28");
  assert.match((await texts("#settings dd")).join(), /USD 0.04 an hour/);
  await picture("price.png");
});

test("text from outside is never read as HTML", async () => {
  await page.goto(`${origin}/index.html#block=${encodeURIComponent("<img src=x onerror=alert(1)>/29")}`);
  await page.reload();
  await ready("error");
  assert.equal(await page.$("#message img"), null);
});

test("roles can be told apart without colour", async () => {
  await page.goto(`${origin}/index.html#block=147.75.1.8/29&layout=router-vm&names=web`);
  await page.reload();
  await ready("plan");
  const looks = await page.$$eval("#cells li", (cells) => cells.map((cell) =>
    `${cell.className}: ${cell.querySelector("b").textContent}`));
  const letters = new Map(looks.map((look) => look.split(": ")));
  assert.equal(new Set(letters.values()).size, letters.size, looks.join(", "));
  await page.emulateVisionDeficiency("achromatopsia");
  await picture("without-colour.png");
  await page.emulateVisionDeficiency("none");
});

test("nothing went anywhere but to the page's own server, and the browser had nothing to complain about", () => {
  assert.deepEqual(requested.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith("data:")), []);
  assert.deepEqual(complaints, []);
});
