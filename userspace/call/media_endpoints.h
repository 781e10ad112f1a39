// Which end points a session description announces for media, with the clock rates of its payload types (RFC 8866).
//
// Every description counts, offered or answered, on whichever side it is seen: media may come before the answer, and
// goes by what each side was told.
#pragma once

#include "userspace/capture/media_endpoint.h"
#include "userspace/sip/sdp.h"

namespace vialens {

// In the order of the description, each end point once: media, RTCP (its own port by RFC 3605, or the next one; the
// same by RFC 5761), ICE candidates (RFC 8839). With BUNDLE (RFC 9143) each may carry the payload types of all
// sections.
std::vector<MediaEndpoint> endpoints_of(const sip::Sdp& sdp);

}  // namespace vialens
