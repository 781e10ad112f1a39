// Messages of a small capture file (pcap, Ethernet, IPv4, UDP): enough for tests/data/alg.*.pcap.
import { readFileSync } from "node:fs";

export function messagesOf(path) {
  const bytes = readFileSync(path);
  const little = bytes.readUInt32LE(0) === 0xa1b2c3d4;
  const u32 = (at) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const messages = [];
  for (let at = 24; at + 16 <= bytes.length;) {
    const length = u32(at + 8);
    const frame = bytes.subarray(at + 16, at + 16 + length);
    const micros = u32(at) * 1e6 + u32(at + 4);
    at += 16 + length;
    if (frame.length < 42 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 17) continue;
    const ip = (from) => [...frame.subarray(from, from + 4)].join(".");
    messages.push({
      micros,
      src: `${ip(26)}:${frame.readUInt16BE(34)}`,
      dst: `${ip(30)}:${frame.readUInt16BE(36)}`,
      text: frame.toString("utf8", 42, 34 + frame.readUInt16BE(38)),
    });
  }
  return messages;
}
