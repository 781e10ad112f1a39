// Who hears whom, and how well, from the streams of a call at both sides of the router.
import type { Direction, MediaHistory, Side, Stream, Tap } from "./api/types";
import { lossPercent } from "./format";

export type Flowing = "flows" | "lossy" | "stops" | "appears" | "nothing" | "unknown";

export interface Passage {
  packets: number;
  loss: number; // percent
}

/** One direction of a call's sound: what was seen of it at each side; null where that side is not watched. */
export interface Hearing {
  direction: "out" | "in";
  lan: Passage | null;
  wan: Passage | null;
  verdict: Flowing;
  sentence: string;
}

/** The side of a tap, by its name: a name may be that of its side already. */
export function sideOf(tap: string, taps: Pick<Tap, "tap" | "interface" | "side">[]): Side {
  const known = taps.find((each) => each.tap === tap || each.interface === tap);
  if (known && known.side !== "unknown") return known.side;
  return tap === "lan" || tap === "wan" || tap === "server" ? tap : "unknown";
}

function passage(streams: Stream[]): Passage {
  const packets = streams.reduce((sum, stream) => sum + stream.packets, 0);
  const lost = streams.reduce((sum, stream) => sum + stream.lost, 0);
  return { packets, loss: lossPercent(packets, lost) };
}

const audible = 2; // percent of loss from which people notice

function judge(from: Passage | null, to: Passage | null): Flowing {
  if (!from && !to) return "unknown";
  const entered = from?.packets ?? 0;
  const left = to?.packets ?? 0;
  if (from && to && entered > 0 && left === 0) return "stops";
  if (from && to && entered === 0 && left > 0) return "appears";
  if (entered === 0 && left === 0) return "nothing";
  return Math.max(from?.loss ?? 0, to?.loss ?? 0) >= audible ? "lossy" : "flows";
}

function sentence(direction: "out" | "in", verdict: Flowing): string {
  const [speaker, listener] = direction === "out" ? ["phone", "far side"] : ["far side", "phone"];
  switch (verdict) {
    case "flows":
      return `The ${listener} hears the ${speaker}.`;
    case "lossy":
      return `The ${listener} hears the ${speaker} with gaps.`;
    case "stops":
      return `The ${listener} hears nothing: the sound enters the router and does not leave it.`;
    case "appears":
      return `Sound of the ${speaker} leaves the router, but was not seen to enter it.`;
    case "nothing":
      return direction === "out"
        ? "The far side hears nothing: no sound left the phone."
        : "The phone hears nothing: no sound came from the provider.";
    case "unknown":
      return "Not seen.";
  }
}

/** Both directions. `sides`: which sides are watched at all. */
export function hearings(media: Stream[], taps: Pick<Tap, "tap" | "interface" | "side">[]): Hearing[] {
  const sides = new Set<Side>([...taps.map((tap) => tap.side), ...media.map((stream) => sideOf(stream.tap, taps))]);
  return (["out", "in"] as const).map((direction) => {
    const at = (side: Side) =>
      sides.has(side)
        ? passage(media.filter((stream) => stream.direction === direction && sideOf(stream.tap, taps) === side))
        : null;
    const [lan, wan] = [at("lan"), at("wan")];
    const verdict = direction === "out" ? judge(lan, wan) : judge(wan, lan);
    return { direction, lan, wan, verdict, sentence: sentence(direction, verdict) };
  });
}

export type Measure = "loss" | "jitter" | "mos";

export interface Series {
  label: string;
  side: Side;
  times: number[]; // seconds since 1970
  values: Record<Measure, (number | null)[]>;
}

const mostSeries = 4;
const mostSamples = 2000;

/** What to plot of one direction: one series for each stream, the LAN side first. */
export function seriesOf(
  media: MediaHistory[],
  direction: Direction,
  taps: Pick<Tap, "tap" | "interface" | "side">[],
): Series[] {
  const chosen = media.filter((each) => each.direction === direction && each.samples.length > 0);
  const sides = chosen.map((each) => sideOf(each.tap, taps));
  return chosen
    .map((each): Series => {
      const side = sideOf(each.tap, taps);
      const samples = each.samples.slice(-mostSamples);
      const several = sides.filter((other) => other === side).length > 1;
      const place = side === "lan" ? "LAN side" : side === "wan" ? "WAN side" : each.tap;
      return {
        label: several ? `${place}, ${each.ssrc}` : place,
        side,
        times: samples.map((sample) => Date.parse(sample.time) / 1000),
        values: {
          loss: samples.map((sample) => lossPercent(sample.packets, sample.lost)),
          jitter: samples.map((sample) => sample.jitter_ms),
          mos: samples.map((sample) => sample.mos),
        },
      };
    })
    .sort((a, b) => a.side.localeCompare(b.side))
    .slice(0, mostSeries);
}

/** "LAN side: 0 to 3.2, mean 0.4 %": what the plot shows, in words. */
export function inWords(series: Series[], measure: Measure, unit: string): string {
  return series
    .map(({ label, values }) => {
      const known = values[measure].filter((value): value is number => value !== null);
      if (known.length === 0) return `${label}: not known`;
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      return `${label}: ${Math.min(...known).toFixed(1)} to ${Math.max(...known).toFixed(1)}${unit}, mean ${mean.toFixed(1)}${unit}`;
    })
    .join("; ");
}
