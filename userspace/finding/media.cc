// What the caller feels of the media.
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_media() {
  static const FindingKind kinds[] = {
      {"media-none", Severity::critical, "nobody hears anybody",
       "The call was answered, and not a word arrives at either end.",
       "From 8 s after the answer on. Both sides: what is sent enters the router and does not leave it, or both ends were "
       "told to send to where nothing can arrive; strong. Likely where media with the same other end passes here in other "
       "calls and none does in this one. Not while a call is on hold, has its media elsewhere, or turns into a fax.",
       "Look at where each end was told to send its voice, and at what the router made of that; switch off its SIP ALG if "
       "it changed it. Otherwise a firewall keeps the media out: its ports have to be open for UDP.",
       "3264 5.1, 3264 6.1, 4787 9"},
      {"media-one-way", Severity::critical, "one of the two does not hear the other",
       "The call was answered, and the voice arrives at one end only.",
       "From 8 s after the answer, or about 4 s after the last packet on, while the other direction goes on. Both sides: "
       "proven where it enters the router and does not leave it; strong where it goes to another place than was "
       "announced, or where the sender was told a wrong one; likely where nothing comes. One side: strong or likely, by "
       "what was announced and what comes. Nothing is said of hold, of silence that need not be sent (comfort noise, "
       "DTX), of ICE, of a fax, while an offer waits for its answer, and where RTCP says that it is heard.",
       "The direction and the place where the voice is lost are named: what was announced there has to be what the "
       "router lets through. Switch off its SIP ALG; without one, let the provider answer to where the media comes from "
       "(symmetric RTP), or use ICE.",
       "3264 5.1, 3264 6.1, 3264 8.4, 4961, 7362"},
  };
  return kinds;
}

}  // namespace vialens
