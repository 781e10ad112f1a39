// What the page shows came from a network, and may be written by anybody: it is text, and never markup.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const files = [...readdirSync(new URL("src", root), { recursive: true }), "../plain/plain.js"]
  .map(String)
  .filter((name) => /\.(tsx?|js)$/.test(name));

test.each(files)("%s makes no markup of text", (name) => {
  const text = readFileSync(new URL(`src/${name}`, root), "utf8");
  expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?:\/\//);
});
