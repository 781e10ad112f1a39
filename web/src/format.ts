// How things are said: times, numbers, names, and what states and ids mean in plain words.
import type { Call, Grade, Registration, Severity } from "./api/types";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const whole = new Intl.NumberFormat("en");

/** Microseconds since 1970 of an RFC 3339 time; NaN if it is none. Date alone would cut to milliseconds. */
export function micros(time: string): number {
  const fraction = /\.(\d{1,6})/.exec(time)?.[1] ?? "";
  return Math.floor(Date.parse(time) / 1000) * 1e6 + Number(fraction.padEnd(6, "0"));
}

/** "08:49:35", with the day before it unless that is today. Local time, as the person's clock shows it. */
export function timeOfDay(time: string, now = new Date()): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "—";
  const today = date.toDateString() === now.toDateString();
  return today ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

/** "08:49:35.439": for the ladder, where milliseconds matter. */
export function timeWithMillis(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "—";
  return `${clock.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** "0.104 s", "1 min 5 s", "2 h 3 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "—";
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 3 : 1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Seconds from `from` to `to`. */
export function secondsBetween(from: string, to: string): number {
  return (micros(to) - micros(from)) / 1e6;
}

export function count(value: number): string {
  return whole.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Lost of those that should have come, in percent: "0 %", "0.4 %", "12 %". */
export function lossPercent(packets: number, lost: number): number {
  const expected = packets + lost;
  return expected > 0 ? (100 * lost) / expected : 0;
}

export function percent(value: number): string {
  if (value === 0) return "0\u00a0%";
  if (value < 0.1) return "<\u00a00.1\u00a0%";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}\u00a0%`;
}

/** The part of a SIP URI that people know: "100" of sip:100@192.168.77.10:5060, or its host where there is no user. */
export function party(uri: string): string {
  const match = /^(?:sips?|tel):(?:([^@]*)@)?([^;?]*)/i.exec(uri);
  if (!match) return uri || "unknown";
  return match[1] || match[2] || uri;
}

/** The rest of it: "192.168.77.10:5060". */
export function hostOf(uri: string): string {
  return /^sips?:[^@]*@([^;?>]*)/i.exec(uri)?.[1] ?? "";
}

export function confidenceWord(confidence: number): string {
  if (confidence >= 0.95) return "proven";
  if (confidence >= 0.8) return "strong";
  if (confidence >= 0.5) return "likely";
  return "hint";
}

export const severityWord: Record<Severity, string> = { critical: "Critical", warning: "Warning", info: "Note" };

export const callStateWord: Record<Call["state"], string> = {
  calling: "Calling",
  ringing: "Ringing",
  answered: "Talking",
  ended: "Ended",
  cancelled: "Cancelled",
  failed: "Failed",
  unanswered: "Unanswered",
};

export function isLive(call: Call): boolean {
  return call.ended === null && (call.state === "calling" || call.state === "ringing" || call.state === "answered");
}

export const registrationStateWord: Record<Registration["state"], string> = {
  asked: "Asked",
  challenged: "Challenged",
  registered: "Registered",
  removed: "Removed",
  rejected: "Rejected",
  unanswered: "Unanswered",
};

export const gradeWord: Record<Exclude<Grade, null>, string> = {
  unchanged: "unchanged",
  harmless: "changed",
  incomplete: "changed in part",
  broken: "broken",
};

export const families: Record<string, string> = {
  alg: "Router changed something",
  media: "Audio",
  call: "Calls",
  reg: "Registration",
  nat: "NAT",
  hint: "Hints",
  note: "Notes",
};
