import { expect, test } from "vitest";

import { SseParser } from "../../src/api/sse";

const stream =
  ': hello\n\nid: 7\nevent: finding\ndata: {"a":\ndata: 1}\n\ndata:x\r\n\r\nevent: lonely\n\nid: 8\nevent: status\ndata: {}\n\n';

test("events come whole, however the bytes are cut", () => {
  for (let size = 1; size <= stream.length; ++size) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.push(stream.slice(at, at + size)));
    expect(events).toEqual([
      { type: "finding", data: '{"a":\n1}', id: "7" },
      { type: "message", data: "x", id: "7" },
      { type: "status", data: "{}", id: "8" },
    ]);
  }
});

test("a line that never ends is given up", () => {
  const parser = new SseParser();
  const piece = "x".repeat(1024 * 1024);
  expect(() => {
    for (let times = 0; times < 6; ++times) parser.push(piece);
  }).toThrow();
});
