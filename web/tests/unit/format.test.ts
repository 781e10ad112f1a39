import { describe, expect, test } from "vitest";

import {
  confidenceWord,
  duration,
  hostOf,
  lossPercent,
  micros,
  party,
  percent,
  secondsBetween,
  timeOfDay,
} from "../../src/format";

test("times keep their microseconds", () => {
  expect(micros("2026-11-21T08:49:35.439525Z") % 1e6).toBe(439525);
  expect(secondsBetween("2026-11-21T08:49:35.439421Z", "2026-11-21T08:49:35.543476Z")).toBeCloseTo(0.104055, 9);
  expect(secondsBetween("1999-12-31T23:59:59.999999Z", "2000-01-01T00:00:00.000001Z")).toBeCloseTo(0.000002, 9);
});

test("the day stands before a time that is not of today", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  expect(timeOfDay("2026-11-21T11:00:00.000000Z", now)).toMatch(/^\d\d:00:00$/);
  expect(timeOfDay("2026-11-11T11:00:00.000000Z", now)).toMatch(/^11 Nov/);
  expect(timeOfDay("no time", now)).toBe("—");
});

test.each([
  [0.104, "0.104 s"],
  [4.26, "4.3 s"],
  [59.4, "59 s"],
  [65, "1 min 5 s"],
  [7380, "2 h 3 min"],
  [200_000, "2 d 7 h"],
  [-1, "—"],
  [Number.NaN, "—"],
])("%s seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

describe("a SIP URI", () => {
  test.each([
    ["sip:100@192.168.77.10:5060", "100", "192.168.77.10:5060"],
    ["sips:alice@example.com;transport=tls", "alice", "example.com"],
    ["sip:registrar.example", "registrar.example", ""],
    ["tel:+4930123", "+4930123", ""],
    ["", "unknown", ""],
    ["<script>", "<script>", ""],
  ])("%s is %s at %s", (uri, who, host) => {
    expect(party(uri)).toBe(who);
    expect(hostOf(uri)).toBe(host);
  });
});

test("loss is a part of what should have come", () => {
  expect(lossPercent(98, 2)).toBe(2);
  expect(lossPercent(0, 0)).toBe(0);
  expect(percent(0)).toBe("0\u00a0%");
  expect(percent(0.01)).toBe("<\u00a00.1\u00a0%");
  expect(percent(0.44)).toBe("0.4\u00a0%");
  expect(percent(12.3)).toBe("12\u00a0%");
});

test("confidence has the words of docs/findings.md", () => {
  expect([0.99, 0.95, 0.94, 0.8, 0.5, 0.49].map(confidenceWord)).toEqual([
    "proven",
    "proven",
    "strong",
    "strong",
    "likely",
    "hint",
  ]);
});
