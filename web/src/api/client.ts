// Requests to the server that this page came from, and to no other.
import { Store } from "../store";

const key = "vialens-authorization";

/** The Authorization header, kept until the tab is closed; null if none was needed so far. */
export const authorization = new Store<string | null>(sessionStorage.getItem(key));

/** Whether the server refused what it was given, so that a person must be asked. */
export const accessWanted = new Store(false);

/** A token, or with a name its password (RFC 6750, RFC 7617). */
export function setAccess(name: string, secret: string): void {
  const pair = new TextEncoder().encode(`${name}:${secret}`);
  const value = name === "" ? `Bearer ${secret}` : `Basic ${btoa(String.fromCharCode(...pair))}`;
  sessionStorage.setItem(key, value);
  accessWanted.set(false);
  authorization.set(value);
}

/** What the server said against a request, in a sentence to show. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A request with what opens the API, if that is known. Throws ApiError for every answer that is not 2xx, and if none comes. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const sent = authorization.value;
  if (sent !== null) headers.set("Authorization", sent);
  let response: Response;
  try {
    // "omit": with a challenge the browser would ask for a password itself, and knows nothing of tokens.
    response = await fetch(path, { ...init, headers, cache: "no-cache", redirect: "error", credentials: "omit" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "vialens does not answer. Is it still running, and is this device still in its network?");
  }
  if (response.ok) return response;
  if (response.status === 401) {
    // Somebody may have typed it since.
    if (sent === authorization.value) accessWanted.set(true);
    throw new ApiError(401, "vialens wants a token or a password.");
  }
  throw new ApiError(response.status, await sentenceOf(response));
}

async function sentenceOf(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null && "error" in body && typeof body.error === "string")
      return body.error;
  } catch {
    // no JSON: a proxy in between may have answered
  }
  return `vialens answered with ${response.status}.`;
}

export async function getText(path: string, signal: AbortSignal): Promise<string> {
  const response = await request(path, { signal, headers: { Accept: "application/json" } });
  return response.text();
}

/** Saves what `path` answers as a file, with what a plain link could not send. */
export async function download(path: string, name: string): Promise<void> {
  const response = await request(path);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
