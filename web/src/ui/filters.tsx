// The filters of a list. What is chosen stands in the address, so that it can be sent to somebody.
import type { ComponentChildren } from "preact";

import { families } from "../format";
import { href } from "../route";

export interface Choice {
  name: string;
  label: string;
  any: string;
  options: [value: string, text: string][];
}

interface Props {
  base: string;
  query: Record<string, string>;
  choices: Choice[];
  /** Ids of findings that exist, if they can be filtered by. */
  ids?: string[];
  text?: { name: string; label: string; hint: string };
}

export const timeChoice: Choice = {
  name: "since",
  label: "Time",
  any: "any time",
  options: [
    ["15m", "last 15 minutes"],
    ["1h", "last hour"],
    ["24h", "last 24 hours"],
    ["7d", "last 7 days"],
  ],
};

export const sideChoice: Choice = {
  name: "side",
  label: "Side",
  any: "any side",
  options: [
    ["lan", "LAN"],
    ["wan", "WAN"],
    ["server", "server"],
  ],
};

export function Filters({ base, query, choices, ids, text }: Props) {
  const change = (name: string, value: string) => {
    const { cursor: _, ...rest } = query;
    location.hash = href([base], { ...rest, [name]: value });
  };
  const any = Object.entries(query).some(([name, value]) => name !== "cursor" && value !== "");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text) change(text.name, String(new FormData(event.currentTarget as HTMLFormElement).get(text.name) ?? ""));
  };
  return (
    <form class="filters" role="search" aria-label="Filters" onSubmit={submit}>
      {ids && (
        <Select
          name="finding"
          label="Finding"
          any="any finding"
          value={query["finding"] ?? ""}
          change={change}
          options={[]}
        >
          <optgroup label="Families">
            {Object.entries(families).map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </optgroup>
          <optgroup label="Seen here">
            {ids.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </optgroup>
        </Select>
      )}
      {choices.map((choice) => (
        <Select key={choice.name} {...choice} value={query[choice.name] ?? ""} change={change} />
      ))}
      {text && (
        <div class="field">
          <label for={`filter-${text.name}`}>{text.label}</label>
          <input
            type="search"
            id={`filter-${text.name}`}
            name={text.name}
            defaultValue={query[text.name] ?? ""}
            key={query[text.name] ?? ""}
            placeholder={text.hint}
            spellcheck={false}
            onChange={(event) => change(text.name, event.currentTarget.value)}
          />
        </div>
      )}
      {any && (
        <a class="button quiet-button" href={href([base])}>
          Clear
        </a>
      )}
    </form>
  );
}

interface SelectProps extends Choice {
  value: string;
  change: (name: string, value: string) => void;
  children?: ComponentChildren;
}

function Select({ name, label, any, options, value, change, children }: SelectProps) {
  return (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <select
        id={`filter-${name}`}
        name={name}
        value={value}
        onChange={(event) => change(name, event.currentTarget.value)}
      >
        <option value="">{any}</option>
        {children}
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The ids to choose from: those that were found, and the one that is chosen, whatever it is. */
export function idsToChoose(found: Record<string, number> | undefined, chosen: string | undefined): string[] {
  const ids = new Set(Object.keys(found ?? {}));
  if (chosen && !(chosen in families)) ids.add(chosen);
  return [...ids].sort();
}
