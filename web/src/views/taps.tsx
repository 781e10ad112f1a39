import type { Status, Tap } from "../api/types";
import { count, duration, secondsBetween } from "../format";
import { ErrorNote, Loading } from "../ui/parts";

const sideWord = { lan: "LAN", wan: "WAN", server: "server", unknown: "unknown" } as const;
const directionWord = { in: "comes in", out: "goes out", unknown: "both ways" } as const;

export function TapsView({ status, error }: { status: Status | null; error: Error | null }) {
  return (
    <>
      <h1 tabIndex={-1}>Capture</h1>
      <ErrorNote error={error} />
      {!status && !error && <Loading />}
      {status && (
        <>
          <p class="lead">
            vialens {status.version} has been watching for {duration(secondsBetween(status.started, status.now))}.{" "}
            {status.ready ? "Every interface is being watched." : "Not every interface is being watched yet."}
          </p>
          <TapTable taps={status.summary.taps} />
          <h2>Where packets end</h2>
          <OutcomeTable taps={status.summary.taps} />
          <h2>Tables</h2>
          <p class="quiet">Each has a limit, so that memory has one. What was evicted is no longer known.</p>
          <div class="table-place">
            <table class="list">
              <caption class="unseen">Tables and how full they are</caption>
              <thead>
                <tr>
                  <th scope="col">Table</th>
                  <th scope="col" class="number">
                    Entries
                  </th>
                  <th scope="col" class="number">
                    Limit
                  </th>
                  <th scope="col" class="number">
                    Evicted
                  </th>
                </tr>
              </thead>
              <tbody>
                {status.tables.map((table) => (
                  <tr key={table.table}>
                    <th scope="row">{table.table.replaceAll("_", " ")}</th>
                    <td class="number">{count(table.entries)}</td>
                    <td class="number">{count(table.capacity)}</td>
                    <td class={`number ${table.evictions > 0 ? "alarm" : ""}`}>{count(table.evictions)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </>
  );
}

export function TapTable({ taps }: { taps: Tap[] }) {
  return (
    <div class="table-place">
      <table class="list">
        <caption class="unseen">Taps: where packets are seen</caption>
        <thead>
          <tr>
            <th scope="col">Interface</th>
            <th scope="col">Side</th>
            <th scope="col">Hook</th>
            <th scope="col" class="number wide">
              Packets
            </th>
            <th scope="col" class="number">
              Missed
            </th>
          </tr>
        </thead>
        <tbody>
          {taps.map((tap, index) => (
            <tr key={index}>
              <th scope="row">
                <span class="code">{tap.interface}</span> <span class="quiet">{directionWord[tap.direction]}</span>
              </th>
              <td>
                <span class={`side ${tap.side}`}>{sideWord[tap.side]}</span>
              </td>
              <td class="code">{tap.hook}</td>
              <td class="number wide">{count(tap.packets)}</td>
              <td class={`number ${tap.lost > 0 ? "alarm" : ""}`}>{count(tap.lost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OutcomeTable({ taps }: { taps: Tap[] }) {
  const outcomes = [...new Set(taps.flatMap((tap) => Object.keys(tap.outcomes)))].sort();
  return (
    <div class="table-place scroll" tabIndex={0} role="region" aria-label="Outcomes of packets at each tap">
      <table class="list">
        <caption class="unseen">Outcomes of packets at each tap</caption>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            {taps.map((tap, index) => (
              <th key={index} scope="col" class="number">
                {tap.interface} {tap.direction === "unknown" ? "" : tap.direction}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outcomes.map((outcome) => (
            <tr key={outcome}>
              <th scope="row" class="code">
                {outcome}
              </th>
              {taps.map((tap, index) => (
                <td key={index} class={`number ${outcome.startsWith("lost") && tap.outcomes[outcome] ? "alarm" : ""}`}>
                  {count(tap.outcomes[outcome] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
