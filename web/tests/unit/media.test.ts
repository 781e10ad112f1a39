import { expect, test } from "vitest";

import type { Direction, MediaHistory, Stream } from "../../src/api/types";
import { hearings, inWords, seriesOf, sideOf } from "../../src/media";

const taps = [
  { tap: "lan", interface: "br-lan", side: "lan" as const },
  { tap: "uplink", interface: "eth1", side: "wan" as const },
];

function stream(tap: string, direction: Direction, packets: number, lost = 0): Stream {
  return {
    tap,
    direction,
    src: "a",
    dst: "b",
    ssrc: "00000001",
    codec: "PCMA",
    packets,
    lost,
    duplicates: 0,
    reordered: 0,
    jitter_ms: 1,
    max_gap_ms: 20,
    mos: 4,
  };
}

const verdicts = (...media: Stream[]) => hearings(media, taps).map((each) => each.verdict);

test("a tap is known by its name, that of its interface, or its side", () => {
  expect(["lan", "uplink", "eth1", "wan", "other"].map((name) => sideOf(name, taps))).toEqual([
    "lan",
    "wan",
    "wan",
    "wan",
    "unknown",
  ]);
});

test("who hears whom follows from what was seen on both sides", () => {
  expect(
    verdicts(
      stream("lan", "out", 100),
      stream("uplink", "out", 100),
      stream("uplink", "in", 100),
      stream("lan", "in", 100),
    ),
  ).toEqual(["flows", "flows"]);
  expect(verdicts(stream("lan", "out", 100))).toEqual(["stops", "nothing"]);
  expect(verdicts(stream("uplink", "in", 100))).toEqual(["nothing", "stops"]);
  expect(verdicts(stream("uplink", "out", 100), stream("uplink", "in", 95, 5), stream("lan", "in", 95, 5))).toEqual([
    "appears",
    "lossy",
  ]);
  expect(verdicts()).toEqual(["nothing", "nothing"]);
});

test("with one side in sight nothing is said of the other", () => {
  const one = hearings([stream("x", "out", 10)], [{ tap: "x", interface: "x", side: "wan" }]);
  expect(one.map((each) => [each.verdict, each.lan])).toEqual([
    ["flows", null],
    ["nothing", null],
  ]);
  expect(hearings([], []).map((each) => each.verdict)).toEqual(["unknown", "unknown"]);
});

function history(tap: string, ssrc: string): MediaHistory {
  return {
    tap,
    direction: "out",
    src: "a",
    dst: "b",
    ssrc,
    codec: null,
    samples: [0, 4].map((lost, index) => ({
      time: `2026-11-21T08:49:3${index}.000000Z`,
      seconds: 2,
      packets: 100 - lost,
      lost,
      jitter_ms: null,
      mos: 4.2 - lost / 10,
    })),
  };
}

test("series are named by side, and by source where a side has several", () => {
  expect(seriesOf([history("uplink", "b"), history("lan", "a")], "out", taps).map((each) => each.label)).toEqual([
    "LAN side",
    "WAN side",
  ]);
  expect(seriesOf([history("lan", "a"), history("lan", "b")], "out", taps).map((each) => each.label)).toEqual([
    "LAN side, a",
    "LAN side, b",
  ]);
  expect(seriesOf([history("lan", "a")], "in", taps)).toEqual([]);
});

test("a plot is said in words", () => {
  const series = seriesOf([history("lan", "a")], "out", taps);
  expect(inWords(series, "loss", " %")).toBe("LAN side: 0.0 to 4.0 %, mean 2.0 %");
  expect(inWords(series, "jitter", " ms")).toBe("LAN side: not known");
});
