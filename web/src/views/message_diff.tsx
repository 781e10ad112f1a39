import { useMemo } from "preact/hooks";

import { diffMessages, linesOf, longestText, type Piece } from "../diff";

interface Props {
  before: string | null;
  after: string | null;
  names: [string, string];
}

/** The text of a message; where both sides of the router have one, what differs stands side by side. */
export function MessageDiff({ before, after, names }: Props) {
  const blocks = useMemo(
    () => (before !== null && after !== null ? diffMessages(before, after) : null),
    [before, after],
  );
  const cut = Math.max(before?.length ?? 0, after?.length ?? 0) > longestText;
  if (!blocks) {
    const text = before ?? after ?? "";
    return (
      <div class="message" tabIndex={0} role="region" aria-label="Text of the message">
        {linesOf(text).map((line, index) => (
          <div key={index} class="line">
            {line || "\u00a0"}
          </div>
        ))}
        {cut && <p class="quiet">The rest is left out; the evidence file has it.</p>}
      </div>
    );
  }
  const same = blocks.every((block) => "same" in block);
  return (
    <div class="message" tabIndex={0} role="region" aria-label="Text of the message on both sides">
      {same ? (
        <p class="message-names quiet">Both sides have the same text.</p>
      ) : (
        <p class="message-names">
          <span class="before">{names[0]}</span>
          <span class="after">{names[1]}</span>
        </p>
      )}
      {blocks.map((block, index) =>
        "same" in block ? (
          <div key={index} class="line">
            {block.same || "\u00a0"}
          </div>
        ) : (
          <div key={index} class="differs">
            <del>
              <Lines lines={block.before} />
            </del>
            <ins>
              <Lines lines={block.after} />
            </ins>
          </div>
        ),
      )}
      {cut && <p class="quiet">The rest is left out; the evidence file has it.</p>}
    </div>
  );
}

function Lines({ lines }: { lines: Piece[][] }) {
  if (lines.length === 0) return <span class="line absent">(not there)</span>;
  return (
    <>
      {lines.map((pieces, index) => (
        <span key={index} class="line">
          {pieces.map((piece, part) => (piece.other ? <mark key={part}>{piece.text}</mark> : piece.text))}
        </span>
      ))}
    </>
  );
}
