import type { Evidence, Finding } from "../api/types";
import { cut, cutBoth } from "../diff";
import { confidenceWord, party } from "../format";
import { href } from "../route";
import { SeverityBadge, Time } from "./parts";

const longest = 300;

/** Before and after, as text that a screen reader tells apart, too. */
export function BeforeAfter({ before, after }: { before: string | null; after: string | null }) {
  const [from, to] = cutBoth(before ?? "", after ?? "", longest);
  return (
    <span class="before-after">
      {before !== null && (
        <del>
          <span class="unseen">before: </span>
          <bdi>{from}</bdi>
        </del>
      )}
      {before !== null && after !== null && <span class="to" aria-hidden="true" />}
      {after !== null && (
        <ins>
          <span class="unseen">after: </span>
          <bdi>{to}</bdi>
        </ins>
      )}
    </span>
  );
}

function EvidenceList({ evidence }: { evidence: Evidence[] }) {
  return (
    <ul class="evidence">
      {evidence.slice(0, 20).map((each, index) => (
        <li key={index}>
          <span class="evidence-what">
            <bdi>{cut(each.message, longest)}</bdi> (CSeq {each.cseq}) at <bdi>{each.tap}</bdi>
            {each.field && (
              <>
                {" "}
                · <b>{each.field}</b>
              </>
            )}
          </span>
          <BeforeAfter before={each.before} after={each.after} />
        </li>
      ))}
    </ul>
  );
}

interface Props {
  finding: Finding;
  /** Which heading it has: 2 in a list, 3 below a heading of its own. */
  level: 2 | 3;
  /** Whether to say which call or registration it is about. */
  about?: boolean;
  /** Whether to say what to do; once is enough where it is the same for several. */
  remedy?: boolean;
  id?: string;
}

export function FindingCard({ finding, level, about = false, remedy = true, id }: Props) {
  const Heading = level === 2 ? "h2" : "h3";
  const causes = finding.causes.filter((cause) => cause !== finding.id);
  return (
    <article class={`finding ${finding.severity}`} id={id} tabIndex={id ? -1 : undefined}>
      <div class="finding-head">
        <Heading>{finding.title}</Heading>
        <SeverityBadge severity={finding.severity} />
        <span class="confidence" title={`Confidence ${finding.confidence.toFixed(2)}`}>
          {confidenceWord(finding.confidence)}
        </span>
      </div>
      {finding.verdict && <p class="verdict">{finding.verdict}</p>}
      <p class="detail">{finding.detail}</p>
      {remedy && finding.remedy && (
        <p class="remedy">
          <b>What to do.</b> {finding.remedy}
        </p>
      )}
      {finding.evidence.length > 0 && (
        <details>
          <summary>What proves it</summary>
          <EvidenceList evidence={finding.evidence} />
        </details>
      )}
      <p class="finding-foot">
        <a class="id" href={href(["findings"], { finding: finding.id })}>
          {finding.id}
        </a>
        <Time time={finding.time} />
        {about && finding.call_id !== null && <a href={href(["calls", finding.call_id])}>Show the call</a>}
        {about && finding.aor !== null && (
          <a href={href(["registrations"], { subscriber: finding.aor })}>Registration of {party(finding.aor)}</a>
        )}
        {causes.length > 0 && <span>because of {causes.join(", ")}</span>}
        {finding.rfc.length > 0 && <span>RFC {finding.rfc.slice(0, 3).join(", ")}</span>}
      </p>
    </article>
  );
}
