import { beforeAll, expect, test, vi } from "vitest";

let parseRoute: typeof import("../../src/route").parseRoute;
let href: typeof import("../../src/route").href;
let apiPath: typeof import("../../src/route").apiPath;

beforeAll(async () => {
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => {});
  ({ parseRoute, href, apiPath } = await import("../../src/route"));
});

test.each(["a84b4c76e66710@192.168.1.23", "with/slash", "100%", "a?b#c", `"><script>`, "ünïcode", " "])(
  "the call %s has a link that leads to it",
  (id) => {
    expect(parseRoute(href(["calls", id])).path).toEqual(["calls", id]);
  },
);

test("a person may type anything", () => {
  expect(parseRoute("")).toEqual({ path: [], query: {} });
  expect(parseRoute("#calls")).toEqual({ path: ["calls"], query: {} });
  expect(parseRoute("#/calls/%E0%A4%A").path).toEqual(["calls", "%E0%A4%A"]);
  expect(parseRoute("#/findings?finding=alg&since=2h").query).toEqual({ finding: "alg", since: "2h" });
});

test("empty filters leave no trace", () => {
  expect(href(["findings"], { finding: "", side: undefined, since: null })).toBe("#/findings");
  expect(href(["findings"], { finding: "alg,media" })).toBe("#/findings?finding=alg%2Cmedia");
});

test("the API is asked only for what it knows", () => {
  expect(apiPath("api/v1/calls", { state: "live", odd: "1", finding: "" }, ["state", "finding"], { limit: "50" })).toBe(
    "api/v1/calls?limit=50&state=live",
  );
});
