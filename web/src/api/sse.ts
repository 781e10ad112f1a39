// Server-sent events as text (WHATWG HTML 9.2.6). EventSource cannot send a token, so the page reads them itself.

export interface ServerEvent {
  type: string;
  data: string;
  id: string | null;
}

// An event is one JSON object in a line; more than this without an end is no event of ours.
const longest = 4 * 1024 * 1024;

export class SseParser {
  #rest = "";
  #type = "";
  #data: string[] = [];
  #id: string | null = null;

  /** What `text` completes. Throws if the stream cannot be one of events. */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > longest) throw new Error("an event without end");
    for (const line of lines) {
      const event = this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event) events.push(event);
    }
    return events;
  }

  #take(line: string): ServerEvent | null {
    if (line === "") {
      const event = { type: this.#type || "message", data: this.#data.join("\n"), id: this.#id };
      const complete = this.#data.length > 0;
      this.#type = "";
      this.#data = [];
      return complete ? event : null;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "event") this.#type = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }
}
