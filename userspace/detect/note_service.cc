// A SIP proxy, or a PBX, runs on the box itself: what leaves it is its own, and no rewrite of the phone's message.
#include "userspace/detect/all.h"

namespace vialens {
namespace {

class NoteService final : public Detector {
 public:
  void on_service(const Service& service, Findings& findings) override {
    const bool proxy = service.kind == Service::Kind::proxy;
    Finding finding;
    finding.kind = find_kind(proxy ? "note-proxy" : "note-b2bua");
    finding.confidence = service.confidence;
    finding.time = service.time;
    finding.segment = "lan-wan";
    finding.detail = service.evidence;
    findings.add(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_note_service() { return std::make_unique<NoteService>(); }

}  // namespace vialens
