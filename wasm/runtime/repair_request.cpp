#include "runtime/repair_request.hpp"

#include "base/text.hpp"
#include "runtime/query.hpp"

namespace pos::runtime {

RepairRoute route_of(std::string_view name) {
  // In the order of the enum, behind the unknown one.
  std::string_view names =
      "audits.create audits.list audits.show audits.approve audits.quarterly repairs.list "
      "mails.list mails.approve reconciliation accounts.profile repairs.retry places.leave_out "
      "places.put_back";
  for (std::uint8_t route = 1; !names.empty(); ++route) {
    if (take_word(names) == name) return static_cast<RepairRoute>(route);
  }
  return RepairRoute::unknown;
}

namespace {

std::string_view parameters_of(RepairRoute route) {
  switch (route) {
    case RepairRoute::audit_show:
      return "cursor format list";
    case RepairRoute::repair_list:
      return "cursor format restaurant_id target";
    case RepairRoute::mail_list:
      return "cursor format restaurant_id";
    case RepairRoute::audit_list:
      return "cursor";
    case RepairRoute::reconcile:
      return "format from restaurant_id to";
    case RepairRoute::unknown:
    case RepairRoute::audit_create:
    case RepairRoute::audit_approve:
    case RepairRoute::audit_quarterly:
    case RepairRoute::mail_approve:
    case RepairRoute::profile_put:
    case RepairRoute::repair_retry:
    case RepairRoute::place_leave_out:
    case RepairRoute::place_put_back:
      return "";
  }
  return "";
}

}  // namespace

void read_parameters(json::Value path, json::Value query, RepairRequest& request) {
  request.unknown = runtime::unknown_parameter(query, parameters_of(request.route));
  request.audit_id = path["audit_id"].text();
  request.location_id = path["location_id"].text();
  const json::Value of_path = path["restaurant_id"];
  const json::Value restaurant = of_path.present() ? of_path : query["restaurant_id"];
  request.has_restaurant = restaurant.present();
  request.restaurant_id = restaurant.text();
  request.from = query["from"].text();
  request.to = query["to"].text();
  request.cursor = query["cursor"].text();
  request.list = query["list"].text();
  request.target = query["target"].text();
  // A variable that was not set would list all of them.
  for (const char* name : {"list", "target"}) {
    const json::Value value = query[name];
    if (value.present() && value.text().empty()) {
      request.problem = concat(name, ": expected a value, got \"\"");
    }
  }
  const json::Value format = query["format"];
  request.csv = format.equals("csv");
  if (format.present() && !request.csv && !format.equals("json")) {
    request.problem = concat("format: expected json or csv, got \"", format.text(), "\"");
  }
}

}  // namespace pos::runtime
