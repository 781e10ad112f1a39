// What a row of the ladder says, apart from how it is drawn.
import type { Change, LadderRow } from "./api/types";
import { gradeWord, timeWithMillis } from "./format";

/** What happened between the two sides of the router. */
export type Inside = "unchanged" | "harmless" | "incomplete" | "broken" | "lan-only" | "wan-only";

export function insideOf(row: LadderRow): Inside {
  if (!row.wan) return "lan-only";
  if (!row.lan) return "wan-only";
  return row.grade ?? (row.changes.length > 0 ? "harmless" : "unchanged");
}

/** In a word or two, for the middle of the row. `both`: whether both sides are watched at all. */
export function insideWord(row: LadderRow, both: boolean): string {
  const inside = insideOf(row);
  const alarm = row.findings.some((id) => !id.startsWith("note-"));
  if (inside === "lan-only") return !both ? "" : row.direction === "out" && alarm ? "did not leave" : "LAN only";
  if (inside === "wan-only") return !both ? "" : row.direction === "in" && alarm ? "did not arrive" : "WAN only";
  if (row.changes.length > 0) return `${row.changes.length} ${gradeWord[inside]}`;
  return gradeWord[inside];
}

/** The whole row in one sentence, for those who do not see the arrows. */
export function sentenceOf(row: LadderRow, both: boolean): string {
  const way =
    row.direction === "out"
      ? "from the phone to the provider"
      : row.direction === "in"
        ? "from the provider to the phone"
        : "";
  const parts = [`${row.number}. ${timeWithMillis(row.time)}: ${row.summary}`, way];
  if (row.repeat_of !== null) parts.push(`repeat of ${row.repeat_of}`);
  const inside = insideOf(row);
  if (inside === "lan-only") parts.push(both ? "seen on the LAN side only" : "");
  else if (inside === "wan-only") parts.push(both ? "seen on the WAN side only" : "");
  else if (row.changes.length > 0)
    parts.push(
      `${gradeWord[inside]} by the router: ${[...new Set(row.changes.map((change) => change.where))].join(", ")}`,
    );
  else parts.push("unchanged by the router");
  return `${parts.filter(Boolean).join(", ")}.`;
}

/** A message as it entered the router and as it left it. */
export function versionsOf(row: LadderRow): { before: string | null; after: string | null; names: [string, string] } {
  const inward = row.direction === "in";
  return {
    before: (inward ? row.wan : row.lan)?.text ?? null,
    after: (inward ? row.lan : row.wan)?.text ?? null,
    names: inward
      ? ["As the provider sent it", "As the phone got it"]
      : ["As the phone sent it", "As it left the router"],
  };
}

/** Changes that differ in nothing but their place are one. */
export function distinct(changes: Change[]): Change[] {
  const seen = new Set<string>();
  return changes.filter((change) => {
    const key = JSON.stringify([change.where, change.before, change.after]);
    return !seen.has(key) && seen.add(key);
  });
}

/** The addresses at the four columns, of the first row that shows them. */
export function columnsOf(rows: LadderRow[]): { phone: string; router: string; provider: string } {
  const lan = rows.find((row) => row.lan && row.direction);
  const wan = rows.find((row) => row.wan && row.direction);
  const out = (row: LadderRow | undefined) => row?.direction === "out";
  return {
    phone: (out(lan) ? lan?.lan?.src : lan?.lan?.dst) ?? "",
    router: (out(wan) ? wan?.wan?.src : wan?.wan?.dst) ?? "",
    provider: (out(wan) ? wan?.wan?.dst : wan?.wan?.src) ?? "",
  };
}
