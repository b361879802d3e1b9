#include "audit/approve/planned_repairs.hpp"

#include "base/json/writer.hpp"
#include "runtime/seal.hpp"

namespace pos::audit {

void PlannedRepairs::take(json::Value rows) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    repairs_.push_back({std::string(row.at(0).text()), std::string(row.at(1).text()),
                        std::string(row.at(2).text()), std::string(row.at(3).text())});
  }
}

io::SignCommand PlannedRepairs::to_sign() const {
  io::SignCommand command = runtime::signing();
  for (const Repair& each : repairs_) runtime::add_to_sign(command, each.values);
  return command;
}

std::string PlannedRepairs::sealed(json::Value seals) const {
  json::Writer out;
  out.begin_array();
  json::Value seal = seals.first();
  for (const Repair& each : repairs_) {
    out.begin_object().member("group", each.group_id).member("action", each.action);
    out.member("target", each.target).member("seal", seal.text()).end_object();
    seal = seal.next();
  }
  return out.end_array().take();
}

}  // namespace pos::audit
