import type { Call, Finding, Page, Status } from "../api/types";
import { latestOfEach, newRemedies } from "../findings";
import { count, plural, secondsBetween, duration } from "../format";
import { useLive } from "../live";
import { href } from "../route";
import { FindingCard } from "../ui/finding_card";
import { Icon } from "../ui/icons";
import { ErrorNote, LevelMark, Loading } from "../ui/parts";
import { CallTable } from "./call_table";
import { TapTable } from "./taps";

const levelWord = { green: "Healthy", amber: "Needs a look", red: "Trouble", unknown: "Nothing seen yet" } as const;

export function OverviewView({ status, error }: { status: Status | null; error: Error | null }) {
  const live = useLive<Page<Call>>("api/v1/calls?state=live&limit=6", ["call", "finding"]);
  const findings = useLive<Page<Finding>>("api/v1/findings?limit=30", ["finding"]);
  if (!status) {
    return (
      <>
        <h1 tabIndex={-1} class="unseen">
          Overview
        </h1>
        {error ? <ErrorNote error={error} /> : <Loading />}
      </>
    );
  }
  const worst = latestOfEach(findings.data?.items ?? [], status.health.findings).slice(0, 3);
  const fresh = newRemedies(worst);
  const lost = status.summary.taps.reduce((sum, tap) => sum + tap.lost, 0);
  return (
    <>
      <h1 tabIndex={-1} class="unseen">
        Overview
      </h1>
      <ErrorNote error={error} />
      <HealthCard status={status} />
      <dl class="tiles">
        <Tile name="Live calls" value={status.calls_live} to={href(["calls"], { state: "live" })} />
        <Tile name="Phones registered" value={status.registrations_live} to={href(["registrations"])} />
        <Tile
          name="Kinds of finding"
          value={Object.keys(status.summary.findings).filter((id) => !id.startsWith("note-")).length}
          to={href(["findings"])}
        />
        <Tile name="Packets missed" value={lost} to={href(["taps"])} alarm={lost > 0} />
      </dl>
      <div class="columns">
        <section aria-labelledby="worst">
          <div class="section-head">
            <h2 id="worst">What was found</h2>
            <a href={href(["findings"])}>All findings</a>
          </div>
          {worst.length === 0 ? (
            <p class="quiet">{findings.data ? "Nothing so far." : "…"}</p>
          ) : (
            worst.map((finding, index) => (
              <FindingCard
                key={`${finding.id}${finding.call_id}${finding.aor}`}
                finding={finding}
                level={3}
                about
                remedy={finding.remedy !== status.health.remedy && (fresh[index] ?? true)}
              />
            ))
          )}
        </section>
        <div>
          <section aria-labelledby="crossed">
            <h2 id="crossed">What the router does to SIP</h2>
            <Crossings status={status} />
          </section>
          <Guess status={status} />
        </div>
      </div>
      <section aria-labelledby="live">
        <div class="section-head">
          <h2 id="live">Live calls</h2>
          <a href={href(["calls"])}>All calls</a>
        </div>
        <ErrorNote error={live.error} />
        {live.data && live.data.items.length > 0 ? (
          <CallTable calls={live.data.items} caption="Live calls" />
        ) : (
          <p class="quiet">Nobody is on the phone.</p>
        )}
      </section>
      <section aria-labelledby="seen">
        <div class="section-head">
          <h2 id="seen">Where packets are seen</h2>
          <span class="quiet">running for {duration(secondsBetween(status.started, status.now))}</span>
        </div>
        <TapTable taps={status.summary.taps} />
      </section>
    </>
  );
}

function HealthCard({ status: { health, ready } }: { status: Status }) {
  return (
    <section class={`health ${health.level}`} aria-labelledby="health" aria-live="polite">
      <LevelMark level={health.level} />
      <div>
        <h2 id="health" class="health-level">
          {levelWord[health.level]}
        </h2>
        <p class="health-sentence">{health.sentence}</p>
        {health.remedy && (
          <p class="health-remedy">
            <Icon name="wrench" />
            <span>
              <b>What to do.</b> {health.remedy}
            </span>
          </p>
        )}
        {!ready && <p class="health-remedy">Not every interface is being watched yet: see Capture.</p>}
        {health.findings.length > 0 && (
          <p class="ids">
            {health.findings.slice(0, 6).map((id) => (
              <a key={id} class="id" href={href(["findings"], { finding: id })}>
                {id}
              </a>
            ))}
          </p>
        )}
      </div>
    </section>
  );
}

function Tile({ name, value, to, alarm = false }: { name: string; value: number; to: string; alarm?: boolean }) {
  return (
    <div class={`tile ${alarm ? "alarm" : ""}`}>
      <dt>{name}</dt>
      <dd>
        <a href={to} aria-label={`${name}: ${count(value)}`}>
          {count(value)}
        </a>
      </dd>
    </div>
  );
}

function Crossings({ status }: { status: Status }) {
  const { unchanged, harmless, incomplete, broken, unmatched } = status.summary.crossings;
  const parts = [
    { name: "unchanged", value: unchanged, meaning: "passed as they came" },
    { name: "changed", value: harmless, meaning: "rewritten, and whole" },
    { name: "incomplete", value: incomplete, meaning: "rewritten in part" },
    { name: "broken", value: broken, meaning: "unusable after it" },
    { name: "one-side", value: unmatched, meaning: "on one side only" },
  ];
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  if (total === 0) return <p class="quiet">No message has been seen on both sides of the router yet.</p>;
  return (
    <>
      <div class="bar" aria-hidden="true">
        {parts.map(
          (part) =>
            part.value > 0 && (
              <span key={part.name} class={part.name} style={{ flexGrow: Math.max(part.value / total, 0.012) }} />
            ),
        )}
      </div>
      <ul class="legend" aria-label={`Of ${plural(total, "message")}`}>
        {parts.map((part) => (
          <li key={part.name} class={part.name}>
            <b>{count(part.value)}</b> {part.meaning}
          </li>
        ))}
      </ul>
    </>
  );
}

function Guess({ status }: { status: Status }) {
  const likeliest = status.summary.alg[0];
  if (!likeliest || likeliest.confidence < 0.5) return null;
  return (
    <section aria-labelledby="guess" class="guess">
      <h2 id="guess">Which ALG this looks like</h2>
      <p>
        <b>{likeliest.title}</b> <span class="quiet">({Math.round(likeliest.confidence * 100)} %, a guess)</span>
      </p>
      <p>{likeliest.remedy}</p>
    </section>
  );
}
