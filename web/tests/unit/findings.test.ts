import { expect, test } from "vitest";

import type { Finding } from "../../src/api/types";
import { latestOfEach } from "../../src/findings";

test("one card for each kind, the gravest first, and last what goes on no more", () => {
  const of = (id: string, time: string, verdict: string | null = null) => ({ id, time, verdict }) as Finding;
  const latestFirst = [
    of("nat-timeout", "5"),
    of("alg-via-params", "4"),
    of("alg-contact", "3"),
    of("media-none", "2"),
    of("alg-contact", "2"),
    of("media-none", "1", "because"),
  ];
  expect(latestOfEach(latestFirst, ["media-none", "alg-contact", "alg-via-params"]).map((each) => each.id + each.time)).toEqual([
    "media-none1",
    "alg-contact3",
    "alg-via-params4",
    "nat-timeout5",
  ]);
});
