// What the stand-in server tells: the two calls and the registration of tests/data/alg.*.pcap as vialens reads them
// (alg.jsonl), and some made by hand: one-way audio, a clean live call, a hostile one. All times lie shortly before now.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { messagesOf } from "./capture.mjs";
import { iso, ladderOf } from "./ladder.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const microsOf = (time) => Math.floor(Date.parse(time) / 1000) * 1e6 + Number(time.slice(20, 26));

const phone = "192.168.1.23:5060";
const outside = "203.0.113.5:5060";
const provider = "198.51.100.20:5060";
export const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;

const remedy =
  "Switch off the SIP ALG of this router (also called SIP helper, SIP passthrough, SIP inspection, SIP transformations or SIP fixup), restart the router, and let the phones register again.";

function finding(values) {
  return {
    type: "finding",
    id: "",
    confidence: 0.99,
    severity: "warning",
    time: "",
    subject: "call",
    call_id: null,
    aor: null,
    segment: "lan-wan",
    direction: "out",
    grade: null,
    title: "",
    detail: "",
    evidence: [],
    verdict: null,
    causes: [values.id],
    remedy,
    rfc: [],
    ...values,
  };
}

function stream(tap, direction, packets, lost, values = {}) {
  const [lan, wan, far] = ["192.168.1.23:16384", "203.0.113.5:16384", "198.51.100.30:24002"];
  const near = tap === "lan" ? lan : wan;
  return {
    tap,
    direction,
    src: direction === "out" ? near : far,
    dst: direction === "out" ? far : near,
    ssrc: direction === "out" ? "5d3a91c0" : "a07f1b22",
    codec: "PCMA",
    packets,
    lost,
    duplicates: 0,
    reordered: 0,
    jitter_ms: 1.2,
    max_gap_ms: 41,
    mos: 4.3,
    ...values,
  };
}

function history({ tap, direction, src, dst, ssrc, codec }, from, seconds, lossAt) {
  const samples = [];
  for (let second = 2; second <= seconds; second += 2) {
    const loss = lossAt(second);
    const lost = Math.round(loss);
    samples.push({
      time: iso(from + second * 1e6),
      seconds: 2,
      packets: 100 - lost,
      lost,
      jitter_ms: Math.round((1.1 + loss / 6 + Math.sin(second / 5) * 0.4) * 100) / 100,
      mos: Math.max(1, Math.round((4.38 - loss * 0.055) * 100) / 100),
    });
  }
  return { tap, direction, src, dst, ssrc, codec, samples };
}

const sdp = (address, port) =>
  `v=0\r\no=- 7719 1 IN IP4 ${address}\r\ns=call\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n`;

function message(start, via, callId, cseq, { contact, body = "", to = "" } = {}) {
  const lines = [
    start,
    `Via: SIP/2.0/UDP ${via};branch=z9hG4bK776asdhds;rport`,
    "Max-Forwards: 70",
    'From: "Front desk" <sip:4921@voip.example>;tag=1928301774',
    `To: <sip:08005550@voip.example>${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
  ];
  if (contact) lines.push(`Contact: <sip:4921@${contact}>`);
  if (body) lines.push("Content-Type: application/sdp");
  return `${lines.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** One-way audio: the ALG rewrites Contact and o=, and leaves c= with the private address. */
function oneWay(now) {
  const call_id = "a84b4c76e66710@192.168.1.23";
  const start = now - 96e6;
  const at = (seconds) => start + seconds * 1e6;
  const out = (seconds, text, changed = text) => ({
    direction: "out",
    lan: { micros: at(seconds), src: phone, dst: provider, text },
    wan: { micros: at(seconds) + 210, src: outside, dst: provider, text: changed },
  });
  const inward = (seconds, text, changed = text) => ({
    direction: "in",
    wan: { micros: at(seconds), src: provider, dst: outside, text },
    lan: { micros: at(seconds) + 180, src: provider, dst: phone, text: changed },
  });
  const invite = "INVITE sip:08005550@voip.example SIP/2.0";
  const altered = sdp("192.168.1.23", 16384).replace("o=- 7719 1 IN IP4 192.168.1.23", "o=- 7719 1 IN IP4 203.0.113.5");
  const findings = [
    finding({
      id: "media-one-way",
      severity: "critical",
      time: iso(at(14.2)),
      direction: "in",
      title: "one side hears nothing",
      detail: "After the answer 498 packets of sound left the phone, and none came back in 10 s.",
      evidence: [{ tap: "wan", message: "INVITE", cseq: 1, field: null, before: null, after: null }],
      verdict:
        "The caller is not heard by the phone: the router rewrote the SDP in one place and left the private address 192.168.1.23 in c=, so the provider sends the sound nowhere.",
      causes: ["media-one-way", "alg-partial"],
    }),
    finding({
      id: "alg-partial",
      severity: "critical",
      time: iso(at(0)),
      grade: "incomplete",
      title: "rewritten in one place and left in another",
      detail: "Between lan and wan the router changed SDP o= of INVITE (CSeq 1), and left 192.168.1.23 in SDP c=.",
      evidence: [
        {
          tap: "wan",
          message: "INVITE",
          cseq: 1,
          field: "SDP c=",
          before: "IN IP4 192.168.1.23",
          after: "IN IP4 192.168.1.23",
        },
      ],
      rfc: ["8866 5.7", "3264 5.1"],
    }),
    finding({
      id: "alg-contact",
      time: iso(at(0)),
      grade: "harmless",
      title: "Contact address rewritten",
      detail: "Between lan and wan the router changed Contact of INVITE (CSeq 1).",
      evidence: [
        {
          tap: "wan",
          message: "INVITE",
          cseq: 1,
          field: "Contact",
          before: "<sip:4921@192.168.1.23:5060>",
          after: "<sip:4921@203.0.113.5:5060>",
        },
      ],
      rfc: ["3261 8.1.1.8"],
    }),
    finding({
      id: "alg-dropped",
      severity: "critical",
      confidence: 0.9,
      time: iso(at(32)),
      direction: "in",
      title: "message swallowed by the router",
      detail: "UPDATE (CSeq 7) came in at wan, and did not come out at lan.",
      evidence: [
        {
          tap: "wan",
          message: "UPDATE",
          cseq: 7,
          field: null,
          before: "UPDATE sip:4921@203.0.113.5:5060 SIP/2.0",
          after: null,
        },
      ],
      rfc: ["3261 16.6"],
    }),
    finding({
      id: "note-retransmission",
      severity: "info",
      confidence: 1,
      time: iso(at(0.5)),
      title: "sent again",
      detail: "INVITE (CSeq 1) was sent 2 times.",
      remedy: null,
    }),
  ];
  const first = out(
    0,
    message(invite, phone, call_id, "1 INVITE", { contact: phone, body: sdp("192.168.1.23", 16384) }),
    message(invite, phone, call_id, "1 INVITE", { contact: outside, body: altered }),
  );
  const again = out(0.5, first.lan.text, first.wan.text);
  const steps = [
    { ...first, grade: "incomplete", findings: ["alg-partial", "alg-contact", "media-one-way"] },
    { ...again, grade: "incomplete", repeat_of: 1, findings: ["note-retransmission"] },
    inward(0.62, message("SIP/2.0 100 Trying", phone, call_id, "1 INVITE")),
    inward(1.1, message("SIP/2.0 180 Ringing", phone, call_id, "1 INVITE", { to: ";tag=a6c85cf" })),
    inward(
      4.2,
      message("SIP/2.0 200 OK", phone, call_id, "1 INVITE", {
        to: ";tag=a6c85cf",
        contact: provider,
        body: sdp("198.51.100.30", 24002),
      }),
    ),
    out(4.26, message("ACK sip:4921@198.51.100.20:5060 SIP/2.0", phone, call_id, "1 ACK", { to: ";tag=a6c85cf" })),
    {
      ...inward(
        31,
        message("UPDATE sip:4921@203.0.113.5:5060 SIP/2.0", provider, call_id, "7 UPDATE", { to: ";tag=a6c85cf" }),
      ),
      lan: null,
      findings: ["alg-dropped"],
    },
    out(52.4, message("BYE sip:4921@198.51.100.20:5060 SIP/2.0", phone, call_id, "2 BYE", { to: ";tag=a6c85cf" })),
    inward(52.5, message("SIP/2.0 200 OK", phone, call_id, "2 BYE", { to: ";tag=a6c85cf" })),
  ];
  const media = [stream("lan", "out", 2410, 0), stream("wan", "out", 2398, 12, { jitter_ms: 1.6, mos: 4.2 })];
  const bump = (second) => (second > 20 && second < 32 ? 2 + (second % 4) : 0);
  return {
    call: {
      type: "call",
      call_id,
      state: "ended",
      from: "sip:4921@voip.example",
      to: "sip:08005550@voip.example",
      started: iso(start),
      answered: iso(at(4.2)),
      ended: iso(at(52.4)),
      end_reason: "BYE from the caller",
      setup_ms: 4200,
      media,
      findings: findings.map((each) => each.id),
    },
    registration: null,
    ladder: ladderOf(call_id, steps, findings),
    findings,
    media: [history(media[0], at(4.2), 48, () => 0), history(media[1], at(4.2), 48, bump)],
  };
}

/** A call that goes on, both ways, with a bad stretch from the provider. */
function live(now) {
  const call_id = "3c26-live-7be1@192.168.1.24";
  const start = now - 75e6;
  const text = (line, cseq, more) => message(line, "192.168.1.24:5060", call_id, cseq, more);
  const pair = (seconds, direction, body) => ({
    direction,
    lan: {
      micros: start + seconds * 1e6 + (direction === "in" ? 150 : 0),
      src: direction === "out" ? phone : provider,
      dst: direction === "out" ? provider : phone,
      text: body,
    },
    wan: {
      micros: start + seconds * 1e6 + (direction === "out" ? 150 : 0),
      src: direction === "out" ? outside : provider,
      dst: direction === "out" ? provider : outside,
      text: body,
    },
  });
  const findings = [
    finding({
      id: "media-loss",
      confidence: 0.9,
      time: iso(start + 40e6),
      direction: "in",
      segment: null,
      title: "sound is lost on the way",
      detail: "3.4 % of the packets from the provider were missing at wan already.",
      verdict: null,
      remedy: "The loss is in front of this router: look at the line to the provider.",
    }),
  ];
  const media = [
    stream("lan", "out", 3600, 0),
    stream("wan", "out", 3600, 0),
    stream("wan", "in", 3480, 122, { jitter_ms: 4.4, mos: 3.7, max_gap_ms: 122 }),
    stream("lan", "in", 3480, 122, { jitter_ms: 4.5, mos: 3.7, max_gap_ms: 122 }),
  ];
  const bad = (second) => Math.max(0, 14 * Math.exp(-(((second - 38) / 9) ** 2)));
  return {
    call: {
      type: "call",
      call_id,
      state: "answered",
      from: "sip:0301234567@voip.example",
      to: "sip:4922@voip.example",
      started: iso(start),
      answered: iso(start + 3.1e6),
      ended: null,
      end_reason: null,
      setup_ms: 3100,
      media,
      findings: ["media-loss"],
    },
    registration: null,
    ladder: ladderOf(
      call_id,
      [
        pair(
          0,
          "in",
          text("INVITE sip:4922@203.0.113.5:5060 SIP/2.0", "1 INVITE", {
            contact: provider,
            body: sdp("198.51.100.30", 24002),
          }),
        ),
        pair(0.1, "out", text("SIP/2.0 180 Ringing", "1 INVITE")),
        pair(3.1, "out", text("SIP/2.0 200 OK", "1 INVITE", { body: sdp("203.0.113.5", 16384) })),
        pair(3.2, "in", text("ACK sip:4922@203.0.113.5:5060 SIP/2.0", "1 ACK")),
      ],
      findings,
    ),
    findings,
    media: [
      history(media[0], start + 3e6, 72, () => 0),
      history(media[1], start + 3e6, 72, () => 0),
      history(media[2], start + 3e6, 72, bad),
      history(media[3], start + 3e6, 72, bad),
    ],
  };
}

/** Everything that came from the network is hostile here. */
function evil(now) {
  const call_id = `evil/${hostile}?a=b#c%00`;
  const start = now - 400e6;
  const text = `INVITE sip:${hostile} SIP/2.0\r\nVia: ${hostile}\r\nCall-ID: ${call_id}\r\nCSeq: 1 INVITE\r\nX-Long: ${"A".repeat(4000)}\r\nX-\u202eRight: \u0000\u0007\r\n\r\n`;
  const findings = [
    finding({
      id: "alg-corrupted",
      severity: "critical",
      time: iso(start),
      call_id,
      title: "left unreadable by the rewrite",
      grade: "broken",
      detail: `Between lan and wan ${hostile} was cut.`,
      evidence: [{ tap: "wan", message: hostile, cseq: 1, field: "Via", before: hostile, after: "A".repeat(900) }],
    }),
  ];
  const step = {
    direction: "out",
    lan: { micros: start, src: phone, dst: provider, text },
    wan: { micros: start + 90, src: outside, dst: provider, text: text.replace("Via", "V\u0000ia") },
    grade: "broken",
    findings: ["alg-corrupted"],
  };
  return {
    call: {
      type: "call",
      call_id,
      state: "failed",
      from: `sip:${hostile}`,
      to: "",
      started: iso(start),
      answered: null,
      ended: iso(start + 1e6),
      end_reason: hostile,
      setup_ms: null,
      media: [],
      findings: ["alg-corrupted"],
    },
    registration: null,
    ladder: ladderOf(call_id, [step], findings),
    findings,
    media: [],
  };
}

/** The captures of tests/data, moved in time so that they end `ago` seconds before now. */
function captured(now, ago) {
  const lines = readFileSync(here("alg.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const summary = lines.at(-1);
  const sides = ["lan", "wan"].map((side) =>
    messagesOf(here(`../../tests/data/alg.${side}.pcap`)).filter((each) => /\r\nCSeq:/.test(each.text)),
  );
  const shift = now - ago * 1e6 - Math.max(...sides.flat().map((each) => each.micros));
  const moved = (time) => (time === null ? null : iso(microsOf(time) + shift));
  for (const line of lines)
    for (const name of ["time", "started", "answered", "ended", "last_seen"])
      if (name in line) line[name] = moved(line[name]);
  const details = [];
  for (const line of lines.filter((each) => each.type === "call" || each.type === "registration")) {
    const of = (messages) =>
      messages
        .filter((each) => each.text.includes(line.call_id))
        .map((each) => ({ ...each, micros: each.micros + shift }));
    const [lan, wan] = sides.map(of);
    const findings = lines.filter(
      (each) =>
        each.type === "finding" && (each.call_id === line.call_id || (each.aor !== null && each.aor === line.aor)),
    );
    const steps = lan.map((each, index) => ({
      direction: each.src.startsWith("192.168.") ? "out" : "in",
      lan: each,
      wan: wan[index],
    }));
    details.push({
      call: line.type === "call" ? line : null,
      registration: line.type === "registration" ? line : null,
      ladder: ladderOf(line.call_id, steps, findings),
      findings,
      media: [],
    });
  }
  return { details, summary };
}

export function dataset(now = Date.now() * 1000) {
  const { details, summary } = captured(now, 180);
  const made = [oneWay(now), live(now), evil(now)];
  for (const detail of made) for (const each of detail.findings) each.call_id = detail.call.call_id;
  const all = [...made, ...details];
  const calls = all.filter((detail) => detail.call).map((detail) => detail.call);
  for (let number = 0; number < 130; ++number) {
    const start = now - (500 + number * 47) * 1e6;
    calls.push({
      type: "call",
      call_id: `filler-${number}@192.168.1.23`,
      state: number % 9 === 4 ? "failed" : "ended",
      from: `sip:49${10 + (number % 80)}@voip.example`,
      to: `sip:0800${5550 + number}@voip.example`,
      started: iso(start),
      answered: number % 9 === 4 ? null : iso(start + 3e6),
      ended: iso(start + (20 + (number % 7) * 31) * 1e6),
      end_reason: number % 9 === 4 ? "486 Busy Here" : "BYE from the called side",
      setup_ms: number % 9 === 4 ? null : 3000,
      media: [],
      findings: number === 0 ? ["note-retransmission"] : [],
    });
  }
  const newest = (name) => (a, b) => (a[name] < b[name] ? 1 : -1);
  calls.sort(newest("started"));
  const findings = all.flatMap((detail) => detail.findings).sort(newest("time"));
  const registrations = details.filter((detail) => detail.registration).map((detail) => detail.registration);
  registrations.push(
    {
      type: "registration",
      aor: "sip:4921@voip.example",
      state: "registered",
      contact: "<sip:4921@203.0.113.5:5060>",
      call_id: "reg-4921@192.168.1.23",
      started: iso(now - 7200e6),
      last_seen: iso(now - 20e6),
      reason: "200 OK",
      findings: [],
    },
    {
      type: "registration",
      aor: "sip:4925@voip.example",
      state: "rejected",
      contact: null,
      call_id: "reg-4925@192.168.1.25",
      started: iso(now - 900e6),
      last_seen: iso(now - 31e6),
      reason: "403 Forbidden",
      findings: ["reg-rejected"],
    },
  );
  registrations.sort(newest("last_seen"));
  const tap = (values) => ({
    outcomes: { sip: 610, rtp: 14120, other: 80211 },
    private_via: 0,
    private_contact: 0,
    private_sdp: 0,
    flows_failed: 0,
    lost: 0,
    hook: "xdp",
    ...values,
  });
  const status = {
    version: "0.1.0",
    started: iso(now - 93_600e6),
    now: iso(now),
    ready: true,
    health: {
      level: "red",
      sentence: made[0].findings[0].verdict,
      remedy,
      findings: ["media-one-way", "alg-partial", "alg-contact"],
    },
    calls_live: 1,
    registrations_live: 2,
    summary: {
      ...summary,
      packets: 189_882,
      sip_messages: 2440,
      rtp_packets: 28_240,
      calls: calls.length,
      crossings: { unchanged: 1014, rewritten: 206, unmatched: 4, harmless: 188, incomplete: 17, broken: 1 },
      findings: findings.reduce((sums, each) => ({ ...sums, [each.id]: (sums[each.id] ?? 0) + 1 }), {}),
      taps: [
        tap({ tap: "lan", interface: "br-lan", side: "lan", direction: "in", packets: 94_941 }),
        tap({ tap: "lan", interface: "br-lan", side: "lan", direction: "out", packets: 40_110, hook: "tcx" }),
        tap({ tap: "wan", interface: "eth1", side: "wan", direction: "in", packets: 40_008 }),
        tap({
          tap: "wan",
          interface: "eth1",
          side: "wan",
          direction: "out",
          packets: 14_823,
          lost: 12,
          hook: "tcx",
          outcomes: { sip: 610, rtp: 7060, "lost-ring": 12, other: 7141 },
        }),
      ],
    },
    tables: [
      { table: "calls", entries: calls.length, capacity: 131_072, evictions: 0 },
      { table: "rtp_flows", entries: 4, capacity: 16_384, evictions: 0 },
    ],
  };
  return {
    status,
    calls,
    findings,
    registrations,
    details: new Map(all.map((detail) => [(detail.call ?? detail.registration).call_id, detail])),
  };
}
