import { useEffect, useState } from "preact/hooks";

import { ApiError, authorization, getText } from "./api/client";
import { onEvent } from "./api/events";
import { Store } from "./store";

export interface Answer<T> {
  data: T | null;
  /** Why `data` is missing, or older than it should be. */
  error: ApiError | null;
}

/** Fetches `path`, and again when an event for which `concerns` is true says that the answer changed. */
export class LiveQuery<T> {
  readonly answer = new Store<Answer<T>>({ data: null, error: null });
  #stop = new AbortController();
  #text = "";
  #running = false;
  #again = false;
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void)[];

  constructor(
    private readonly path: string,
    concerns: (type: string, data: unknown) => boolean,
    private readonly pause: number,
  ) {
    this.#unsubscribe = [
      onEvent((type, data) => {
        if (type === "gap" || concerns(type, data)) this.#soon();
      }),
      authorization.subscribe(() => this.#soon()),
    ];
    this.#soon();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stop.abort();
  }

  #soon(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + this.pause - Date.now());
    this.#timer = setTimeout(() => void this.#fetch(), wait);
  }

  async #fetch(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#again = false;
    this.#last = Date.now();
    try {
      const text = await getText(this.path, this.#stop.signal);
      // What did not change is not drawn again: plots keep their cursor, and open texts their place.
      if (text !== this.#text || this.answer.value.error) this.answer.set({ data: JSON.parse(text) as T, error: null });
      this.#text = text;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const told =
        error instanceof ApiError ? error : new ApiError(0, "vialens answered with something that is no JSON.");
      // A call that is no longer there must not look as if it were.
      const gone = told.status === 404 || told.status === 400;
      this.answer.set({ data: gone ? null : this.answer.value.data, error: told.status === 401 ? null : told });
    }
    this.#running = false;
    if (this.#again) this.#soon();
  }
}

/** The answer to `path`, kept fresh while the component is on the page. `types`: the events that may change it. */
export function useLive<T>(path: string, types: string[], pause = 1000): Answer<T> {
  const [shown, setShown] = useState<{ path: string; answer: Answer<T> } | null>(null);
  const listed = types.join(",");
  useEffect(() => {
    const wanted = listed.split(",");
    const query = new LiveQuery<T>(path, (type) => wanted.includes(type), pause);
    const unsubscribe = query.answer.subscribe((answer) => setShown({ path, answer }));
    return () => {
      unsubscribe();
      query.close();
    };
  }, [path, listed, pause]);
  return shown?.path === path ? shown.answer : { data: null, error: null };
}
