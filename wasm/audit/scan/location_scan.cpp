#include "audit/scan/location_scan.hpp"

#include <algorithm>
#include <utility>

#include "ablation/layer.hpp"
#include "account/binding.hpp"
#include "base/duration.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/listing.hpp"
#include "store/rows.hpp"

namespace pos::audit {
namespace {

using square::url_encoded;

constexpr std::string_view step_names = "location orders payments refunds disputes grouping done";

// Square OpenAPI, SearchOrdersRequest: 500 by default, 1000 at most; a reply of ours has a million
// bytes at most. ListPayments and ListPaymentRefunds: 100 at most.
constexpr std::int64_t orders_in_page = 500;
constexpr std::int64_t list_most = 100;

// A list that is longer than this, or of which so many pages bring nothing later, has no end: five
// million payments of one location.
constexpr std::int64_t step_pages_most = 50'000;
constexpr std::int64_t step_idle_most = 50;

// A payment that was made offline is booked when the till is online again, up to three days later,
// and bears the time at which it was made.
constexpr std::int64_t payment_before_ms = day_ms;
constexpr std::int64_t payment_behind_ms = 3 * day_ms;

std::int64_t beginning(LocationStep step, std::int64_t from_ms) {
  return step == LocationStep::payments ? from_ms - payment_before_ms : from_ms;
}

std::string search_body(const LocationScan& place) {
  json::Writer out;
  out.begin_object().array("location_ids").string(place.location_id).end_array();
  out.object("query").object("filter").object("date_time_filter").object("created_at");
  // Both ends belong to it (Square OpenAPI, SearchOrdersDateTimeFilter).
  out.member("start_at", to_rfc3339(place.at.since_ms));
  out.member("end_at", to_rfc3339(place.to_ms - 1)).end_object().end_object().end_object();
  out.object("sort").member("sort_field", "CREATED_AT").member("sort_order", "ASC");
  out.end_object().end_object().member("limit", place.at.limit);
  out.member_if_any("cursor", place.at.cursor).end_object();
  return out.take();
}

std::string list_path(const LocationScan& place, const char* list, std::int64_t end_ms) {
  std::string path = concat("/v2/", list, "?location_id=", url_encoded(place.location_id));
  append(path, concat("&begin_time=", url_encoded(to_rfc3339(place.at.since_ms))));
  if (end_ms != 0) append(path, concat("&end_time=", url_encoded(to_rfc3339(end_ms))));
  append(path, concat("&sort_order=ASC&limit=", place.at.limit));
  if (!place.at.cursor.empty()) append(path, concat("&cursor=", url_encoded(place.at.cursor)));
  return path;
}

std::string disputes_path(const LocationScan& place) {
  std::string path = concat("/v2/disputes?location_id=", url_encoded(place.location_id));
  if (!place.at.cursor.empty()) append(path, concat("&cursor=", url_encoded(place.at.cursor)));
  return path;
}

}  // namespace

const char* name_of(LocationStep step) {
  switch (step) {
    case LocationStep::location:
      return "location";
    case LocationStep::orders:
      return "orders";
    case LocationStep::payments:
      return "payments";
    case LocationStep::refunds:
      return "refunds";
    case LocationStep::disputes:
      return "disputes";
    case LocationStep::grouping:
      return "grouping";
    case LocationStep::done:
      return "done";
  }
  return "done";
}

LocationStep location_step_of(std::string_view name) {
  std::string_view names = step_names;
  for (std::uint8_t step = 0; !names.empty(); ++step) {
    if (take_word(names) == name) return static_cast<LocationStep>(step);
  }
  return LocationStep::done;
}

LocationStep behind(LocationStep step) {
  return static_cast<LocationStep>(static_cast<std::uint8_t>(step) + 1);
}

std::string ScanPosition::json() const {
  json::Writer out;
  out.begin_object().member("since", since_ms).member("last", last_ms).member("limit", limit);
  out.member("pages", paging.pages()).member("idle", idle);
  out.member_if_any("mark", paging.mark()).member_if_any("cursor", cursor).end_object();
  return out.take();
}

void ScanPosition::go_on_without_cursor() {
  cursor.clear();
  paging.begin_again();
  if (last_ms != 0) since_ms = last_ms;
}

bool ScanPosition::follow(std::string next, std::int64_t reached_ms) {
  idle = reached_ms > last_ms ? 0 : idle + 1;
  last_ms = std::max(last_ms, reached_ms);
  const bool bounded = idle < step_idle_most || !ablation::intact(ablation::Layer::list_bound);
  if (!paging.follow(next, step_pages_most) || (!next.empty() && !bounded)) return false;
  cursor = std::move(next);
  return true;
}

void LocationScan::stand(std::string_view step_name, std::string_view stored) {
  step = location_step_of(step_name);
  cursor = stored;
  at = ScanPosition();
  at.since_ms = beginning(step, from_ms);
  at.limit = step == LocationStep::orders ? orders_in_page : list_most;
  json::Document position;
  if (stored.empty() || !position.parse(stored)) return;
  at.since_ms = position.root()["since"].integer();
  at.last_ms = position.root()["last"].integer();
  at.limit = position.root()["limit"].integer();
  at.idle = position.root()["idle"].integer();
  at.paging = square::Paging(position.root()["pages"].integer(),
                             std::string(position.root()["mark"].text()));
  at.cursor = position.root()["cursor"].text();
}

json::Writer LocationScan::fence() const {
  json::Writer out;
  out.begin_object().member("audit_id", audit_id).member("location_id", location_id);
  out.member("edition", edition).member("step", name_of(step)).member("cursor", cursor);
  return out;
}

io::FetchCommand LocationScan::request(const Settings& settings) const {
  io::FetchCommand fetch;
  fetch.method = io::Method::get;
  fetch.square_version = settings.square_version;
  fetch.credential = credential_of(account, sealed);
  std::string path;
  switch (step) {
    case LocationStep::location:
      path = concat("/v2/locations/", square::path_segment(location_id));
      break;
    case LocationStep::orders:
      path = "/v2/orders/search";
      fetch.method = io::Method::post;
      fetch.body = search_body(*this);
      break;
    case LocationStep::payments:
      path = list_path(*this, "payments", to_ms + payment_behind_ms);
      break;
    case LocationStep::refunds:
      // To this day: what was sold then may have been refunded yesterday.
      path = list_path(*this, "refunds", 0);
      break;
    case LocationStep::disputes:
      path = disputes_path(*this);
      break;
    case LocationStep::grouping:
    case LocationStep::done:
      break;
  }
  fetch.url = concat(settings.base_url, path);
  return fetch;
}

LocationScan read_place(json::Value columns) {
  LocationScan place;
  std::string restaurant_id;
  std::string step;
  std::string cursor;
  std::int64_t orders = 0;
  store::Columns row(columns);
  row >> place.audit_id >> place.location_id >> restaurant_id >> place.edition >> step >> cursor >>
      place.attempts >> place.time_zone >> orders >> place.from_ms >> place.to_ms >>
      place.window_ms >> place.account >> place.sealed;
  place.stand(step, cursor);
  return place;
}

io::Credential credential_of(const std::string& account, const std::string& sealed) {
  if (sealed.empty()) return {"SQUARE_ACCESS_TOKEN", {}, {}};
  return {{}, sealed, account::bound_to(account, "access")};
}

}  // namespace pos::audit
