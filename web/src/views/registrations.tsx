import type { Page, Registration, Status } from "../api/types";
import { registrationStateWord } from "../format";
import { useLive } from "../live";
import { apiPath, href } from "../route";
import { Filters, idsToChoose, timeChoice } from "../ui/filters";
import { Empty, ErrorNote, FindingIds, Loading, Pager, Party, Time } from "../ui/parts";

const known = ["state", "finding", "subscriber", "since", "until", "cursor"] as const;
const stateChoice = {
  name: "state",
  label: "State",
  any: "any state",
  options: Object.entries(registrationStateWord).map(([value, text]): [string, string] => [value, text.toLowerCase()]),
};

export function RegistrationsView({ query, status }: { query: Record<string, string>; status: Status | null }) {
  const { data, error } = useLive<Page<Registration>>(
    apiPath("api/v1/registrations", query, known, { limit: "50" }),
    ["registration", "finding"],
    2000,
  );
  return (
    <>
      <h1 tabIndex={-1}>Phones and their registrations</h1>
      <Filters
        base="registrations"
        query={query}
        choices={[stateChoice, timeChoice]}
        ids={idsToChoose(status?.summary.findings, query["finding"])}
        text={{ name: "subscriber", label: "Number or name", hint: "part of it" }}
      />
      <ErrorNote error={error} />
      {!data && !error && <Loading />}
      {data && data.items.length === 0 && (
        <Empty title="No registration was seen">
          Phones register every few minutes to an hour; one that is switched on does so at once.
        </Empty>
      )}
      {data && data.items.length > 0 && <RegistrationTable registrations={data.items} />}
      {data && <Pager base="registrations" query={query} next={data.next} />}
    </>
  );
}

function RegistrationTable({ registrations }: { registrations: Registration[] }) {
  return (
    <div class="table-place">
      <table class="list">
        <caption class="unseen">Registrations, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              Contact
            </th>
            <th scope="col" class="wide">
              Last heard
            </th>
            <th scope="col">Findings</th>
          </tr>
        </thead>
        <tbody>
          {registrations.map((each) => (
            <tr key={each.aor}>
              <th scope="row">
                {each.call_id ? (
                  <a class="row-link" href={href(["calls", each.call_id])}>
                    <Party uri={each.aor} />
                  </a>
                ) : (
                  <Party uri={each.aor} />
                )}
                <span class="narrow quiet">
                  <Time time={each.last_seen} />
                </span>
              </th>
              <td>
                <span class={`state ${each.state}`}>{registrationStateWord[each.state]}</span>
                {each.reason && <span class="reason">{each.reason}</span>}
              </td>
              <td class="wide code">{each.contact ?? "—"}</td>
              <td class="wide">
                <Time time={each.last_seen} />
              </td>
              <td>
                <FindingIds ids={each.findings} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
