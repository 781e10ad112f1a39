// One line per detector.
#pragma once

#include <memory>

#include "userspace/detect/detector.h"

namespace vialens {

std::unique_ptr<Detector> make_alg_rewrite();
std::unique_ptr<Detector> make_alg_replace_all();
std::unique_ptr<Detector> make_alg_partial();
std::unique_ptr<Detector> make_alg_asymmetric();
std::unique_ptr<Detector> make_alg_corrupted();
std::unique_ptr<Detector> make_alg_contact_port(const Scene& scene);
std::unique_ptr<Detector> make_alg_response_port(const Scene& scene);
std::unique_ptr<Detector> make_alg_digest();
std::unique_ptr<Detector> make_alg_dropped();
std::unique_ptr<Detector> make_alg_duplicated();
std::unique_ptr<Detector> make_alg_injected(const Scene& scene);
std::unique_ptr<Detector> make_hint_received_private(const Scene& scene);
std::unique_ptr<Detector> make_hint_mixed_addresses(const Scene& scene);
std::unique_ptr<Detector> make_hint_explicit_port(const Scene& scene);
std::unique_ptr<Detector> make_hint_ice_mismatch();
std::unique_ptr<Detector> make_hint_content_length();
std::unique_ptr<Detector> make_hint_nat_trace();
std::unique_ptr<Detector> make_hint_sdp_version();
std::unique_ptr<Detector> make_nat_timeout(const Scene& scene);
std::unique_ptr<Detector> make_nat_stale_mapping(const Scene& scene);
std::unique_ptr<Detector> make_nat_symmetric(const Scene& scene);
std::unique_ptr<Detector> make_nat_hairpin(const Scene& scene);
std::unique_ptr<Detector> make_nat_fragments();
std::unique_ptr<Detector> make_nat_double();
std::unique_ptr<Detector> make_call_crossed(const Scene& scene);
std::unique_ptr<Detector> make_call_fax(const Scene& scene);
std::unique_ptr<Detector> make_call_hold(const Scene& scene);
std::unique_ptr<Detector> make_call_renegotiation(const Scene& scene);
std::unique_ptr<Detector> make_call_transfer(const Scene& scene);
std::unique_ptr<Detector> make_media_audio(const Scene& scene);
std::unique_ptr<Detector> make_media_early(const Scene& scene);
std::unique_ptr<Detector> make_media_port_collision(const Scene& scene);
std::unique_ptr<Detector> make_note_service();
std::unique_ptr<Detector> make_note_external_address(const Scene& scene);
std::unique_ptr<Detector> make_note_session();
std::unique_ptr<Detector> make_note_media(const Scene& scene);
std::unique_ptr<Detector> make_note_retransmission();
std::unique_ptr<Detector> make_note_normalised();

}  // namespace vialens
