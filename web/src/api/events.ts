// What happens, as it happens: one connection for the whole page, opened again when it breaks.
import { Store } from "../store";
import { ApiError, authorization, request } from "./client";
import { type ServerEvent, SseParser } from "./sse";

/** open: events come. lost: nobody answers, another try follows. polling: no room for this page, it asks now and then. */
export type Connection = "connecting" | "open" | "lost" | "polling";

export const connection = new Store<Connection>("connecting");

const silence = 40_000; // the server says something every 15 s
const poll = 10_000;
const hiddenFor = 60_000; // a tab that nobody looks at gives its place to others

type Listener = (type: string, data: unknown) => void;
const listeners = new Set<Listener>();

/** Tells `listener` each event; "gap" where some may be missing, and all should be read anew. Returns how to stop. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(type: string, data: unknown): void {
  for (const listener of [...listeners]) listener(type, data);
}

function tellEvent(event: ServerEvent): void {
  let data: unknown;
  try {
    data = JSON.parse(event.data);
  } catch {
    tell("gap", null);
    return;
  }
  tell(event.type, data);
}

let lastId: string | null = null;

/** Reads events until the connection ends, and throws where it does not end well. */
async function listen(stop: AbortController): Promise<void> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId !== null) headers["Last-Event-ID"] = lastId;
  let watchdog = setTimeout(() => stop.abort(), silence);
  try {
    const response = await request("api/v1/events", { headers, signal: stop.signal });
    if (!response.body) throw new ApiError(0, "no events");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new SseParser();
    connection.set("open");
    tell("gap", null);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => stop.abort(), silence);
      for (const event of parser.push(value)) {
        if (event.id !== null) lastId = event.id;
        tellEvent(event);
      }
    }
  } finally {
    clearTimeout(watchdog);
  }
}

function sleep(milliseconds: number): { done: Promise<void>; wake: () => void } {
  let wake = () => {};
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { done, wake };
}

/** Keeps the connection for as long as the page is open. */
export async function keepListening(): Promise<never> {
  let stop = new AbortController();
  let wake = () => {};
  let hidden: ReturnType<typeof setTimeout> | undefined;
  authorization.subscribe(() => {
    stop.abort();
    wake();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => stop.abort(), hiddenFor);
    else wake();
  });
  for (let failures = 0; ;) {
    stop = new AbortController();
    let pause = 1000;
    try {
      await listen(stop);
      failures = 0;
      if (!document.hidden) connection.set("lost");
    } catch (error) {
      const status = error instanceof ApiError ? error.status : -1;
      if (status === 503) {
        connection.set("polling");
        tell("gap", null);
        pause = poll;
      } else if (status === 401) {
        pause = 3_600_000; // what is typed wakes it
      } else {
        if (connection.value === "open") failures = 0;
        if (!document.hidden) connection.set("lost");
        failures += 1;
        pause = Math.min(15_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
      }
    }
    const rest = sleep(document.hidden ? 3_600_000 : pause);
    wake = rest.wake;
    await rest.done;
  }
}
