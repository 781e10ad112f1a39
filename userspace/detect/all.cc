// The only place that knows all detectors.
#include "userspace/detect/all.h"

namespace vialens {

Detectors all_detectors(const Scene& scene) {
  Detectors detectors;
  const auto add = [&](std::unique_ptr<Detector> detector) { detectors.push_back(std::move(detector)); };
  add(make_alg_rewrite());
  add(make_alg_replace_all());
  add(make_alg_partial());
  add(make_alg_asymmetric());
  add(make_alg_corrupted());
  add(make_alg_contact_port(scene));
  add(make_alg_response_port(scene));
  add(make_alg_digest());
  add(make_alg_dropped(scene));
  add(make_alg_duplicated());
  add(make_alg_injected(scene));
  add(make_hint_received_private(scene));
  add(make_hint_mixed_addresses(scene));
  add(make_hint_explicit_port(scene));
  add(make_hint_ice_mismatch());
  add(make_hint_content_length());
  add(make_hint_nat_trace());
  add(make_hint_sdp_version());
  add(make_call_ack_lost(scene));
  add(make_call_ack_misrouted());
  add(make_call_dropped_32s());
  add(make_call_dropped_fixed(scene));
  add(make_call_session_expired(scene));
  add(make_call_inbound_lost(scene));
  add(make_call_binding_lost(scene));
  add(make_call_outbound_timeout(scene));
  add(make_call_outbound_rejected(scene));
  add(make_call_merged());
  add(make_call_cancel_lost(scene));
  add(make_call_busy_while_idle(scene));
  add(make_call_wrong_phone(scene));
  add(make_call_slow_setup());
  add(make_reg_timeout(scene));
  add(make_reg_auth_loop());
  add(make_reg_rejected());
  add(make_nat_timeout(scene));
  add(make_nat_stale_mapping(scene));
  add(make_nat_symmetric(scene));
  add(make_nat_hairpin(scene));
  add(make_nat_fragments());
  add(make_nat_double());
  add(make_call_crossed(scene));
  add(make_call_fax(scene));
  add(make_call_hold(scene));
  add(make_call_renegotiation(scene));
  add(make_call_transfer(scene));
  add(make_media_audio(scene));
  add(make_media_early(scene));
  add(make_media_port_collision(scene));
  add(make_note_service());
  add(make_note_external_address(scene));
  add(make_note_session());
  add(make_note_media(scene));
  add(make_note_retransmission());
  add(make_note_normalised());
  return detectors;
}

}  // namespace vialens
