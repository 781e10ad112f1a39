import type { Call } from "../api/types";
import { callStateWord, duration, isLive, secondsBetween } from "../format";
import { href } from "../route";
import { FindingIds, Party, Time } from "../ui/parts";

function lasted(call: Call): string {
  if (call.answered === null) return "—";
  if (call.ended === null) return "goes on";
  return duration(secondsBetween(call.answered, call.ended));
}

export function CallTable({ calls, caption }: { calls: Call[]; caption: string }) {
  return (
    <div class="table-place">
      <table class="list">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Call</th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              Started
            </th>
            <th scope="col" class="wide">
              Talked
            </th>
            <th scope="col">Findings</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <tr key={call.call_id}>
              <th scope="row">
                <a class="row-link" href={href(["calls", call.call_id])}>
                  <Party uri={call.from} />
                  <span class="between">
                    <span class="unseen">calls</span>
                    <span aria-hidden="true">→</span>
                  </span>
                  <Party uri={call.to} />
                </a>
                <span class="narrow quiet">
                  <Time time={call.started} />
                </span>
              </th>
              <td>
                <span class={`state ${isLive(call) ? "live" : call.state}`}>{callStateWord[call.state]}</span>
              </td>
              <td class="wide">
                <Time time={call.started} />
              </td>
              <td class="wide">{lasted(call)}</td>
              <td>
                <FindingIds ids={call.findings} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
