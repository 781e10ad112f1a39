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
std::unique_ptr<Detector> make_alg_dropped(const Scene& scene);
std::unique_ptr<Detector> make_alg_duplicated();
std::unique_ptr<Detector> make_alg_injected(const Scene& scene);
std::unique_ptr<Detector> make_hint_received_private(const Scene& scene);
std::unique_ptr<Detector> make_hint_mixed_addresses(const Scene& scene);
std::unique_ptr<Detector> make_hint_explicit_port(const Scene& scene);
std::unique_ptr<Detector> make_hint_ice_mismatch();
std::unique_ptr<Detector> make_hint_content_length();
std::unique_ptr<Detector> make_hint_nat_trace();
std::unique_ptr<Detector> make_hint_sdp_version();
std::unique_ptr<Detector> make_call_ack_lost(const Scene& scene);
std::unique_ptr<Detector> make_call_ack_misrouted();
std::unique_ptr<Detector> make_call_dropped_32s();
std::unique_ptr<Detector> make_call_dropped_fixed(const Scene& scene);
std::unique_ptr<Detector> make_call_session_expired(const Scene& scene);
std::unique_ptr<Detector> make_call_inbound_lost(const Scene& scene);
std::unique_ptr<Detector> make_call_binding_lost(const Scene& scene);
std::unique_ptr<Detector> make_call_outbound_timeout(const Scene& scene);
std::unique_ptr<Detector> make_call_outbound_rejected(const Scene& scene);
std::unique_ptr<Detector> make_call_merged();
std::unique_ptr<Detector> make_call_cancel_lost(const Scene& scene);
std::unique_ptr<Detector> make_call_busy_while_idle(const Scene& scene);
std::unique_ptr<Detector> make_call_wrong_phone(const Scene& scene);
std::unique_ptr<Detector> make_call_slow_setup();
std::unique_ptr<Detector> make_reg_timeout(const Scene& scene);
std::unique_ptr<Detector> make_reg_auth_loop();
std::unique_ptr<Detector> make_reg_rejected();
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
