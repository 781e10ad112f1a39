#include "userspace/doctor/check_json.h"

namespace vialens {

Json to_json(const Check& check) {
  return {{"type", "check"},
          {"id", check.id},
          {"state", to_string(check.state)},
          {"reason", check.reason},
          {"evidence", check.evidence},
          {"fix", check.fix}};
}

}  // namespace vialens
