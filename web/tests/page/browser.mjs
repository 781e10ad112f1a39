// A real browser on the page, which writes down what must not happen.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.VIALENS_SCREENSHOTS;
const patience = 20_000; // a loaded machine is slow

export async function startBrowser() {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
}

/** Opens `url`. The page has `problems`: errors of the console, and requests to others than the server. */
export async function open(browser, url, { width = 1280, height = 800, scheme = "light", allow = [] } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    acceptDownloads: true,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.problems = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !allow.some((each) => each.test(message.text())))
      page.problems.push(message.text());
  });
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("dialog", (dialog) => {
    page.problems.push(`a script of a stranger ran: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "blob:" && asked.origin !== new URL(url).origin)
      page.problems.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** The view behind `hash`, when its heading is there and its data has come. */
export async function visit(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector("main .loading"));
}

export async function noProblems(page) {
  assert.deepEqual(page.problems, []);
}

/** Nothing that axe-core calls serious or worse. */
export async function accessible(page) {
  // Not as a script element: the policy of the page would forbid it, as it should.
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = result.violations.filter((each) => each.impact === "serious" || each.impact === "critical");
  assert.deepEqual(
    grave.map(
      (each) =>
        `${each.id}: ${each.nodes
          .map((node) => `${node.target} ${node.failureSummary}`)
          .slice(0, 3)
          .join(" | ")}`,
    ),
    [],
  );
}

export async function fits(page) {
  const { wide, shown } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    shown: innerWidth,
  }));
  assert.ok(wide <= shown, `the page is ${wide} pixels wide, the screen ${shown}`);
}

export async function shoot(page, name, options = {}) {
  if (!shots) return;
  await page.mouse.move(0, 0);
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png`, ...options });
}
