import { useEffect, useMemo, useState } from "preact/hooks";

import type { MediaHistory, Stream, Tap } from "../api/types";
import { count, lossPercent, percent, plural } from "../format";
import { type Hearing, hearings, seriesOf, sideOf } from "../media";

type PlotComponent = typeof import("./plot").default;

/** Who hears whom: one line for each direction, from mouth to ear. */
export function HearingDiagram({ media, taps }: { media: Stream[]; taps: Tap[] }) {
  return (
    <ul class="hearings">
      {hearings(media, taps).map((hearing) => (
        <li key={hearing.direction} class={`hearing ${hearing.direction} ${hearing.verdict}`}>
          <p class="hearing-sentence">{hearing.sentence}</p>
          <Way hearing={hearing} />
        </li>
      ))}
    </ul>
  );
}

function Way({ hearing: { direction, lan, wan, verdict } }: { hearing: Hearing }) {
  const told = (passage: Hearing["lan"]) =>
    passage
      ? passage.packets > 0
        ? `${plural(passage.packets, "packet")}, ${percent(passage.loss)}\u00a0lost`
        : "no packet"
      : "not watched";
  const dead = (passage: Hearing["lan"]) => passage !== null && passage.packets === 0;
  return (
    <p class={`way ${direction}`}>
      <span class="station">Phone</span>
      <span class={`leg ${dead(lan) ? "dead" : ""}`}>
        <small>{told(lan)}</small>
        <i aria-hidden="true" />
      </span>
      <span class={`station router ${verdict === "stops" ? "stops" : ""}`}>Router</span>
      <span class={`leg ${dead(wan) ? "dead" : ""}`}>
        <small>{told(wan)}</small>
        <i aria-hidden="true" />
      </span>
      <span class="station">Provider</span>
    </p>
  );
}

const directions = [
  ["out", "Phone to provider"],
  ["in", "Provider to phone"],
  [null, "Between others"],
] as const;

/** Loss, jitter and MOS over time. The plotting library comes when there is something to plot. */
export function MediaPlots({ media, taps }: { media: MediaHistory[]; taps: Tap[] }) {
  const [Plot, setPlot] = useState<PlotComponent | null>(null);
  useEffect(() => {
    let wanted = true;
    import("./plot").then(
      (module) => wanted && setPlot(() => module.default),
      () => {}, // the figures below say it, too
    );
    return () => {
      wanted = false;
    };
  }, []);
  const shown = useMemo(
    () =>
      directions
        .map(([direction, name]) => ({ name, series: seriesOf(media, direction, taps) }))
        .filter((each) => each.series.length > 0),
    [media, taps],
  );
  if (!Plot) return null;
  return (
    <div class="plots">
      {shown.map(({ name, series }) => (
        <section key={name} aria-label={name} class="plot-column">
          <h3>{name}</h3>
          <Plot title="Lost, in percent" measure="loss" unit=" %" series={series} range={[0, 5]} />
          <Plot title="Jitter, in ms" measure="jitter" unit=" ms" series={series} range={[0, 10]} />
          <Plot title="Quality (MOS, 1 to 4.5)" measure="mos" unit="" series={series} range={[1, 4.5]} />
        </section>
      ))}
    </div>
  );
}

const directionWord = { out: "to the provider", in: "to the phone" };
const sideWord = { lan: "LAN", wan: "WAN", server: "server", unknown: "" };

export function StreamTable({ media, taps }: { media: Stream[]; taps: Tap[] }) {
  return (
    <div class="table-place">
      <table class="list">
        <caption class="unseen">Streams of sound, at each side of the router</caption>
        <thead>
          <tr>
            <th scope="col">Stream</th>
            <th scope="col" class="wide">
              Codec
            </th>
            <th scope="col" class="number wide">
              Packets
            </th>
            <th scope="col" class="number">
              Lost
            </th>
            <th scope="col" class="number">
              Jitter
            </th>
            <th scope="col" class="number wide">
              Longest gap
            </th>
            <th scope="col" class="number">
              MOS
            </th>
          </tr>
        </thead>
        <tbody>
          {media.map((stream) => (
            <tr key={`${stream.tap}${stream.src}${stream.dst}${stream.ssrc}`}>
              <th scope="row">
                <span class={`side ${sideOf(stream.tap, taps)}`}>
                  {sideWord[sideOf(stream.tap, taps)] || stream.tap}
                </span>{" "}
                {stream.direction ? directionWord[stream.direction] : ""}
                <span class="code quiet under wide">
                  {stream.src} → {stream.dst}
                </span>
              </th>
              <td class="wide">{stream.codec ?? "unknown"}</td>
              <td class="number wide">{count(stream.packets)}</td>
              <td class="number">{percent(lossPercent(stream.packets, stream.lost))}</td>
              <td class="number">{stream.jitter_ms === null ? "—" : `${stream.jitter_ms.toFixed(1)} ms`}</td>
              <td class="number wide">{stream.max_gap_ms === null ? "—" : `${Math.round(stream.max_gap_ms)} ms`}</td>
              <td class="number">{stream.mos === null ? "—" : stream.mos.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
