// The objects of docs/schema/*.json and docs/api/openapi.yaml.

export type Severity = "info" | "warning" | "critical";
export type Direction = "in" | "out" | null;
export type Grade = "unchanged" | "harmless" | "incomplete" | "broken" | null;
export type Level = "green" | "amber" | "red" | "unknown";

export interface Evidence {
  tap: string;
  message: string;
  cseq: number;
  field: string | null;
  before: string | null;
  after: string | null;
}

export interface Finding {
  id: string;
  confidence: number;
  severity: Severity;
  time: string;
  subject: "call" | "registration" | "box";
  call_id: string | null;
  aor: string | null;
  segment: "lan-wan" | null;
  direction: Direction;
  grade: Grade;
  title: string;
  detail: string;
  evidence: Evidence[];
  verdict: string | null;
  causes: string[];
  remedy: string | null;
  rfc: string[];
}

export interface Stream {
  tap: string;
  direction: Direction;
  src: string;
  dst: string;
  ssrc: string;
  codec: string | null;
  packets: number;
  lost: number;
  duplicates: number;
  reordered: number;
  jitter_ms: number | null;
  max_gap_ms: number | null;
  mos: number | null;
}

export interface Call {
  call_id: string;
  state: "calling" | "ringing" | "answered" | "ended" | "cancelled" | "failed" | "unanswered";
  from: string;
  to: string;
  started: string;
  answered: string | null;
  ended: string | null;
  end_reason: string | null;
  setup_ms: number | null;
  media: Stream[];
  findings: string[];
}

export interface Registration {
  aor: string;
  state: "asked" | "challenged" | "registered" | "removed" | "rejected" | "unanswered";
  contact: string | null;
  call_id: string;
  started: string;
  last_seen: string;
  reason: string | null;
  findings: string[];
}

export type Side = "lan" | "wan" | "server" | "unknown";

export interface Tap {
  tap: string;
  interface: string;
  side: Side;
  direction: "in" | "out" | "unknown";
  hook: string;
  packets: number;
  lost: number;
  outcomes: Record<string, number>;
  flows_failed: number;
}

export interface Summary {
  packets: number;
  lost: number;
  sip_messages: number;
  rtp_packets: number;
  calls: number;
  registrations: number;
  crossings: Record<"unchanged" | "rewritten" | "unmatched" | "harmless" | "incomplete" | "broken", number>;
  findings: Record<string, number>;
  taps: Tap[];
  alg: { kind: string; title: string; confidence: number; evidence: string[]; remedy: string }[];
}

export interface Health {
  level: Level;
  sentence: string;
  remedy: string | null;
  findings: string[];
}

export interface Status {
  version: string;
  started: string;
  now: string;
  ready: boolean;
  health: Health;
  calls_live: number;
  registrations_live: number;
  summary: Summary;
  tables: { table: string; entries: number; capacity: number; evictions: number }[];
}

export interface Sample {
  time: string;
  seconds: number;
  packets: number;
  lost: number;
  jitter_ms: number | null;
  mos: number | null;
}

export interface MediaHistory {
  tap: string;
  direction: Direction;
  src: string;
  dst: string;
  ssrc: string;
  codec: string | null;
  samples: Sample[];
}

export interface Sighting {
  time: string;
  tap: string;
  src: string;
  dst: string;
  text: string;
}

export interface Change {
  field: string; // its kind: "sdp_connection"
  where: string; // its name: "SDP c="
  before: string | null;
  after: string | null;
}

export interface LadderRow {
  number: number;
  time: string;
  direction: Direction;
  summary: string;
  method: string | null;
  status: number | null;
  cseq: number;
  refusal: boolean;
  lan: Sighting | null;
  wan: Sighting | null;
  transit_ms: number | null;
  grade: Grade;
  repeat_of: number | null;
  changes: Change[];
  findings: string[];
}

export interface Ladder {
  call_id: string;
  columns: string[];
  rows: LadderRow[];
  dropped: number;
  findings: Finding[];
}

export interface CallDetail {
  call: Call | null;
  registration: Registration | null;
  ladder: Ladder;
  findings: Finding[];
  media: MediaHistory[];
}

export interface Page<T> {
  items: T[];
  next: string | null;
}
