import type { Call, Page, Status } from "../api/types";
import { useLive } from "../live";
import { apiPath } from "../route";
import { Filters, idsToChoose, sideChoice, timeChoice } from "../ui/filters";
import { Empty, ErrorNote, Loading, Pager } from "../ui/parts";
import { CallTable } from "./call_table";

const known = ["state", "finding", "side", "subscriber", "since", "until", "cursor"] as const;
const stateChoice = {
  name: "state",
  label: "State",
  any: "live and over",
  options: [
    ["live", "live"],
    ["over", "over"],
    ["failed", "failed"],
    ["unanswered", "unanswered"],
  ] as [string, string][],
};

export function CallsView({ query, status }: { query: Record<string, string>; status: Status | null }) {
  const { data, error } = useLive<Page<Call>>(
    apiPath("api/v1/calls", query, known, { limit: "50" }),
    ["call", "finding"],
    2000,
  );
  return (
    <>
      <h1 tabIndex={-1}>Calls</h1>
      <Filters
        base="calls"
        query={query}
        choices={[stateChoice, sideChoice, timeChoice]}
        ids={idsToChoose(status?.summary.findings, query["finding"])}
        text={{ name: "subscriber", label: "Number or name", hint: "part of it" }}
      />
      <ErrorNote error={error} />
      {!data && !error && <Loading />}
      {data && data.items.length === 0 && (
        <Empty title="No such call">
          Calls show up here when their first INVITE is seen. Fewer filters may show more.
        </Empty>
      )}
      {data && data.items.length > 0 && <CallTable calls={data.items} caption="Calls, the latest first" />}
      {data && <Pager base="calls" query={query} next={data.next} />}
    </>
  );
}
