import { expect, test } from "vitest";

import { cut, cutBoth, diffMessages, linesOf, visible } from "../../src/diff";

const message = (contact: string, length: string) =>
  `INVITE sip:1@b SIP/2.0\r\nContact: <sip:1@${contact}>\r\nContent-Length: ${length}\r\n\r\nv=0\r\n`;

test("lines that differ stand against each other, with what differs in them", () => {
  const blocks = diffMessages(message("192.168.1.2:5060", "10"), message("203.0.113.5:5060", "10"));
  expect(blocks.map((block) => ("same" in block ? block.same : "differs"))).toEqual([
    "INVITE sip:1@b SIP/2.0",
    "differs",
    "Content-Length: 10",
    "",
    "v=0",
  ]);
  const block = blocks[1];
  if (!block || "same" in block) throw new Error("not told apart");
  const text = (pieces: { text: string }[][]) => pieces.map((line) => line.map((piece) => piece.text).join(""));
  expect(text(block.before)).toEqual(["Contact: <sip:1@192.168.1.2:5060>"]);
  expect(text(block.after)).toEqual(["Contact: <sip:1@203.0.113.5:5060>"]);
  expect(block.after[0]?.filter((piece) => piece.other).map((piece) => piece.text)).toContain("203");
  expect(block.after[0]?.some((piece) => !piece.other && piece.text.includes("Contact"))).toBe(true);
});

test("a line that was put in or taken out has nothing against it", () => {
  const blocks = diffMessages("a\r\nb\r\n", "a\r\nx\r\nb\r\n");
  expect(blocks).toEqual([{ same: "a" }, { before: [], after: [[{ text: "x", other: true }]] }, { same: "b" }]);
  expect(diffMessages("a\r\nb\r\n", "a\r\n")).toEqual([
    { same: "a" },
    { before: [[{ text: "b", other: true }]], after: [] },
  ]);
});

test("nothing is seen as what it is not", () => {
  expect(visible("a\u0000b\u202ec\u200bd")).toBe("a\\u0000b\\u202ec\\u200bd");
  expect(linesOf("a\u0007\r\n\tb\n")).toEqual(["a\\u0007", "\tb"]);
});

test("of two long values the place where they first differ is in sight", () => {
  expect(cut("abcdef", 6)).toBe("abcdef");
  expect(cut("abcdef", 4)).toBe("abcd …");
  expect(cutBoth("<sip:1@10.0.0.1>", "<sip:1@192.0.2.1>", 20)).toEqual(["<sip:1@10.0.0.1>", "<sip:1@192.0.2.1>"]);
  const lead = "v".repeat(400);
  for (const longest of [30, 100, 300]) {
    const [before, after] = cutBoth(`${lead};rport;x`, `${lead};rport=5060;x`, longest);
    expect(before).toContain(";rport;x");
    expect(after).toContain(";rport=5060;x");
    expect(before.length).toBeLessThanOrEqual(longest + 4);
    expect(before.startsWith("… v")).toBe(true);
  }
  expect(cutBoth(`a${lead}`, `b${lead}`, 5)).toEqual(["avvvv …", "bvvvv …"]);
  expect(cutBoth("", lead, 5)).toEqual(["", "vvvvv …"]);
});

test("huge and hostile texts take no time", () => {
  const noise = (seed: number) =>
    Array.from(
      { length: 60_000 },
      (_, index) => String.fromCharCode(33 + ((index * seed * 7919) % 90)) + (index % 3 ? "" : "\n"),
    ).join("");
  const start = performance.now();
  diffMessages(noise(3), noise(5));
  diffMessages("a".repeat(100_000), "b".repeat(100_000));
  expect(performance.now() - start).toBeLessThan(3000);
});
