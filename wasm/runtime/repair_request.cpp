#include "runtime/repair_request.hpp"

#include "base/text.hpp"
#include "runtime/query.hpp"
#include "runtime/route_table.hpp"

namespace pos::runtime {

namespace {

constexpr RouteRow<RepairRoute> routes[] = {
    {RepairRoute::audit_create, "audits.create", ""},
    {RepairRoute::audit_list, "audits.list", "cursor"},
    {RepairRoute::audit_show, "audits.show", "cursor format list"},
    {RepairRoute::audit_approve, "audits.approve", ""},
    {RepairRoute::audit_quarterly, "audits.quarterly", ""},
    {RepairRoute::place_leave_out, "places.leave_out", ""},
    {RepairRoute::place_put_back, "places.put_back", ""},
    {RepairRoute::repair_list, "repairs.list", "cursor format restaurant_id target"},
    {RepairRoute::repair_retry, "repairs.retry", ""},
    {RepairRoute::mail_list, "mails.list", "cursor format restaurant_id"},
    {RepairRoute::mail_approve, "mails.approve", ""},
    {RepairRoute::reconcile, "reconciliation", "format from restaurant_id to"},
    {RepairRoute::profile_put, "accounts.profile", ""},
};

std::string_view parameters_of(RepairRoute route) {
  return parameters_in<RepairRoute>(routes, route);
}

}  // namespace

RepairRoute route_of(std::string_view name) { return route_named<RepairRoute>(routes, name); }

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
