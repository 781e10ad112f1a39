import { expect, test } from "vitest";

import type { LadderRow, Sighting } from "../../src/api/types";
import { columnsOf, distinct, insideWord, sentenceOf, versionsOf } from "../../src/ladder";

const sighting = (src: string, dst: string, text: string): Sighting => ({
  time: "2026-11-21T08:49:35.439525Z",
  tap: "x",
  src,
  dst,
  text,
});

function row(values: Partial<LadderRow>): LadderRow {
  return {
    number: 3,
    time: "2026-11-21T08:49:35.439525Z",
    direction: "out",
    summary: "INVITE sdp",
    method: "INVITE",
    status: null,
    cseq: 1,
    refusal: false,
    lan: sighting("phone", "provider", "as sent"),
    wan: sighting("router", "provider", "as left"),
    transit_ms: 0.1,
    grade: "unchanged",
    repeat_of: null,
    changes: [],
    findings: [],
    ...values,
  };
}

const contact = { field: "contact", where: "Contact", before: "a", after: "b" };

test("what came first is before, whichever way it went", () => {
  expect(versionsOf(row({}))).toMatchObject({ before: "as sent", after: "as left" });
  expect(versionsOf(row({ direction: "in" }))).toMatchObject({ before: "as left", after: "as sent" });
  expect(versionsOf(row({ wan: null }))).toMatchObject({ before: "as sent", after: null });
});

test("the middle of a row says what the router did", () => {
  expect(insideWord(row({}), true)).toBe("unchanged");
  expect(insideWord(row({ grade: "incomplete", changes: [contact, contact] }), true)).toBe("2 changed in part");
  expect(insideWord(row({ wan: null, grade: null, findings: ["alg-dropped"] }), true)).toBe("did not leave");
  expect(insideWord(row({ direction: "in", lan: null, grade: null, findings: ["alg-dropped"] }), true)).toBe(
    "did not arrive",
  );
});

test("no loss is claimed without a finding, and nothing where one side is not watched", () => {
  expect(insideWord(row({ wan: null, grade: null }), true)).toBe("LAN only");
  expect(insideWord(row({ wan: null, grade: null, findings: ["note-retransmission"] }), true)).toBe("LAN only");
  expect(insideWord(row({ wan: null, grade: null, findings: ["alg-dropped"] }), false)).toBe("");
});

test("a row is a sentence for those who do not see arrows", () => {
  const said = sentenceOf(
    row({ grade: "harmless", changes: [contact, { ...contact, after: "c" }], repeat_of: 1 }),
    true,
  );
  expect(said).toMatch(
    /^3\. \d\d:49:35\.439: INVITE sdp, from the phone to the provider, repeat of 1, changed by the router: Contact\.$/,
  );
});

test("the same change is told once", () => {
  expect(distinct([contact, contact, { ...contact, before: null }])).toHaveLength(2);
});

test("the columns have the addresses of the ends", () => {
  expect(columnsOf([row({})])).toEqual({ phone: "phone", router: "router", provider: "provider" });
  expect(
    columnsOf([
      row({ direction: "in", lan: sighting("provider", "phone", ""), wan: sighting("provider", "router", "") }),
    ]),
  ).toEqual({ phone: "phone", router: "router", provider: "provider" });
  expect(columnsOf([])).toEqual({ phone: "", router: "", provider: "" });
});
