// Small pieces that several views are made of.
import type { ComponentChildren } from "preact";

import type { Level, Severity } from "../api/types";
import { hostOf, party, plural, severityWord, timeOfDay } from "../format";
import { href } from "../route";
import { Icon } from "./icons";

export function Time({ time }: { time: string }) {
  return (
    <time dateTime={time} title={`${time.replace("T", " ").replace("Z", "")} UTC`}>
      {timeOfDay(time)}
    </time>
  );
}

export function SeverityBadge({ severity }: { severity: Severity }) {
  const icon = severity === "critical" ? "red" : severity === "warning" ? "amber" : "info";
  return (
    <span class={`badge ${severity}`}>
      <Icon name={icon} />
      {severityWord[severity]}
    </span>
  );
}

export function LevelMark({ level }: { level: Level }) {
  return (
    <span class={`level ${level}`} aria-hidden="true">
      <Icon name={level} />
    </span>
  );
}

/** Somebody, by number and host. Anything may stand in a URI, so it is only ever shown as text. */
export function Party({ uri }: { uri: string }) {
  const host = hostOf(uri);
  return (
    <span class="party" title={uri}>
      <bdi class="who">{party(uri)}</bdi>
      {host && <bdi class="host">{host}</bdi>}
    </span>
  );
}

/** The ids in a table; where there is no room for them, how many they are. */
export function FindingIds({ ids }: { ids: string[] }) {
  const shown = ids.filter((id) => !id.startsWith("note-")).slice(0, 4);
  const rest = ids.length - shown.length;
  if (ids.length === 0) return <span class="quiet">none</span>;
  if (shown.length === 0) return <span class="quiet">{plural(rest, "note")}</span>;
  return (
    <>
      <span class="ids wide">
        {shown.map((id) => (
          <a key={id} class="id" href={href(["findings"], { finding: id })}>
            {id}
          </a>
        ))}
        {rest > 0 && <span class="quiet">+{rest}</span>}
      </span>
      <span class="narrow">{ids.length}</span>
    </>
  );
}

export function ErrorNote({ error }: { error: Error | null }) {
  if (!error) return null;
  return (
    <p class="note error" role="alert">
      <Icon name="amber" />
      <span>{error.message}</span>
    </p>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      Asking vialens …
    </p>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

export function Pager({ base, query, next }: { base: string; query: Record<string, string>; next: string | null }) {
  if (!next && !query["cursor"]) return null;
  const { cursor, ...rest } = query;
  return (
    <nav class="pager" aria-label="Pages">
      {cursor && (
        <a class="button" href={href([base], rest)}>
          Latest
        </a>
      )}
      {next && (
        <a class="button" href={href([base], { ...rest, cursor: next })}>
          Earlier
        </a>
      )}
    </nav>
  );
}
