// What the caller feels of the media (media-), and of changing it during a call (call-hold-, call-fax-, ...).
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_media() {
  static const FindingKind kinds[] = {
      {"media-none", Severity::critical, "nobody hears anybody",
       "The call was answered, and not a word arrives at either end.",
       "From 8 s after the answer on. Both sides: what is sent enters the router and does not leave it, or both ends "
       "were told to send to where nothing can arrive (a private address only where media of the call is seen to go "
       "there), or the keys of the encryption were taken away; strong. Likely or "
       "strong where one encrypts and the other one does not (SRTP), or neither can decode what the other one sends. "
       "Likely where the handshake for the keys (DTLS) passes here, is not answered or is repeated, and no media "
       "follows. "
       "Likely where media with the same other end passes here in "
       "other "
       "calls and none does in this one. Not while a call is on hold, has its media elsewhere, or turns into a fax.",
       "Look at where each end was told to send its voice, and at what the router made of that; switch off its SIP ALG "
       "if "
       "it changed it. Otherwise a firewall keeps the media out: its ports have to be open for UDP.",
       "3264 5.1, 3264 6.1, 3711 4.2, 4568, 4787 9"},
      {"media-one-way", Severity::critical, "one of the two does not hear the other",
       "The call was answered, and the voice arrives at one end only.",
       "From 8 s after the answer, or about 4 s after the last packet on, while the other direction goes on. Both "
       "sides: "
       "proven where it enters the router and does not leave it; strong where it goes to another place than was "
       "announced, or where the sender was told a wrong one; likely where nothing comes. One side: strong or likely, "
       "by what was announced and what comes. A private address alone is strong from 60 s of silence on, and says "
       "nothing where the other end has answered to where media comes from. A stream that stops is a hint, unless its "
       "sender's RTCP goes on counting, or ends with it. What arrives and cannot be decoded counts, too, after 8 s: "
       "strong where the "
       "description was changed on the way, otherwise likely (a payload type that was not announced). Strong where it "
       "leaves for the other end, and that one's RTCP stops counting it for two reports. Nothing is said of hold, of "
       "silence that need not be sent (comfort noise, "
       "DTX), of ICE, of a fax, while an offer waits for its answer, and where RTCP says that it is heard.",
       "The direction and the place where the voice is lost are named: what was announced there has to be what the "
       "router lets through. If the router changed it, switch off its SIP ALG; otherwise let the provider answer to "
       "where "
       "the media comes from (symmetric RTP), or use ICE.",
       "3264 5.1, 3264 6.1, 3264 8.4, 3550 6.4.1, 4961, 7362"},
      {"media-early-one-way", Severity::warning, "media before the answer never arrives",
       "The caller was to hear something before the call is answered (an announcement, the ringing), and hears "
       "nothing.",
       "From 4 s after the announcement in a 183 on. Both sides: strong where the media enters the router and does not "
       "leave it. Either side: likely where the caller sends and nothing comes; not after a 180, and not where the "
       "provider says that there is none (P-Early-Media).",
       "Let the router pass media before the answer, too: switch off its SIP ALG if it changed the description, or let "
       "the phone send first. Without any router's doing, the provider announces what it does not send.",
       "3960 3.2, 5009, 3262 5"},
      {"media-port-collision", Severity::critical, "two calls share one media address and port",
       "What is sent to one of the two calls arrives at the other one, or nowhere.",
       "Two calls that are up at the same time, of different phones, announce the same address and port outside. Both "
       "sides: proven by different ports inside. One side: strong if they signal from different ports.",
       "If the router wrote that port, switch off its SIP ALG; give each phone a range of media ports of its own.",
       "3264 5.1, 4787 4.1"},
      {"call-hold-failed", Severity::critical, "putting the call on hold failed",
       "One side holds the call, and the other one does not know, or refuses: it goes on talking to nobody.",
       "Both sides: proven where the request to hold leaves the router as one that is none. Either side: strong where "
       "it "
       "is refused, or nobody answers it within 7 s. Not where it was taken back, or a BYE overtook it.",
       "Let the phone hold with a=sendonly, not with an address of 0.0.0.0, and look at why the other end refuses. If "
       "the router changed or swallowed the request, switch off its SIP ALG.",
       "3264 8.4, 3261 14"},
      {"call-resume-failed", Severity::critical, "taking the call back from hold failed",
       "After the hold, one side does not hear the other, or the call stays on hold.",
       "Strong where the request is refused or nobody answers it within 7 s, unless it was taken back or a BYE "
       "overtook "
       "it. Or it is agreed to, and one who heard the "
       "other before does not from 5 s after it on: as sure as media-one-way.",
       "Raise the router's time-outs for UDP to more than a hold lasts; let the phone send keep-alives for media that "
       "is "
       "held (RFC 6263). If the router changed or swallowed the request, switch off its SIP ALG.",
       "3264 8.4, 3261 14, 4787 4.3"},
      {"call-transfer-failed", Severity::critical, "a transfer failed",
       "The call could not be handed over: it is lost, or comes back.",
       "The REFER is refused, or nobody answers it within 7 s; the other end reports (NOTIFY) that it could not call "
       "there; nobody answers that report, or none comes within 32 s while the call is up; or the other end hangs up "
       "without one after a REFER that names a private address outside: then likely. Or the call that is to replace "
       "another one is answered with 481. Not where the person at the new place "
       "is "
       "busy, does not answer or declines.",
       "Look at what the other end answered: it may not allow transfers, or not know the number. If the router changed "
       "Refer-To, Replaces or Call-ID, switch off its SIP ALG. Or let the telephone system transfer by itself, without "
       "REFER.",
       "3515 2.4, 3891 3, 5589 6"},
      {"call-fax-failed", Severity::warning, "the switch to fax (T.38) failed",
       "The fax stays a call, and its tones go through as sound: it often breaks off.",
       "Strong where the request to switch to T.38 is refused, or nobody answers it within 7 s, unless it was taken "
       "back "
       "or a BYE overtook it. Both sides: strong "
       "where "
       "the fax enters the router after the switch and does not leave it.",
       "Switch off the SIP ALG of the router if it swallowed or changed the request. Otherwise switch off T.38 where "
       "it is "
       "not understood, and fax as G.711.",
       "3261 14, 3264 8"},
      {"call-crossed", Severity::critical, "a second call broke the first one",
       "Somebody else makes a call or hangs up, and the voice of this call is gone.",
       "Both sides: the media of a call that was heard enters the router and no longer leaves it, from within two "
       "seconds "
       "of an INVITE or BYE of another call on the same signalling flow on; a hint where calls begin all the time. Or "
       "it "
       "is turned away from its first packet on, which comes after such a message, at an end point that the router "
       "itself "
       "wrote into the call, while the other call's media gets through: then at most strong.",
       "Give each phone a SIP port and a range of media ports of its own. If the router changes SIP, switch off its "
       "SIP "
       "ALG, which may close the media of one call with another.",
       "3261 12, 4787 10"},
  };
  return kinds;
}

}  // namespace vialens
