import { useId, useState } from "preact/hooks";

import type { Ladder, LadderRow } from "../api/types";
import { visible } from "../diff";
import { duration, plural, secondsBetween, timeWithMillis } from "../format";
import { columnsOf, distinct, insideOf, insideWord, sentenceOf, versionsOf } from "../ladder";
import { BeforeAfter } from "../ui/finding_card";
import { MessageDiff } from "./message_diff";

const rowsAtOnce = 100;
const changesShown = 12;

interface Props {
  ladder: Ladder;
  showFinding: (id: string) => void;
}

export function LadderDiagram({ ladder, showFinding }: Props) {
  const [limit, setLimit] = useState(rowsAtOnce);
  const [repeats, setRepeats] = useState(true);
  const { rows, dropped } = ladder;
  if (rows.length === 0) return <p class="quiet">No message of it is remembered.</p>;
  const repeated = rows.filter((row) => row.repeat_of !== null).length;
  const wanted = repeats ? rows : rows.filter((row) => row.repeat_of === null);
  const both = rows.some((row) => row.lan) && rows.some((row) => row.wan);
  const columns = columnsOf(rows);
  const first = rows[0]?.time ?? "";
  return (
    <>
      <p class="ladder-tools">
        <span class="quiet">
          {plural(rows.length, "message")}. Open one to read it as it was on both sides of the router.
        </span>
        {repeated > 0 && (
          <label>
            <input type="checkbox" checked={repeats} onChange={(event) => setRepeats(event.currentTarget.checked)} />{" "}
            show {plural(repeated, "repeat")}
          </label>
        )}
      </p>
      {dropped > 0 && (
        <p class="note">{plural(dropped, "older message was", "older messages were")} forgotten to bound the memory.</p>
      )}
      <div class={`ladder ${both ? "" : "one-sided"}`}>
        <div class="ladder-head" aria-hidden="true">
          <span class="time" />
          <Column name="Phone" address={columns.phone} />
          <Column name="LAN" address="router" />
          <Column name="WAN" address={columns.router} />
          <Column name="Provider" address={columns.provider} />
        </div>
        <ol class="rungs" aria-label="Messages in the order of time">
          {wanted.slice(0, limit).map((row) => (
            <Rung
              key={row.number}
              row={row}
              both={both}
              since={secondsBetween(first, row.time)}
              showFinding={showFinding}
            />
          ))}
        </ol>
      </div>
      {wanted.length > limit && (
        <button type="button" class="button" onClick={() => setLimit(limit + rowsAtOnce)}>
          Show {Math.min(rowsAtOnce, wanted.length - limit)} more of {wanted.length - limit}
        </button>
      )}
    </>
  );
}

function Column({ name, address }: { name: string; address: string }) {
  return (
    <span class={`column ${name.toLowerCase()}`}>
      <b>{name}</b>
      <small title={address}>{address}</small>
    </span>
  );
}

interface RungProps {
  row: LadderRow;
  both: boolean;
  since: number;
  showFinding: (id: string) => void;
}

function Rung({ row, both, since, showFinding }: RungProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const inside = insideOf(row);
  const changes = distinct(row.changes);
  const word = insideWord(row, both);
  return (
    <li
      class={`rung ${row.direction ?? "aside"} ${inside} ${row.repeat_of !== null ? "repeat" : ""} ${row.refusal ? "refusal" : ""}`}
    >
      <button
        type="button"
        class="rung-head"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <span class="unseen">{sentenceOf(row, both)}</span>
        <span class="time" aria-hidden="true">
          {timeWithMillis(row.time)}
          <small>+{duration(since)}</small>
        </span>
        <span class="caption" aria-hidden="true">
          {visible(row.summary)}
        </span>
        <span class="lanes" aria-hidden="true">
          <i class="line phone" />
          <i class="line provider" />
          <i class="box" />
          {row.lan && <Arrow place="lan" text={row.summary} />}
          {word && <span class="inside">{word}</span>}
          {row.wan && <Arrow place="wan" text={row.summary} />}
        </span>
      </button>
      {(changes.length > 0 || row.findings.length > 0 || row.repeat_of !== null) && (
        <div class="rung-notes">
          {row.repeat_of !== null && <span class="quiet">repeat of {row.repeat_of}</span>}
          {changes.length > 0 && row.repeat_of === null && (
            <ul class="changes" aria-label="What the router changed">
              {changes.slice(0, changesShown).map((change, index) => (
                <li key={index}>
                  <b>{change.where}</b>
                  <BeforeAfter before={change.before} after={change.after} />
                </li>
              ))}
              {changes.length > changesShown && (
                <li class="quiet">and {changes.length - changesShown} more: open the message</li>
              )}
            </ul>
          )}
          {row.findings.length > 0 && (
            <span class="ids">
              {row.findings.map((finding) => (
                <button key={finding} type="button" class="id" onClick={() => showFinding(finding)}>
                  {finding}
                </button>
              ))}
            </span>
          )}
        </div>
      )}
      {open && (
        <div class="rung-text" id={id}>
          <p class="quiet where">
            {row.lan && (
              <span>
                LAN: {row.lan.src} → {row.lan.dst}
              </span>
            )}
            {row.wan && (
              <span>
                WAN: {row.wan.src} → {row.wan.dst}
              </span>
            )}
            {row.transit_ms !== null && <span>{row.transit_ms} ms in the router</span>}
          </p>
          <MessageDiff {...versionsOf(row)} />
        </div>
      )}
    </li>
  );
}

function Arrow({ place, text }: { place: "lan" | "wan"; text: string }) {
  return (
    <span class={`arrow ${place}`}>
      <span class="arrow-text">{visible(text)}</span>
      <i class="shaft" />
    </span>
  );
}
