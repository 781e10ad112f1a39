// A call that is going on while one looks: VIALENS_PAGE is the address of a vialens
// that watches a router with an ALG, and VIALENS_DIAL a command that makes one call of a phone behind it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";

import { accessible, fits, noProblems, open, shoot, startBrowser, visit } from "./browser.mjs";

const url = process.env.VIALENS_PAGE;
const dial = process.env.VIALENS_DIAL; // a command that makes the call
const skip = url && dial ? false : "VIALENS_PAGE and VIALENS_DIAL say where the page is, and how to make a call";

let browser;

before(async () => {
  if (!skip) browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

test("a call appears, is followed, and ends, without a reload", { skip }, async () => {
  const page = await open(browser, url);
  await page.locator(".health").waitFor();
  const liveCalls = async () => (await page.locator(".tiles").innerText()).match(/Live calls\s+(\d+)/)?.[1];
  assert.equal(await liveCalls(), "0");
  const calling = spawn(dial, { shell: true, stdio: "inherit" });
  const over = new Promise((resolve) => calling.on("exit", resolve));

  await page.waitForFunction(() => /Live calls\s+1/.test(document.querySelector(".tiles")?.innerText ?? ""));
  await visit(page, "#/calls");
  await page.locator("table .row-link").first().click();
  await page.locator(".plot canvas").first().waitFor();
  // Three quantities, each with both sides of both directions.
  assert.ok((await page.locator(".plot canvas").count()) >= 3);
  const rung = page.locator(".rungs > li").filter({ has: page.locator(".changes li") }).first();
  const contact = rung.locator(".changes li", { hasText: "Contact" });
  assert.match(await contact.locator("del").innerText(), /192\.168\.77\.10/);
  assert.match(await contact.locator("ins").innerText(), /203\.0\.113\.5/);
  await page.waitForFunction(() => /\d/.test(document.querySelector(".plot [role=img]")?.getAttribute("aria-label") ?? ""));
  await new Promise((resolve) => setTimeout(resolve, 8000)); // so that there is something to draw
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 1300 });
  await shoot(page, "media");
  await rung.locator(".rung-head").click();
  await page.locator("#ladder").evaluate((heading) => heading.scrollIntoView());
  await shoot(page, "call");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, "dark");
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page);
  await page.locator(".ladder").evaluate((ladder) => ladder.scrollIntoView());
  await page.emulateMedia({ colorScheme: "light" });
  await shoot(page, "phone");

  assert.equal(await over, 0, "the call succeeds");
  await page.setViewportSize({ width: 1280, height: 900 });
  await visit(page, "#/");
  await page.waitForFunction(() => /Live calls\s+0/.test(document.querySelector(".tiles")?.innerText ?? ""));
  await shoot(page, "overview");
  await noProblems(page);
});
