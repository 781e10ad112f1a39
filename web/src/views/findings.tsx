import type { Finding, Page, Status } from "../api/types";
import { useLive } from "../live";
import { apiPath } from "../route";
import { Filters, idsToChoose, sideChoice, timeChoice } from "../ui/filters";
import { FindingCard } from "../ui/finding_card";
import { Empty, ErrorNote, Loading, Pager } from "../ui/parts";

const known = [
  "finding",
  "severity",
  "confidence",
  "call_id",
  "side",
  "subscriber",
  "since",
  "until",
  "cursor",
] as const;
const severityChoice = {
  name: "severity",
  label: "Severity",
  any: "any severity",
  options: [
    ["critical", "critical"],
    ["warning", "warning"],
    ["info", "note"],
  ] as [string, string][],
};

export function FindingsView({ query, status }: { query: Record<string, string>; status: Status | null }) {
  const { data, error } = useLive<Page<Finding>>(
    apiPath("api/v1/findings", query, known, { limit: "50" }),
    ["finding"],
    2000,
  );
  return (
    <>
      <h1 tabIndex={-1}>Findings</h1>
      <Filters
        base="findings"
        query={query}
        choices={[severityChoice, sideChoice, timeChoice]}
        ids={idsToChoose(status?.summary.findings, query["finding"])}
        text={{ name: "subscriber", label: "Number or name", hint: "part of it" }}
      />
      <ErrorNote error={error} />
      {!data && !error && <Loading />}
      {data && data.items.length === 0 && (
        <Empty title="Nothing was found">That is good news, unless the filters leave it out.</Empty>
      )}
      {data && data.items.length > 0 && (
        <ol class="cards" aria-label="Findings, the latest first">
          {data.items.map((finding, index) => (
            <li key={`${finding.time}${finding.id}${finding.call_id}${finding.aor}${index}`}>
              <FindingCard finding={finding} level={2} about />
            </li>
          ))}
        </ol>
      )}
      {data && <Pager base="findings" query={query} next={data.next} />}
    </>
  );
}
