// Ladders as vialens makes them, from pairs of messages.

const header = (text, name) =>
  text
    .split("\r\n")
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    ?.slice(name.length + 1)
    .trim() ?? null;

const findingOf = {
  Via: "alg-via",
  Contact: "alg-contact",
  From: "alg-from-to",
  To: "alg-from-to",
  "Request-URI": "alg-request-uri",
  "SDP o=": "alg-sdp-origin",
  "SDP c=": "alg-sdp-address",
  "SDP m=": "alg-sdp-port",
  "Content-Length": "alg-content-length",
};

const kindOf = { "SDP o=": "sdp_origin", "SDP c=": "sdp_connection", "SDP m=": "sdp_media_port" };

function fieldsOf(text) {
  const fields = { "Request-URI": /^[A-Z]+ (\S+) SIP\/2\.0/.exec(text)?.[1] ?? null };
  for (const name of ["Via", "From", "To", "Contact", "Content-Length"]) fields[name] = header(text, name);
  for (const name of ["o", "c", "m"])
    fields[`SDP ${name}=`] = new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1]?.trim() ?? null;
  return fields;
}

export const iso = (micros) =>
  `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 20)}${String(Math.floor(micros % 1e6)).padStart(6, "0")}Z`;

/** `steps`: [{direction, lan, wan, grade?, findings?, repeat_of?}], where lan and wan are {micros, src, dst, text} or null. */
export function ladderOf(callId, steps, findings) {
  const rows = steps.map((step, index) => {
    const [before, after] = step.direction === "in" ? [step.wan, step.lan] : [step.lan, step.wan];
    const seen = before ?? after;
    const status = /^SIP\/2\.0 (\d{3}) (.*)/.exec(seen.text);
    const cseq = header(seen.text, "CSeq") ?? "0 ?";
    const method = status ? cseq.split(" ")[1] : seen.text.split(" ")[0];
    const changes = [];
    if (before && after) {
      const [from, to] = [fieldsOf(before.text), fieldsOf(after.text)];
      for (const field of Object.keys(from))
        if (from[field] !== to[field])
          changes.push({
            field: kindOf[field] ?? field.toLowerCase().replace("-", "_"),
            where: field,
            before: from[field],
            after: to[field],
          });
    }
    const sighting = (message, tap) =>
      message && { time: iso(message.micros), tap, src: message.src, dst: message.dst, text: message.text };
    return {
      number: index + 1,
      time: iso(seen.micros),
      direction: step.direction,
      summary: `${status ? `${status[1]} ${status[2]}` : method}${/application\/sdp/i.test(seen.text) ? " sdp" : ""}`,
      method,
      status: status ? Number(status[1]) : null,
      cseq: Number(cseq.split(" ")[0]),
      refusal: status !== null && Number(status[1]) >= 300 && !["401", "407"].includes(status[1]),
      lan: sighting(step.lan, "lan"),
      wan: sighting(step.wan, "wan"),
      transit_ms: before && after ? Math.round((after.micros - before.micros) / 10) / 100 : null,
      grade: before && after ? (step.grade ?? (changes.length ? "harmless" : "unchanged")) : null,
      repeat_of: step.repeat_of ?? null,
      changes,
      findings:
        step.findings ??
        [...new Set(changes.map((change) => findingOf[change.where]))].filter(
          (id) => id && findings.some((finding) => finding.id === id),
        ),
    };
  });
  return { type: "ladder", call_id: callId, columns: ["phone", "lan", "wan", "provider"], rows, dropped: 0, findings };
}
