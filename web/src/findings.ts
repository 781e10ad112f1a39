// Which findings stand for all, and in which order.
import type { Finding } from "./api/types";

/**
 * One card for each kind, the gravest first, as `ids` has them: the same fault in fifty calls is one thing to repair.
 * What is not among those goes on no more, and stands behind them.
 */
export function latestOfEach(findings: Finding[], ids: string[]): Finding[] {
  const kinds = new Map<string, Finding>();
  for (const finding of findings) {
    const known = kinds.get(finding.id);
    if (!known || (known.verdict === null && finding.verdict !== null)) kinds.set(finding.id, finding);
  }
  const place = ({ id }: Finding) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
  return [...kinds.values()].sort((a, b) => place(a) - place(b));
}

/** For each finding, whether its remedy has not been told by one before it. */
export function newRemedies(findings: Finding[]): boolean[] {
  const told = new Set<string>();
  return findings.map(({ remedy }) => {
    const fresh = remedy !== null && !told.has(remedy);
    if (remedy !== null) told.add(remedy);
    return fresh;
  });
}
