// The planner page in headless Chromium. CHROMIUM names the browser where it is not in the usual place;
// SCREENSHOTS a folder that gets pictures.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
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
const picture = (name) =>
  process.env.SCREENSHOTS && page.screenshot({ path: join(process.env.SCREENSHOTS, name), fullPage: true });
/** A field of a block's row, the server's block being row 0. */
const field = (name, row = 0) => `#blocks > :nth-child(${row + 1}) [name="${name}"]`;
const values = (selector) => page.$$eval(selector, (found) => found.map(({ value }) => value));
const visible = (selector) => page.$eval(selector, (found) => found.checkVisibility());

async function type(selector, text) {
  await page.$eval(selector, (control) => { control.value = ""; });
  await page.type(selector, text);
}

async function open(fragment) {
  await page.goto(`${origin}/index.html${fragment}`);
  await page.reload();
}

/** Nothing is wider than the window but what scrolls in a box of its own. */
async function fits(width) {
  const before = page.viewport();
  await page.setViewport({ width, height: 800 });
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const scrolls = (element) => element && (getComputedStyle(element).overflowX === "auto" || scrolls(element.parentElement));
    const over = [...document.querySelectorAll("main *")].filter((element) =>
      element.checkVisibility() && element.getBoundingClientRect().right > room + 0.5 && !scrolls(element));
    return [document.documentElement.scrollWidth - room, over.map((element) => element.outerHTML.slice(0, 80))];
  });
  assert.deepEqual(wide, [0, []], `at ${width} px`);
  await picture(`${width}.png`);
  await page.setViewport(before);
}

const HOST = "#provider=packet&block=147.75.1.8/29&block=147.75.200.16/29&allocation=block&allocation=elastic" +
  "&layout=router-vm&layout=router-vm&assign=mail&assign=web,+db&reserve=&reserve=147.75.200.22-147.75.200.23=kept";

test("the page plans the example block when it opens", async () => {
  await page.goto(`${origin}/index.html`);
  await ready("plan");
  assert.deepEqual(await texts("#tables tr:nth-child(3) td"), ["147.75.1.10", "M", "management", ""]);
  assert.match(await page.$eval("#title", (title) => title.textContent), /4 usable/);
  assert.match(await page.$eval("#picture svg desc", (words) => words.textContent), /147\.75\.1\.10 management/);
  assert.match((await texts("#status")).join(), /No longer sold.*2026.*10\.0\.0\.0\/8.*vmk1/);
});

test("another layout and names redraw the plan and the fragment keeps them", async () => {
  await page.select(field("layout"), "router-vm");
  await page.type(field("assign"), "web, db=147.75.1.14");
  assert.deepEqual(await texts("#tables tbody b"), ["N", "G", "R", "M", "A", "·", "A", "B"]);
  assert.deepEqual(await texts("#tables dd"), ["147.75.1.11", "147.75.1.10", "255.255.255.248", "147.75.1.9"]);
  assert.match(page.url(), /#provider=packet&block=147.75.1.8%2F29.*&layout=router-vm&assign=web%2C\+db%3D147.75.1.14$/);
  await picture("plan.png");
  await page.reload();
  await ready("plan");
  assert.deepEqual(await texts("#tables tr:nth-child(5) td"), ["147.75.1.12", "A", "assigned", "web"]);
  assert.deepEqual(await texts("#tables tr:nth-child(7) td"), ["147.75.1.14", "A", "assigned", "db"]);
});

test("the layouts on offer have room in the typed block", async () => {
  await type(field("block"), "10.0.0.0/27");
  assert.ok(!(await values(`${field("allocation")} option`)).includes("block"), "Packet hands out no /27 with a server");
  await type(field("block"), "147.75.1.8/29");
  await ready("plan");
  assert.deepEqual(await values(`${field("allocation")} option`), ["block", "elastic", "private"]);
  await page.select(field("allocation"), "elastic");
  await ready("plan");
  assert.deepEqual(await values(`${field("layout")} option`), ["router-vm", "router-subnet"]);
  await page.select(field("allocation"), "block");
});

test("a wrong block says why and offers the right one", async () => {
  await type(field("block"), "147.75.1.9/28");
  await ready("error");
  assert.match((await texts("#message p")).join(), /IP002 .*host bits/);
  assert.equal(await visible("#result"), false);
  assert.equal(await page.$eval(field("block"), (control) => control.getAttribute("aria-invalid")), "true");
  await picture("error.png");
  await page.click("#message button");
  await ready("plan");
  assert.deepEqual(await values(field("block")), ["147.75.1.0/28"]);
  assert.equal(await page.$("[aria-invalid]"), null);
  assert.match((await texts("#tables dd")).join(), /USD 0.04 an hour/);
});

test("a wrong name is corrected among the others", async () => {
  await type(field("assign"), "a, my web=147.75.1.13, c");
  await ready("error");
  assert.match((await texts("#message p")).join(), /IP008/);
  await page.click("#message button");
  await ready("plan");
  assert.deepEqual(await values(field("assign")), ["a, my-web=147.75.1.13, c"]);
});

test("a shared block asks for what only the provider knows", async () => {
  await open("#provider=hetzner-robot&block=94.130.10.0/26");
  await ready("error");
  assert.match((await texts("#message p")).join(), /IP021/);
  assert.ok((await texts("#status .warnings li")).join().includes("MAC address"));
  await page.type(field("management"), "94.130.10.12");
  await page.type(field("gateway"), "94.130.10.1");
  await ready("plan");
  assert.deepEqual((await texts("#tables dd")).slice(0, 2), ["94.130.10.12", "255.255.255.192"]);
  // 64 addresses stand as ranges.
  assert.ok((await texts("#tables td.address")).includes("94.130.10.2 – 94.130.10.11"));
});

test("further blocks share the router; a network of one's own is checked", async () => {
  await open(HOST);
  await ready("plan");
  assert.deepEqual(await texts("legend"), ["The server's block", "Further block 1"]);
  assert.deepEqual(await texts("#tables h3"), ["147.75.1.8/29 block, router-vm", "147.75.200.16/29 elastic, router-vm"]);
  assert.deepEqual(await texts("#tables section:nth-child(2) dd"), ["172.31.1.1, by a route on the link", "147.75.1.10"]);
  assert.ok((await texts("#tables td")).includes("kept"));
  await page.click("#more summary");
  await page.type("#own", "10.7.0.0/16");
  await ready("error");
  assert.match((await texts("#message p")).join(), /IP026/);
  await page.click("#noprivate");
  await ready("plan");
  await page.click(field("remove", 1));
  assert.deepEqual(await texts("legend"), ["The server's block"]);
  await page.click("#add");
  await ready("error");
  await page.keyboard.type("147.75.200.16/30");
  await ready("plan");
  assert.deepEqual(await values(field("allocation", 1)), ["elastic"]);
});

test("machines and the router have their configuration, to be copied", async () => {
  await open(HOST);
  await ready("plan");
  assert.deepEqual(await texts("#machine option"), ["mail", "web", "db", "the router"]);
  assert.match((await texts("#config")).join(), /147\.75\.1\.12\/29/);
  await page.select("#machine", "web");
  await page.select("#format", "ifupdown");
  const config = (await texts("#config")).join();
  assert.match(config, /147\.75\.200\.16/);
  await browser.defaultBrowserContext().overridePermissions(origin, ["clipboard-read", "clipboard-sanitized-write"]);
  await page.click("#copy");
  await page.waitForFunction(() => document.getElementById("said").textContent !== "");
  assert.deepEqual(await texts("#said"), ["Copied."]);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), config);
  const last = (await values("#machine option")).at(-1);
  await page.select("#machine", last);
  assert.deepEqual(await values("#format option"), ["vyos", "opnsense", "nftables"]);
  assert.match((await texts("#config")).join(), /147\.75\.200\.16\/29/);
  assert.match((await texts("#handover h3")).join(), /from 147\.75\.1\.10 to 147\.75\.1\.11/);
  assert.ok((await texts("#handover > ol > li")).length > 3);
  assert.match((await texts("#handover pre")).join("\n"), /esxi apply/);
  await picture("host.png");
});

test("every export is a file that never left the browser", async () => {
  const folder = await mkdtemp(join(tmpdir(), "planner-"));
  const session = await browser.target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
  const names = await texts("#exports button");
  assert.ok(names.includes("hosts") && names.includes("svg") && names.includes("host-file"), names);
  for (const name of ["hosts", "svg", "host-file"]) {
    const begun = new Promise((done) => { session.once("Browser.downloadWillBegin", done); });
    const ended = new Promise((done) => {
      session.on("Browser.downloadProgress", ({ state }) => { if (state === "completed") done(); });
    });
    await page.evaluate((wanted) => {
      [...document.querySelectorAll("#exports button")].find(({ textContent }) => textContent === wanted).click();
    }, name);
    const { url, suggestedFilename } = await begun;
    await ended;
    session.removeAllListeners("Browser.downloadProgress");
    assert.match(url, /^blob:/);
    assert.match(await readFile(join(folder, suggestedFilename), "utf8"), /147\.75\.200\.16/);
  }
  await rm(folder, { recursive: true });
});

test("a provider of one's own is read from a file", async () => {
  await open("");
  await ready("plan");
  await page.click("#more summary");
  await (await page.$("#profile")).uploadFile(fileURLToPath(new URL("../../examples/provider.toml", import.meta.url)));
  await page.waitForFunction(() => document.getElementById("provider").value === "corner-rack");
  await type(field("block"), "81.2.3.16/28");
  await ready("plan");
  assert.deepEqual((await texts("#tables dd")).at(-1), "81.2.3.30");
});

test("rules say where they stand", async () => {
  const facts = await texts("#facts li");
  assert.ok(facts.length > 0);
  await page.select("#provider", "ovh");
  assert.match((await texts("#facts li small")).join(), /(verified|derived|assumed), 2026-/);
  assert.ok((await page.$$eval("#facts a", (links) => links.every(({ rel }) => rel.includes("noreferrer")))));
});

test("text from outside is never read as HTML", async () => {
  await open(`#block=${encodeURIComponent("<img src=x onerror=alert(1)>/29")}`);
  await ready("error");
  assert.equal(await page.$("#message img"), null);
});

test("large blocks and IPv6 are ranges", async () => {
  await open("#provider=generic-onlink&block=10.20.0.0/20&block=2001:db8:7::/64&assign=a&assign=web");
  await ready("plan");
  const rows = await texts("#tables td.address");
  assert.ok(rows.includes("10.20.0.4 – 10.20.15.254"), rows.join());
  assert.ok(rows.some((text) => text.endsWith("2001:db8:7:0:ffff:ffff:ffff:ffff")), rows.join());
});

test("it fits small windows and can be used from the keyboard", async () => {
  await open(HOST);
  await ready("plan");
  for (const width of [360, 820, 1400]) await fits(width);
  // From the first control on, Tab reaches every visible one in order.
  const wanted = await page.$$eval("#form :is(input, select, button, summary)", (all) =>
    all.filter((one) => one.checkVisibility()).map((one) => one.id || one.name || one.textContent));
  await page.focus("#provider");
  const reached = [];
  for (let n = 0; n < wanted.length; n += 1) {
    reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.name ||
      document.activeElement.textContent));
    await page.keyboard.press("Tab");
  }
  assert.deepEqual(reached, wanted);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await picture("dark.png");
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
});

test("nothing went anywhere but to the page's own server, and the browser had nothing to complain about", () => {
  const own = (url) => url.startsWith(`${origin}/`) || url.startsWith("data:") || url.startsWith("blob:");
  assert.deepEqual(requested.filter((url) => !own(url)), []);
  assert.deepEqual(complaints, []);
});
