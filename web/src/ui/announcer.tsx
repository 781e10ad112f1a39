import { useEffect, useState } from "preact/hooks";

import { onEvent } from "../api/events";
import type { Finding } from "../api/types";

/** Reads new findings out to who cannot see them come: warnings and worse, and no more than one every few seconds. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    let last = 0;
    return onEvent((type, data) => {
      if (type !== "finding" || Date.now() - last < 5000) return;
      const finding = data as Partial<Finding>;
      if (finding.severity === "info" || typeof finding.title !== "string") return;
      last = Date.now();
      setText(`New finding: ${finding.title}`);
    });
  }, []);
  return (
    <div class="unseen" aria-live="polite">
      {text}
    </div>
  );
}
