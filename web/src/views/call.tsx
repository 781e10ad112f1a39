import { useEffect, useState } from "preact/hooks";

import { download } from "../api/client";
import type { Call, CallDetail, Registration, Tap } from "../api/types";
import { newRemedies } from "../findings";
import { callStateWord, duration, isLive, party, registrationStateWord, secondsBetween } from "../format";
import { useLive } from "../live";
import { href } from "../route";
import { FindingCard } from "../ui/finding_card";
import { Icon } from "../ui/icons";
import { ErrorNote, Loading, Party, Time } from "../ui/parts";
import { LadderDiagram } from "./ladder";
import { HearingDiagram, MediaPlots, StreamTable } from "./media";

const cardsAtMost = 100; // there are some sixty kinds
const anchor = (id: string) => `finding-${id}`;

function showFinding(id: string): void {
  const card = document.getElementById(anchor(id));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  card?.focus({ preventScroll: true });
}

/** One call, or one registration, whole. */
export function CallView({ id, taps }: { id: string; taps: Tap[] }) {
  const path = `api/v1/calls/${encodeURIComponent(id)}`;
  const [live, setLive] = useState(true);
  // "status" comes every second: it is what tells that the media of a live call has gone on.
  const { data, error } = useLive<CallDetail>(
    path,
    ["call", "finding", "registration", ...(live ? ["status"] : [])],
    3000,
  );
  const over = data !== null && !(data.call && isLive(data.call));
  useEffect(() => setLive(!over), [over]);
  const findings = data?.findings ?? []; // the gravest first
  const fresh = newRemedies(findings);
  const title = data?.call
    ? `${party(data.call.from)} → ${party(data.call.to)}`
    : data?.registration
      ? party(data.registration.aor)
      : "Call";
  useEffect(() => {
    document.title = `${title} · vialens`;
  }, [title]);
  return (
    <>
      <p class="crumb">
        <a href={href([data?.registration ? "registrations" : "calls"])}>{data?.registration ? "Phones" : "Calls"}</a>
      </p>
      <header class="call-head">
        {/* One heading before and after the data has come: it has the focus. */}
        <h1 tabIndex={-1}>
          <Title data={data} />
        </h1>
        {data?.call && <CallFacts call={data.call} />}
        {data?.registration && <RegistrationFacts registration={data.registration} />}
      </header>
      {!data && !error && <Loading />}
      <ErrorNote error={error} />
      {data && (
        <>
          {data.call && (data.call.media.length > 0 || data.call.answered !== null) && (
            <section aria-labelledby="hears">
              <h2 id="hears">Who hears whom</h2>
              <HearingDiagram media={data.call.media} taps={taps} />
            </section>
          )}
          <section aria-labelledby="found">
            <h2 id="found">What was found</h2>
            {findings.length === 0 ? (
              <p class="quiet">Nothing. What passed the router was not changed in a way that matters.</p>
            ) : (
              <div class="finding-grid">
                {findings.slice(0, cardsAtMost).map((finding, index) => (
                  <FindingCard
                    key={`${finding.id}${index}`}
                    finding={finding}
                    level={3}
                    id={anchor(finding.id)}
                    remedy={fresh[index] ?? true}
                  />
                ))}
              </div>
            )}
          </section>
          <section aria-labelledby="ladder">
            <h2 id="ladder">Message by message</h2>
            <LadderDiagram ladder={data.ladder} showFinding={showFinding} />
          </section>
          {data.call && data.call.media.length > 0 && (
            <section aria-labelledby="media">
              <h2 id="media">Sound over time</h2>
              <MediaPlots media={data.media} taps={taps} />
              <StreamTable media={data.call.media} taps={taps} />
            </section>
          )}
          <EvidenceSection path={path} />
        </>
      )}
    </>
  );
}

function Title({ data }: { data: CallDetail | null }) {
  if (data?.call) {
    return (
      <>
        <Party uri={data.call.from} />
        <span class="between">
          <span class="unseen"> calls </span>
          <span aria-hidden="true">→</span>
        </span>
        <Party uri={data.call.to} />
      </>
    );
  }
  if (data?.registration) {
    return (
      <>
        Registration of <Party uri={data.registration.aor} />
      </>
    );
  }
  return <>Call</>;
}

function CallFacts({ call }: { call: Call }) {
  return (
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>
          <span class={`state ${isLive(call) ? "live" : call.state}`}>{callStateWord[call.state]}</span>
        </dd>
      </div>
      <div>
        <dt>Started</dt>
        <dd>
          <Time time={call.started} />
        </dd>
      </div>
      {call.setup_ms !== null && (
        <div>
          <dt>Answered after</dt>
          <dd>{duration(call.setup_ms / 1000)}</dd>
        </div>
      )}
      {call.answered !== null && call.ended !== null && (
        <div>
          <dt>Talked</dt>
          <dd>{duration(secondsBetween(call.answered, call.ended))}</dd>
        </div>
      )}
      {call.end_reason !== null && (
        <div>
          <dt>Ended by</dt>
          <dd>{call.end_reason}</dd>
        </div>
      )}
      <div class="long">
        <dt>Call-ID</dt>
        <dd class="code">{call.call_id}</dd>
      </div>
    </dl>
  );
}

function RegistrationFacts({ registration }: { registration: Registration }) {
  return (
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>
          <span class={`state ${registration.state}`}>{registrationStateWord[registration.state]}</span>
        </dd>
      </div>
      <div>
        <dt>Last heard</dt>
        <dd>
          <Time time={registration.last_seen} />
        </dd>
      </div>
      {registration.reason !== null && (
        <div>
          <dt>Answer</dt>
          <dd>{registration.reason}</dd>
        </div>
      )}
      <div class="long">
        <dt>Contact</dt>
        <dd class="code">{registration.contact ?? "—"}</dd>
      </div>
    </dl>
  );
}

function EvidenceSection({ path }: { path: string }) {
  const [plain, setPlain] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const save = () => {
    setProblem(null);
    download(
      `${path}/evidence.pcapng?mask=${plain ? 0 : 1}`,
      plain ? "evidence.pcapng" : "evidence.masked.pcapng",
    ).catch((error: unknown) => setProblem(error instanceof Error ? error : new Error(String(error))));
  };
  return (
    <section aria-labelledby="evidence" class="evidence-file">
      <h2 id="evidence">Evidence to send to somebody</h2>
      <p>One file for Wireshark with both sides of the router; each finding stands beside the packet that proves it.</p>
      <p class="actions">
        <button type="button" class="primary" onClick={save}>
          <Icon name="save" /> Save {plain ? "as it was" : "with names hidden"}
        </button>
        <label>
          <input type="checkbox" checked={plain} onChange={(event) => setPlain(event.currentTarget.checked)} /> with
          real numbers, names and addresses
        </label>
      </p>
      <ErrorNote error={problem} />
    </section>
  );
}
