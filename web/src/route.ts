// Where we are, in the part of the address behind the #: the server gives one file, and every view has a link.
import { Store } from "./store";

export interface Route {
  /** Decoded segments: ["calls", "a@b"]. Empty for the overview. */
  path: string[];
  query: Record<string, string>;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** "#/calls/a%40b?x=1" as a route. Takes anything that a person may type. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const mark = text.indexOf("?");
  const path = (mark < 0 ? text : text.slice(0, mark))
    .split("/")
    .filter((segment) => segment !== "")
    .map(decoded);
  const query = Object.fromEntries(new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)));
  return { path, query };
}

/** The other way round. Empty values are left out. */
export function href(path: string[], query: Record<string, string | null | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** What the API wants of `query`: only the names that it knows, so that a stray one is no error. */
export function apiPath(
  base: string,
  query: Record<string, string>,
  known: readonly string[],
  fixed: Record<string, string> = {},
): string {
  const asked = new URLSearchParams(fixed);
  for (const name of known) {
    const value = query[name];
    if (value) asked.set(name, value);
  }
  const text = asked.toString();
  return text ? `${base}?${text}` : base;
}

export const route = new Store<Route>(parseRoute(location.hash));
addEventListener("hashchange", () => route.set(parseRoute(location.hash)));
