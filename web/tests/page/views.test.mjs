// Each view in Chromium. VIALENS_PAGE is the address of a server to look at; without it, the stand-in of mock/.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startMock } from "../../mock/server.mjs";
import { accessible, fits, noProblems, open, startBrowser, visit } from "./browser.mjs";

let browser;
let mock;
let url = process.env.VIALENS_PAGE;

before(async () => {
  browser = await startBrowser();
  if (!url) {
    mock = await startMock({ folder: process.env.VIALENS_PAGE_FOLDER });
    url = mock.url;
  }
});

after(async () => {
  await browser?.close();
  await mock?.stop();
});

const views = [
  ["overview", "#/", /./],
  ["calls", "#/calls", /^Calls$/],
  ["findings", "#/findings", /^Findings$/],
  ["registrations", "#/registrations", /registrations/],
  ["taps", "#/taps", /^Capture$/],
];

for (const [width, scheme] of [
  [1280, "light"],
  [360, "dark"],
]) {
  test(`every view loads, ${width} pixels wide and ${scheme}`, async () => {
    const page = await open(browser, url, { width, scheme });
    for (const [name, hash, heading] of views) {
      await visit(page, hash);
      assert.match(await page.locator("main h1").innerText(), heading, name);
      assert.equal(await page.locator("[role=alert]").count(), 0, `${name} tells an error`);
      await fits(page);
      await accessible(page);
    }
    await noProblems(page);
    await page.context().close();
  });
}

test("a call has its ladder, from the list by keyboard alone", async () => {
  const page = await open(browser, `${url}#/calls`);
  const link = page.locator("table .row-link").first();
  await link.waitFor();
  await link.focus();
  await page.keyboard.press("Enter");
  await page.locator(".rung-head").first().waitFor();
  assert.equal(
    await page.evaluate(() => document.activeElement?.tagName),
    "H1",
    "the focus goes to the heading of the new view",
  );
  const head = page.locator(".rung-head").first();
  assert.equal(await head.getAttribute("aria-expanded"), "false");
  await head.focus();
  await page.keyboard.press("Enter");
  assert.equal(await head.getAttribute("aria-expanded"), "true");
  await page.locator(".rung-text .message").first().waitFor();
  await accessible(page);
  await noProblems(page);
  await page.context().close();
});
