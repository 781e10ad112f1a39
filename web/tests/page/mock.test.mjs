// What needs a server that can be steered: known calls, lost connections, tokens, hostile text.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";

import { hostile } from "../../mock/data.mjs";
import { startMock } from "../../mock/server.mjs";
import { accessible, fits, noProblems, open, shoot, startBrowser, visit } from "./browser.mjs";

const oneWay = "#/calls/a84b4c76e66710%40192.168.1.23";
const live = "#/calls/3c26-live-7be1%40192.168.1.24";
const captured = "#/calls/1-1094%40192.168.77.10";

let browser;
let mock;
let page;

before(async () => {
  browser = await startBrowser();
  mock = await startMock({ folder: process.env.VIALENS_PAGE_FOLDER });
});

afterEach(async () => {
  await page?.context().close();
  page = undefined;
});

after(async () => {
  await browser?.close();
  await mock?.stop();
});

const text = (selector) => page.locator(selector).first().innerText();

test("the overview says how the box is, why, and what to do", async () => {
  page = await open(browser, mock.url);
  await page.locator(".health.red").waitFor();
  await page.locator(".finding").first().waitFor();
  await page.locator("table .row-link").first().waitFor();
  assert.match(
    await text(".health"),
    /Trouble[\s\S]*the router rewrote the SDP[\s\S]*What to do\. Switch off the SIP ALG/,
  );
  assert.match(await text(".tiles"), /Live calls\s+1/);
  assert.match(await text("main"), /0301234567/);
  const taps = page.locator("section", { has: page.locator("#seen") }).locator("tbody tr");
  assert.equal(await taps.count(), 4);
  assert.match((await taps.nth(3).innerText()).replace(/\s+/g, " "), /eth1 goes out WAN tcx 14,823 12/);
  await shoot(page, "overview");
  await noProblems(page);
});

test("a call with nothing but a note says so", async () => {
  page = await open(browser, `${mock.url}#/calls`);
  const ends = page.locator("table.list tbody tr td:last-child");
  await ends.first().waitFor();
  const told = (await ends.allInnerTexts()).map((each) => each.trim());
  assert.equal(told.filter((each) => each === "1 note").length, 1);
  assert.ok(told.every((each) => !each.startsWith("+")), told.join("|"));
});

test("the health changes as it is told", async () => {
  page = await open(browser, mock.url);
  await page.locator(".health.red").waitFor();
  const { health } = mock.data.status;
  mock.data.status.health = { level: "green", sentence: "No trouble with calls is seen.", remedy: null, findings: [] };
  mock.tell("status", mock.data.status);
  await page.locator(".health.green").waitFor();
  assert.doesNotMatch(await text(".health"), /What to do/);
  await accessible(page);
  mock.data.status.health = health;
});

test("a call's ladder has both sides of the router, what changed, and both texts", async () => {
  page = await open(browser, mock.url + captured);
  const rungs = page.locator(".rungs > li");
  await rungs.first().waitFor();
  assert.equal(await rungs.count(), 6);
  assert.match(
    await rungs.first().locator(".rung-head").innerText(),
    /INVITE sdp, from the phone to the provider, changed by the router: .*Via/,
  );
  const change = rungs.first().locator(".changes li", { hasText: "Via" });
  assert.match(await change.locator("del").innerText(), /192\.168\.77\.10:5060/);
  assert.match(await change.locator("ins").innerText(), /203\.0\.113\.5:5060/);
  // The answer goes the other way: what entered at the WAN is the version before.
  const answer = rungs.nth(1);
  assert.match(await answer.getAttribute("class"), /\bin\b/);
  await rungs.first().locator(".rung-head").click();
  const message = rungs.first().locator(".message");
  assert.match(await message.innerText(), /INVITE sip:200@203\.0\.113\.7:5060 SIP\/2\.0/);
  assert.match(await message.locator("del", { hasText: "Via" }).innerText(), /192\.168\.77\.10/);
  assert.match(await message.locator("ins", { hasText: "Via" }).innerText(), /203\.0\.113\.5/);
  assert.ok((await message.locator("mark").count()) > 0);
  await rungs.first().locator("button.id", { hasText: "alg-via" }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "finding-alg-via");
  await noProblems(page);
});

test("a call says who hears whom, and shows sound over time", async () => {
  page = await open(browser, mock.url + oneWay);
  await page.locator(".plot canvas").first().waitFor();
  const hearings = page.locator(".hearing");
  assert.match(await hearings.nth(0).innerText(), /The far side hears the phone\./);
  assert.match(await hearings.nth(1).innerText(), /The phone hears nothing: no sound came from the provider\./);
  assert.equal(await page.locator(".plot canvas").count(), 3, "loss, jitter and MOS of the one direction there is");
  assert.match(
    await page.locator(".plot [role=img]").first().getAttribute("aria-label"),
    /Lost, in percent\. LAN side: 0\.0 to 0\.0 %, mean 0\.0 %; WAN side: 0\.0 to 4\.0 %/,
  );
  assert.match(await text(".finding"), /One side hears nothing[\s\S]*What to do/i);
  assert.match(await page.locator(".rungs").innerText(), /did not arrive/);
  await page.locator(".ladder-tools input").uncheck();
  assert.equal(await page.locator(".rungs > li").count(), 8, "the repeat is hidden");
  await page.locator(".ladder-tools input").check();
  await accessible(page);
  await page.locator(".rung-head").first().click();
  await page.locator("#ladder").evaluate((heading) => heading.scrollIntoView());
  await shoot(page, "call");
  await noProblems(page);
});

test("dark colours come from the system, and from the switch, and stay", async () => {
  page = await open(browser, mock.url + live, { scheme: "dark" });
  await page.locator(".plot canvas").first().waitFor();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 1500 });
  await shoot(page, "dark");
  await page.getByRole("button", { name: "Change to light colours" }).click();
  assert.notEqual(await ground(), dark);
  await page.reload();
  await page.locator(".plot canvas").first().waitFor();
  assert.notEqual(await ground(), dark, "the choice is kept");
  await accessible(page);
  await noProblems(page);
});

test("a call fits on a phone", async () => {
  page = await open(browser, mock.url + oneWay, { width: 360, height: 740, scheme: "light" });
  await page.locator(".plot canvas").first().waitFor();
  await page.locator(".rung-head").first().click();
  await fits(page);
  await accessible(page);
  await page.locator(".ladder").evaluate((ladder) => ladder.scrollIntoView());
  await shoot(page, "phone");
  await noProblems(page);
});

test("what a stranger wrote is text", async () => {
  const id = [...mock.data.details.keys()].find((each) => each.startsWith("evil"));
  for (const width of [1280, 360]) {
    page = await open(browser, `${mock.url}#/calls/${encodeURIComponent(id)}`, { width });
    await page.locator(".rung-head").first().waitFor();
    await page.locator(".rung-head").first().click();
    assert.ok((await page.locator("main").innerText()).includes(hostile));
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.match(await text(".message"), /\\u202eRight/, "what turns text around is shown as its code");
    await fits(page);
    await visit(page, "#/findings?finding=alg-corrupted");
    await page.locator(".finding summary").first().click();
    await fits(page);
    await visit(page, "#/calls");
    await fits(page);
    await noProblems(page);
    await page.context().close();
  }
});

test("filters stand in the address, and the address sets filters", async () => {
  page = await open(browser, `${mock.url}#/findings?finding=alg-via`);
  await page.locator(".finding").first().waitFor();
  assert.equal(await page.locator(".finding").count(), 2);
  assert.equal(await page.getByLabel("Finding", { exact: true }).inputValue(), "alg-via");
  await page.getByLabel("Finding", { exact: true }).selectOption("media");
  await page.waitForFunction(() => location.hash.includes("finding=media"));
  await page.waitForFunction(() => document.querySelectorAll(".finding").length === 2);
  await page.getByLabel("Severity", { exact: true }).selectOption("critical");
  await page.waitForFunction(() => document.querySelectorAll(".finding").length === 1);
  assert.match(page.url(), /finding=media&severity=critical/);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll(".finding").length === 2);
  assert.equal(await page.getByLabel("Severity", { exact: true }).inputValue(), "");
  await page.getByLabel("Number or name").fill("nobody");
  await page.keyboard.press("Enter");
  await page.locator(".empty").waitFor();
  await page.getByRole("link", { name: "Clear" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".finding").length > 10);
  await noProblems(page);
});

test("long lists come in pages", async () => {
  page = await open(browser, `${mock.url}#/calls`);
  await page.locator("tbody tr").first().waitFor();
  assert.equal(await page.locator("tbody tr").count(), 50);
  const first = await text("tbody tr");
  await page.getByRole("link", { name: "Earlier" }).click();
  await page.waitForFunction(
    (old) => document.querySelector("tbody tr") && document.querySelector("tbody tr").innerText !== old,
    first,
  );
  await page.getByRole("link", { name: "Latest" }).click();
  await page.waitForFunction((old) => document.querySelector("tbody tr")?.innerText === old, first);
  await noProblems(page);
});

test("a new finding shows up, and is read out", async () => {
  page = await open(browser, `${mock.url}#/findings`);
  await page.locator(".finding").first().waitFor();
  const before = await page.locator(".finding").count();
  const finding = {
    ...mock.data.findings[0],
    id: "media-garbled",
    title: "sound is garbled",
    time: new Date().toISOString(),
  };
  mock.data.findings.unshift(finding);
  mock.tell("finding", finding);
  await page.waitForFunction((old) => document.querySelectorAll(".finding").length === old + 1, before);
  assert.equal(await text("[aria-live=polite].unseen"), "New finding: sound is garbled");
  mock.data.findings.shift();
});

test("a lost connection is seen, and ends", async () => {
  page = await open(browser, mock.url, { allow: [/Failed to load resource|ERR_/] });
  await page.locator(".health").waitFor();
  mock.fall();
  await page.locator(".banner.lost").waitFor();
  assert.match(await text(".banner"), /Connection lost/);
  assert.ok(await page.locator(".health").isVisible(), "what was known stays");
  await accessible(page);
  const { health } = mock.data.status;
  mock.data.status.health = { ...health, level: "amber" };
  mock.rise();
  await page.locator(".banner").waitFor({ state: "detached" });
  await page.locator(".health.amber").waitFor();
  mock.data.status.health = health;
  await noProblems(page);
});

test("a token or a password is asked for, sent, and kept for this tab only", async () => {
  for (const [name, secret, header] of [
    ["", "secret", "Bearer secret"],
    ["jörg", "pass:word", "Basic asO2cmc6cGFzczp3b3Jk"],
  ]) {
    mock.wantAuthorization(header);
    page = await open(browser, mock.url, { allow: [/401/] });
    const field = page.getByLabel("Token or password");
    await field.waitFor();
    await accessible(page);
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That was not accepted").waitFor();
    await field.fill(secret);
    await page.getByLabel(/^Name/).fill(name);
    await page.keyboard.press("Enter");
    await page.locator(".health").waitFor();
    assert.equal(await page.locator("dialog[open]").count(), 0);
    const kept = await page.evaluate(() => [Object.values(sessionStorage), Object.keys(localStorage)]);
    assert.deepEqual(kept, [[header], []]);
    await noProblems(page);
    await page.context().close();
  }
  mock.wantAuthorization(null);
});

test("evidence is saved with names hidden, unless one says otherwise", async () => {
  page = await open(browser, mock.url + oneWay);
  const save = async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /^Save/ }).click(),
    ]);
    return [download.suggestedFilename(), await readFile(await download.path(), "utf8")];
  };
  await page.getByRole("button", { name: /^Save/ }).waitFor();
  assert.deepEqual(await save(), ["evidence.masked.pcapng", "pcapng, mask=1"]);
  await page.getByLabel(/with real numbers/).check();
  assert.deepEqual(await save(), ["evidence.pcapng", "pcapng, mask=0"]);
  await noProblems(page);
});

test("a call that is gone is said to be gone", async () => {
  page = await open(browser, `${mock.url}#/calls/nobody%40nowhere`, { allow: [/404/] });
  await page.getByText("No such call is remembered").waitFor();
  await accessible(page);
});

test("the keyboard reaches everything in order, and can skip the navigation", async () => {
  page = await open(browser, `${mock.url}#/findings`);
  await page.locator(".finding").first().waitFor();
  const names = [];
  for (let step = 0; step < 8; ++step) {
    await page.keyboard.press("Tab");
    names.push(
      await page.evaluate(
        () => document.activeElement?.innerText?.trim() || document.activeElement?.getAttribute("aria-label"),
      ),
    );
  }
  assert.deepEqual(names.slice(0, 7), [
    "Skip to the content",
    "vialens",
    "Overview",
    "Calls",
    "Findings",
    "Phones",
    "Capture",
  ]);
  assert.match(names[7], /colours/);
  await page.reload();
  await page.locator(".finding").first().waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "MAIN");
  assert.match(page.url(), /#\/findings$/, "and stays in the view");
});
