// The two versions of a message, line against line.
import { diffArrays, diffWordsWithSpace } from "diff";

/** A piece of a line; `other` where the other version has something else. */
export interface Piece {
  text: string;
  other: boolean;
}

/** A stretch of a message: one line that both versions have, or what each has in its place. */
export type Block = { same: string } | { before: Piece[][]; after: Piece[][] };

// A SIP message is some kilobytes at most; what is longer is shown cut.
export const longestText = 16_384;
const longestLine = 2_000;
// What differs in more than these is not looked into: that is no rewrite, but another message.
const mostLines = 400;
const mostWords = 100;

export function linesOf(text: string): string[] {
  const lines = text.slice(0, longestText).split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map(visible);
}

/** Characters that would not be seen, or would turn the text around, as their code. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function pieces(before: string, after: string): [Piece[], Piece[]] {
  const whole: [Piece[], Piece[]] = [[{ text: before, other: true }], [{ text: after, other: true }]];
  if (before.length > longestLine || after.length > longestLine) return whole;
  const parts = diffWordsWithSpace(before, after, { maxEditLength: mostWords });
  if (!parts) return whole;
  return [
    parts.filter((part) => !part.added).map((part) => ({ text: part.value, other: part.removed })),
    parts.filter((part) => !part.removed).map((part) => ({ text: part.value, other: part.added })),
  ];
}

function block(before: string[], after: string[]): Block {
  const left: Piece[][] = [];
  const right: Piece[][] = [];
  for (let line = 0; line < Math.max(before.length, after.length); ++line) {
    const [one, two] = [before[line], after[line]];
    if (one !== undefined && two !== undefined && line < mostWords) {
      const [a, b] = pieces(one, two);
      left.push(a);
      right.push(b);
    } else {
      if (one !== undefined) left.push([{ text: one, other: true }]);
      if (two !== undefined) right.push([{ text: two, other: true }]);
    }
  }
  return { before: left, after: right };
}

export function diffMessages(before: string, after: string): Block[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  const parts = diffArrays(left, right, { maxEditLength: mostLines });
  if (!parts) return [block(left, right)];
  const blocks: Block[] = [];
  for (let at = 0; at < parts.length; ++at) {
    const part = parts[at];
    if (!part) continue;
    if (!part.added && !part.removed) {
      blocks.push(...part.value.map((same) => ({ same })));
      continue;
    }
    const next = parts[at + 1];
    const joins = next !== undefined && (part.removed ? next.added : next.removed);
    const values = joins ? [part, next] : [part];
    blocks.push(
      block(values.find((each) => each.removed)?.value ?? [], values.find((each) => each.added)?.value ?? []),
    );
    if (joins) ++at;
  }
  return blocks;
}

/** From `start` on, in so many characters. Where something is left out, dots stand. */
export function cut(text: string, longest: number, start = 0): string {
  const end = start + longest;
  return `${start > 0 ? "… " : ""}${text.slice(start, end)}${text.length > end ? " …" : ""}`;
}

/** As `cut`, each of two values of one field: what is left out is never the first place where they differ. */
export function cutBoth(before: string, after: string, longest: number): [string, string] {
  let same = 0;
  while (same < before.length && before[same] === after[same]) ++same;
  const lead = Math.floor(longest / 3);
  const rest = Math.max(before.length, after.length) - longest;
  const start = rest > 0 && same > longest / 2 ? Math.min(same - lead, rest) : 0;
  return [cut(before, longest, start), cut(after, longest, start)];
}
