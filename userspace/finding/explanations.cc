// The NAT alone (nat-), and what is innocent (note-).
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_explanations() {
  static const FindingKind kinds[] = {
      {"nat-timeout", Severity::warning, "NAT mapping ended too early",
       "The router forgot where the phone is before the next message came: calls to it are lost until it speaks again. "
       "No ALG is needed for that.",
       "Both sides: a request of somebody whom the phone speaks with came in by a mapping that had been silent for 25 "
       "s "
       "or more, and went no further: likely after 120 s, strong when the phone comes back by another port. Provider's "
       "side: likely, if it does.",
       "Let the phone send keep-alives every 25 to 30 seconds (or register more often), and raise the UDP time-out of "
       "the router to 300 seconds.",
       "4787 4.3, 5626 3.5"},
      {"nat-stale-mapping", Severity::warning, "mapping still uses an old WAN address",
       "The router got a new address, and a phone's connection still leaves with the old one: it sends into the void, "
       "and keeps the mapping alive by doing so.",
       "Both sides: another outside address is in use since, and nothing that left by the old one was answered.",
       "Restart the phone or clear the router's connections (conntrack -D); a router that does not do so itself when "
       "its address changes needs an update.",
       "4787 4.3"},
      {"nat-symmetric", Severity::info, "NAT maps each destination to another port",
       "What a STUN server tells the phone about its address is wrong for everybody else: media that is announced that "
       "way does not arrive.",
       "Both sides: one end point of a phone leaves by two ports at the same time, or media leaves by another port "
       "than the phone was told.",
       "Use symmetric RTP on the provider's side or ICE with a relay; or a NAT that keeps one port per phone "
       "(endpoint-independent mapping, often called static port or full cone).",
       "4787 4.1, 5389 2"},
      {"nat-hairpin", Severity::warning, "router does not turn media around",
       "Two phones behind the router were told to send to its outside address, and the router does not bring that back "
       "in: they do not hear each other.",
       "Phone's side of two: media goes to the router's own outside address, where another phone announced it, and "
       "does not come back.",
       "Switch on NAT loopback (hairpinning) in the router, or let the provider relay the media between phones of one "
       "site.",
       "4787 6"},
      {"nat-fragments", Severity::warning, "fragments of a large message lost",
       "A message that does not fit into one packet leaves incomplete: small ones work, calls with many codecs or long "
       "names do not.",
       "Both sides: it came in whole, and of its fragments only the first ones left; proven with the second copy.",
       "Use SIP over TCP, or shorten the messages (fewer codecs, no video); let the router forward fragments.",
       "3261 18.1.1, 4787 11"},
      {"nat-double", Severity::info, "there is another NAT behind this one",
       "The router's outside address is private or shared (CGN): the provider sees an address that this router does "
       "not have.",
       "Both sides: the outside address is private.",
       "Nothing, if calls work. Port forwarding and fixed addresses cannot work on this router alone: ask the provider "
       "for a public address, or put the outer device into bridge mode.",
       "6598, 3022"},
      {"note-proxy", Severity::info, "a SIP proxy runs on the box",
       "Phones speak with the box, and the box with the provider: what differs is the proxy's work and no ALG's.",
       "Its Via on top of the phone's, taken away again in the answer; or the phone's message passed on with it.", "",
       "3261 16.6, 16.7"},
      {"note-b2bua", Severity::info, "a PBX or SBC runs on the box",
       "Phones call the box, and the box calls on in its own name: the two calls have little in common, and need not.",
       "A call inside that ends at the box, and one outside that begins there within five seconds, with one party in "
       "common and another Call-ID.",
       "", "7092, 5853 3"},
      {"note-external-address", Severity::info, "the phone announces its public address itself",
       "STUN, UPnP, the provider's answers or a setting told the phone its public address. That it stands in the "
       "message is no router's doing.",
       "Phone's side: a message from a private address names a public one as the sender's; proven where it is the "
       "box's.",
       "", "5389 2, 3581 4"},
      {"note-ice", Severity::info, "ICE is in use",
       "Both ends look for a working path themselves; media may leave the announced one.",
       "Offer and answer both have ICE attributes.", "", "8445, 8839"},
      {"note-hold", Severity::info, "the call is on hold", "One direction, or none, is what was agreed on.",
       "A later offer of a call was answered with sendonly, recvonly or inactive, or an address of 0.0.0.0.", "",
       "3264 8.4, 6337 5.3"},
      {"note-mute", Severity::info, "silence is being sent",
       "The packets are all there, and what is in them is silence: the microphone is muted or dead. The network is "
       "innocent.",
       "G.711: at least 98 of 100 packets, of 100 or more, have one and the same sample throughout.", "",
       "3551 4.5.14"},
      {"note-silence-suppression", Severity::info, "pauses while nobody speaks",
       "The phone sends comfort noise and then nothing until somebody speaks: gaps are intended.",
       "Comfort noise (payload type 13) and a pause of a second or more in one stream.", "", "3389, 3551 4.1"},
      {"note-latched", Severity::info, "the provider answers to where media comes from",
       "The private media address in the signalling does no harm: the other end ignores it.",
       "Provider's side: the phone announced a private address, and the media in both directions is between other "
       "ends.",
       "", "7362, 4961"},
      {"note-media-bypass", Severity::info, "media takes a path that does not pass here",
       "Nothing can be said about the sound from here.",
       "No packet of the media within 8 s of the answer, and both ends are neighbours in the LAN, or the phone "
       "announced a relay.",
       "", "3264, 8656"},
      {"note-offload", Severity::info, "hardware takes the media out of sight",
       "The router's hardware forwards the packets without showing them: counters stand still, and the sound is there.",
       "Both directions vanish within half a second of each other, wherever they were seen, and the call goes on.",
       "To see the media, switch off hardware NAT (flow offload) for the time of the diagnosis.", "3550 6.4"},
      {"note-fax", Severity::info, "the call switched to fax",
       "From here on T.38 is spoken, and no RTP is to be expected.",
       "An offer of m=image with t38 was answered with one.", "", "3264 8, 3362"},
      {"note-srtp", Severity::info, "media is encrypted", "Its content cannot be judged, and a NAT does not harm it.",
       "Offer and answer both use RTP/SAVP or RTP/SAVPF.", "", "3711, 4568, 5764"},
      {"note-retransmission", Severity::info, "a plain retransmission",
       "Somebody repeats a message because no answer has come: normal, and no duplicate made by a router.",
       "The same bytes between the same two ends, 150 ms or more later.", "", "3261 17.1.1.2, 17.1.2.2"},
      {"note-normalised", Severity::info, "written differently, with the same meaning",
       "Something on the way reads SIP and writes it in its own letters; nothing of meaning was changed.",
       "Both sides: bytes differ, and no parsed value does.", "", "3261 7.3.1, 7.3.3"},
  };
  return kinds;
}

}  // namespace vialens
