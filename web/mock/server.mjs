// A stand-in for the server of vialens, for work on the page and for its tests: node mock/server.mjs [PORT].
// It serves dist/ and the API of docs/api/openapi.yaml, from the data of data.mjs.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

import { dataset } from "./data.mjs";

const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  md: "text/markdown; charset=utf-8",
};
const secure = {
  "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** Listens on `port` (0: any that is free). `folder`: what is served as the page. Returns how to steer it from a test. */
export async function startMock({ port = 0, folder = fileURLToPath(new URL("../dist/", import.meta.url)) } = {}) {
  const data = dataset();
  const listeners = new Set();
  let authorization = null;
  let deaf = false;
  let number = 0;

  const json = (response, status, body) =>
    response.writeHead(status, { ...secure, "Content-Type": "application/json" }).end(JSON.stringify(body));

  function page(response, items, query) {
    const limit = Math.min(500, Number(query.get("limit") ?? 100));
    const from = Number(query.get("cursor") ?? 0);
    json(response, 200, {
      items: items.slice(from, from + limit),
      next: from + limit < items.length ? String(from + limit) : null,
    });
  }

  const since = (query) => {
    const match = /^(\d+)([smhd])$/.exec(query.get("since") ?? "");
    return match
      ? new Date(Date.now() - Number(match[1]) * { s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[match[2]]).toISOString()
      : "";
  };
  const wanted = (query, ids) => {
    const asked = (query.get("finding") ?? "").split(",").filter(Boolean);
    return asked.length === 0 || ids.some((id) => asked.some((each) => id === each || id.startsWith(`${each}-`)));
  };
  const subscriber = (query, ...texts) => texts.some((text) => (text ?? "").includes(query.get("subscriber") ?? ""));

  const lists = {
    calls: (query) =>
      data.calls.filter(
        (call) =>
          (query.get("state") !== "live" || call.ended === null) &&
          (query.get("state") !== "over" || call.ended !== null) &&
          wanted(query, call.findings) &&
          subscriber(query, call.from, call.to) &&
          call.started > since(query),
      ),
    findings: (query) =>
      data.findings.filter(
        (each) =>
          wanted(query, [each.id]) &&
          (!query.has("severity") || each.severity === query.get("severity")) &&
          (!query.has("side") || each.evidence.some((part) => part.tap === query.get("side"))) &&
          (!query.has("call_id") || each.call_id === query.get("call_id")) &&
          subscriber(query, each.call_id, each.aor) &&
          each.time > since(query),
      ),
    registrations: (query) =>
      data.registrations.filter(
        (each) =>
          (!query.has("state") || each.state === query.get("state")) &&
          wanted(query, each.findings) &&
          subscriber(query, each.aor) &&
          each.last_seen > since(query),
      ),
  };

  function api(request, response, path, query) {
    if (authorization !== null && request.headers.authorization !== authorization)
      return response
        .setHeader("WWW-Authenticate", 'Bearer realm="vialens", Basic realm="vialens", charset="UTF-8"')
        .writeHead(401, { ...secure, "Content-Type": "application/json" })
        .end(JSON.stringify({ error: "a token or a password is needed here" }));
    if (path === "events") {
      response.writeHead(200, { ...secure, "Content-Type": "text/event-stream" });
      response.write(": hello\n\n");
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
      return undefined;
    }
    if (path === "status") return json(response, 200, data.status);
    if (path === "taps") return json(response, 200, { items: data.status.summary.taps });
    if (lists[path]) return page(response, lists[path](query), query);
    const [, id, rest] = /^calls\/([^/]+)(\/evidence\.pcapng)?$/.exec(path) ?? [];
    const detail = id && data.details.get(decodeURIComponent(id));
    if (!detail) return json(response, 404, { error: "No such call is remembered. It may have been forgotten since." });
    if (!rest) return json(response, 200, detail);
    return response
      .writeHead(200, { ...secure, "Content-Type": "application/octet-stream" })
      .end(`pcapng, mask=${query.get("mask") ?? "0"}`);
  }

  const server = createServer((request, response) => {
    if (deaf) return request.socket.destroy();
    const url = new URL(request.url, "http://mock");
    if (url.pathname.startsWith("/api/v1/")) return api(request, response, url.pathname.slice(8), url.searchParams);
    const name = url.pathname === "/" ? "index.html" : url.pathname.slice(1);
    try {
      if (!/^[\w.]+$/.test(name)) throw new Error(name);
      const bytes = readFileSync(`${folder}/${name}`);
      return response
        .writeHead(200, { ...secure, "Content-Type": types[name.split(".").at(-1)] ?? "application/octet-stream" })
        .end(bytes);
    } catch {
      return json(response, 404, { error: "There is nothing here." });
    }
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));

  const mock = {
    url: `http://127.0.0.1:${server.address().port}/`,
    data,
    tell(type, object) {
      for (const listener of listeners)
        listener.write(`id: ${++number}\nevent: ${type}\ndata: ${JSON.stringify(object)}\n\n`);
    },
    /** Answers only who sends this Authorization header; null: everybody. */
    wantAuthorization(value) {
      authorization = value;
    },
    /** Answers nobody, and ends what is open. */
    fall() {
      deaf = true;
      for (const listener of listeners) listener.destroy();
      server.closeAllConnections();
    },
    rise() {
      deaf = false;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return mock;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock({ port: Number(process.argv[2] ?? 9760) });
  setInterval(() => {
    mock.data.status.now = new Date().toISOString();
    mock.tell("status", mock.data.status);
  }, 1000);
  console.log(mock.url);
}
