// The maps of address plans as headless Chromium draws them: every text within its cell, none over another, all of it
// on the paper. The files are those that the Rust tests compare with what is exported today.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const data = fileURLToPath(new URL("../../tests/data/export/", import.meta.url));
const maps = readdirSync(data).map((name) => join(data, name, "svg.svg")).filter((path) => existsSync(path));
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome"].find((path) => path && existsSync(path));

let browser, page;
const requested = [];

before(async () => {
  assert.ok(executablePath, "no browser found: install chromium or set CHROMIUM");
  assert.ok(maps.length >= 5, `${maps}`);
  browser = await puppeteer.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  page = await browser.newPage();
  page.on("request", (request) => requested.push(request.url()));
});

after(() => browser?.close());

/** What is wrong with the drawing, as sentences; run in the browser. */
function judge(change) {
  const svg = document.documentElement;
  if (change === "wider") svg.querySelectorAll(".cell text").forEach((text) => { text.textContent += "wwwwwwwwwwww"; });
  if (change === "lower") svg.querySelectorAll(".row text").forEach((text) => text.setAttribute("y", "40"));
  const box = (element) => element.getBoundingClientRect();
  const within = (inner, outer) => inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5 &&
    inner.top >= outer.top - 0.5 && inner.bottom <= outer.bottom + 0.5;
  const name = (text) => `"${text.textContent}"`;
  const wrong = [];
  const texts = [...svg.querySelectorAll("text")];
  const paper = box(svg);
  for (const text of texts) {
    if (!within(box(text), paper)) wrong.push(`${name(text)} is off the paper`);
    const cell = text.closest(".cell");
    if (cell && !within(box(text), box(cell.querySelector("rect")))) wrong.push(`${name(text)} is wider than its cell`);
  }
  // Letters may touch the room that the next line keeps for its accents, not its letters.
  const ink = (text) => {
    const { left, right, top, bottom } = box(text);
    const size = Number(text.getAttribute("font-size"));
    const middle = Number(text.getAttribute("y")) - size * 0.3;
    return { left, right, top: Math.max(top, middle - size * 0.45), bottom: Math.min(bottom, middle + size * 0.45) };
  };
  const boxes = texts.map(ink);
  for (let a = 0; a < texts.length; a += 1) {
    for (let b = a + 1; b < texts.length; b += 1) {
      const [one, other] = [boxes[a], boxes[b]];
      if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom) {
        wrong.push(`${name(texts[a])} lies over ${name(texts[b])}`);
      }
    }
  }
  // Patterns stand free of the letters above them.
  for (const cell of svg.querySelectorAll(".cell, .row, .legend")) {
    const band = [...cell.querySelectorAll("rect")].find((rect) => rect.getAttribute("fill").startsWith("url("));
    if (!band) continue;
    const foot = box(band);
    for (const text of cell.querySelectorAll("text")) {
      const { left, right, bottom, top } = ink(text);
      if (left < foot.right && right > foot.left && bottom > foot.top && top < foot.bottom) {
        wrong.push(`${name(text)} lies over its pattern`);
      }
    }
  }
  return { texts: texts.length, wrong };
}

for (const map of maps) {
  test(`every text of ${map.slice(data.length)} has its place`, async () => {
    await page.goto(pathToFileURL(map).href);
    const { texts, wrong } = await page.evaluate(judge);
    assert.ok(texts > 10);
    assert.deepEqual(wrong, []);
  });
}

test("a text that has no place is found", async () => {
  const [grid, rows] = ["router-vm", "large"].map((name) => pathToFileURL(join(data, name, "svg.svg")).href);
  await page.goto(grid);
  assert.match((await page.evaluate(judge, "wider")).wrong.join(), /is wider than its cell/);
  await page.goto(rows);
  assert.match((await page.evaluate(judge, "lower")).wrong.join(), /lies over/);
});

test("the maps fit a printed page's width and ask for nothing", async () => {
  for (const map of maps) {
    await page.goto(pathToFileURL(map).href);
    const [width, ground] = await page.evaluate(() => {
      const svg = document.documentElement;
      return [svg.width.baseVal.value, getComputedStyle(svg.querySelector(":scope > rect")).fill];
    });
    // A4 and Letter at 96 dots an inch with margins of a centimetre are wider than 700; browsers shrink a little.
    assert.ok(width <= 800, `${width}`);
    assert.equal(ground, "rgb(255, 255, 255)");
  }
  assert.deepEqual(requested.filter((url) => !url.startsWith("file:") || !url.endsWith("svg.svg")), []);
});
