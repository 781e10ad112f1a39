import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { inWords, type Measure, type Series } from "../media";
import { useTheme } from "../ui/theme";

interface Props {
  title: string;
  measure: Measure;
  unit: string;
  series: Series[];
  range: [low: number, high: number];
}

const height = 132;

function timeOnAxis(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** One measure over time, one line for each side of the router. What it shows is said in words, too. */
export default function Plot({ title, measure, unit, series, range: [low, high] }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();

  useEffect(() => {
    const target = place.current;
    if (!target) return undefined;
    const axis = {
      stroke: colour("--muted"),
      grid: { stroke: colour("--rule"), width: 1 },
      ticks: { stroke: colour("--rule"), width: 1, size: 4 },
      font: "12px system-ui, sans-serif",
    };
    const options: uPlot.Options = {
      width: Math.max(200, target.clientWidth),
      height,
      padding: [8, 26, 0, 0],
      legend: { show: true, live: true },
      cursor: { sync: { key: "media" }, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { y: { range: (_, min, max) => [Math.min(low, min ?? low), Math.max(high, max ?? high)] } },
      axes: [
        {
          ...axis,
          size: 28,
          space: 76,
          values: (_, times) => times.map((time) => (time === null ? "" : timeOnAxis(time))),
        },
        { ...axis, size: 36, space: 26 },
      ],
      series: [
        { label: "Time", value: "{HH}:{mm}:{ss}" },
        ...series.map(({ label, side }, index) => ({
          label,
          stroke: colour(side === "lan" ? "--plot-lan" : "--plot-wan"),
          width: side === "lan" ? 2.5 : 1.75,
          dash: side === "lan" && index === 0 ? undefined : [6, 3],
          points: { show: false },
          value: (_: uPlot, value: number | null) =>
            value === null ? "—" : `${value.toFixed(measure === "mos" ? 2 : 1)}${unit}`,
        })),
      ],
    };
    const tables = series.map((each): uPlot.AlignedData => [each.times, each.values[measure]]);
    const plot = new uPlot(options, uPlot.join(tables), target);
    const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(200, target.clientWidth), height }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [series, theme, measure, unit, low, high]);

  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}. ${inWords(series, measure, unit)}`} />
    </figure>
  );
}
