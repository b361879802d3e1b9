// What a reconciliation asks for: pages of D1, stretches of Square's lists, single things by name.
#include <algorithm>
#include <utility>

#include "base/duration.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "reconcile/reconciliation.hpp"
#include "square/listing.hpp"
#include "square/order_snapshot.hpp"

namespace pos::reconcile {
namespace {

using store::Statement;

// An order is made at Square around midnight, or pushed late: it finds its partner within that.
constexpr std::int64_t margin_ms = 3 * day_ms;
// And one that waited for longer is still found by its own day, for so long.
constexpr std::int64_t late_ms = 35 * day_ms;

// Square OpenAPI: ListPayments and ListPaymentRefunds have pages of at most 100. Of orders 1000
// would do, but a reply has at most a million bytes.
constexpr std::int64_t payments_a_page = 100;
constexpr std::int64_t orders_a_page = 200;
// Square OpenAPI, BatchRetrieveOrdersRequest.
constexpr std::size_t orders_by_name = 100;
constexpr std::size_t names_a_batch = 200;
// What is known of an order comes with its bytes, up to half a megabyte.
constexpr std::size_t known_a_batch = 40;

/// A list of names as JSON.
template <typename Names>
void write_names(json::Writer& out, const char* member, const Names& first, const Names& last) {
  out.array(member);
  for (Names each = first; each != last; ++each) out.string(*each);
  out.end_array();
}

/// The order id that metadata or a reference name, "" for a hash of one.
std::string named_order(const SquareOrder& theirs) {
  const std::string& key = theirs.order_key;
  if (!key.empty()) return key.substr(0, key.rfind("#r"));
  return theirs.reference_id.substr(0, 8) == "posSync:" ? std::string() : theirs.reference_id;
}

}  // namespace

void Reconciliation::ask(std::uint32_t about, const std::string& path, std::string body,
                         io::Commands& out) {
  const Settings& settings = request_.context.settings;
  io::FetchCommand fetch;
  fetch.method = body.empty() ? io::Method::get : io::Method::post;
  fetch.url = concat(settings.base_url, path);
  fetch.square_version = settings.square_version;
  fetch.credential = credential_;
  fetch.body = std::move(body);
  in_flight_.fetch(static_cast<std::uint32_t>(step_), about, std::move(fetch), out);
}

/// The members that every statement about a time reads.
json::Writer Reconciliation::query() const {
  json::Writer out;
  out.begin_object().member("account", account_).member("location_id", location_);
  out.member("from", period_.from_ms - margin_ms).member("near", period_.to_ms + margin_ms);
  out.member("late", period_.to_ms + late_ms);
  return out;
}

// Both statements are asked for one more page until neither has any; then comes the next
// restaurant.
bool Reconciliation::ask_sold(io::Commands& out) {
  if (!in_flight_.idle()) return true;
  if (std::exchange(reading_, true) && !more_) {
    ++restaurant_;
    sold_after_ = {};
    unnamed_after_ = {};
  }
  if (restaurant_ >= restaurants_.size()) return true;
  if (!in_flight_.has_budget()) return false;
  more_ = false;
  ask_page(Statement::books_sold, sold_after_, out);
  ask_page(Statement::books_unnamed, unnamed_after_, out);
  return true;
}

void Reconciliation::ask_page(Statement statement, const After& after, io::Commands& out) {
  json::Writer asked = query();
  asked.member("restaurant_id", restaurants_[restaurant_]);
  asked.member("after_at", after.at).member("after_order", after.order_id);
  asked.member("after_number", after.number).end_object();
  const auto about = static_cast<std::uint32_t>(statement);
  in_flight_.d1(static_cast<std::uint32_t>(step_), about, {statement}, {asked.take()}, out);
}

void Reconciliation::cut_into_stretches() {
  stretches_.clear();
  const std::int64_t from = period_.from_ms - margin_ms;
  const std::int64_t to = period_.to_ms + margin_ms;
  const bool payments = step_ == Step::payments;
  // As many as may be read at once, and none for less than a week.
  const std::int64_t most = std::max<std::int64_t>(1, (to - from) / (7 * day_ms));
  const std::int64_t count = std::min(request_.context.settings.concurrency, most);
  for (std::int64_t i = 0; i < count; ++i) {
    Stretch& stretch = stretches_.emplace_back();
    stretch.from_ms = from + (to - from) / count * i;
    stretch.to_ms = (i + 1 == count ? to : from + (to - from) / count * (i + 1)) - 1;
    stretch.limit = payments ? payments_a_page : orders_a_page;
  }
  if (!payments) return;
  Stretch& refunds = stretches_.emplace_back();
  refunds.refunds = true;
  refunds.from_ms = from;
  refunds.limit = payments_a_page;
}

bool Reconciliation::ask_stretches(io::Commands& out) {
  bool all = true;
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    Stretch& each = stretches_[i];
    if (each.done || each.out) continue;
    if (!in_flight_.can_send_now()) {
      all = false;
      break;
    }
    each.out = true;
    const bool orders = step_ == Step::orders;
    ask(static_cast<std::uint32_t>(i), orders ? "/v2/orders/search" : list_path(each),
        orders ? search_body(each) : std::string(), out);
  }
  return all;
}

// Square OpenAPI, SearchOrdersRequest: sort_field must be the field that is filtered, and both ends
// are included.
std::string Reconciliation::search_body(const Stretch& stretch) const {
  json::Writer out;
  out.begin_object().array("location_ids").string(location_).end_array();
  out.object("query").object("filter").object("date_time_filter").object("created_at");
  out.member("start_at", to_rfc3339(stretch.from_ms));
  out.member("end_at", to_rfc3339(stretch.to_ms));
  out.end_object().end_object().end_object().object("sort");
  out.member("sort_field", "CREATED_AT").member("sort_order", "ASC").end_object().end_object();
  out.member("limit", stretch.limit).member_if_any("cursor", stretch.cursor).end_object();
  return out.take();
}

// A refund that is under way may be of any time since then.
std::string Reconciliation::list_path(const Stretch& stretch) const {
  std::string path = concat(stretch.refunds ? "/v2/refunds" : "/v2/payments",
                            "?location_id=", square::url_encoded(location_),
                            "&begin_time=", square::url_encoded(to_rfc3339(stretch.from_ms)));
  if (stretch.refunds) {
    append(path, "&status=PENDING");
  } else {
    append(path, concat("&end_time=", square::url_encoded(to_rfc3339(stretch.to_ms))));
  }
  append(path, concat("&sort_order=ASC&limit=", stretch.limit));
  if (!stretch.cursor.empty()) {
    append(path, concat("&cursor=", square::url_encoded(stretch.cursor)));
  }
  return path;
}

/// What our books did not name of these days may be ours all the same: of another day, in doubt,
/// or given up.
void Reconciliation::want_known() {
  const auto match = matches(ours_, theirs_);
  for (std::size_t i = 0; i < theirs_.size(); ++i) {
    if (match[i] >= 0) continue;
    std::string name = named_order(theirs_[i]);
    if (!name.empty()) names_.push_back(std::move(name));
  }
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

/// A search may lag, and an order may have been made on another day.
void Reconciliation::want_strays() {
  for (const LocalOrder& each : ours_) {
    const std::string& id = each.external_order_id;
    const bool counts = each.known == Known::sold && period_.day_of(each.at_ms) >= 0;
    if (counts && !id.empty() && theirs_places_.count(id) == 0) names_.push_back(id);
  }
}

/// The payments of those that are paid and have none in the lists: they may have been given back.
void Reconciliation::want_tenders() {
  for (const auto& [id, paid] : paid_) {
    const auto place = theirs_places_.find(paid.order_id);
    if (place != theirs_places_.end()) theirs_[place->second].has_payment = true;
  }
  const auto match = matches(ours_, theirs_);
  for (std::size_t i = 0; i < theirs_.size(); ++i) {
    const SquareOrder& each = theirs_[i];
    if (!each.paid || each.has_payment || each.payment_id.empty()) continue;
    const std::int64_t at =
        match[i] < 0 ? each.created_at_ms : ours_[static_cast<std::size_t>(match[i])].at_ms;
    const bool counts = period_.day_of(at) >= 0 || period_.day_of(each.created_at_ms) >= 0;
    if (counts && each.sold.gross + each.tip > 0) names_.push_back(each.id);
  }
}

/// Whatever stands besides what is ours, or more than once, may be what an audit calls a copy.
void Reconciliation::want_roles() {
  const auto match = matches(ours_, theirs_);
  std::vector<std::int64_t> copies(ours_.size());
  for (const std::ptrdiff_t each : match) {
    if (each >= 0) ++copies[static_cast<std::size_t>(each)];
  }
  for (std::size_t i = 0; i < theirs_.size(); ++i) {
    const bool alone = match[i] >= 0 && copies[static_cast<std::size_t>(match[i])] == 1;
    if (!alone || theirs_[i].standing().orders == 0) names_.push_back(theirs_[i].id);
  }
}

bool Reconciliation::ask_names(Statement statement, io::Commands& out) {
  if (!in_flight_.idle() || named_ == names_.size()) return true;
  if (!in_flight_.has_budget()) return false;
  const std::size_t most = statement == Statement::books_known ? known_a_batch : names_a_batch;
  const std::size_t end = std::min(names_.size(), named_ + most);
  json::Writer asked = query();
  const auto first = names_.begin();
  write_names(asked, "ids", first + static_cast<std::ptrdiff_t>(named_),
              first + static_cast<std::ptrdiff_t>(end));
  named_ = end;
  asked.end_object();
  in_flight_.d1(static_cast<std::uint32_t>(step_), 0, {statement}, {asked.take()}, out);
  return true;
}

bool Reconciliation::ask_strays(io::Commands& out) {
  while (named_ < names_.size()) {
    if (!in_flight_.can_send_now()) return false;
    const std::size_t end = std::min(names_.size(), named_ + orders_by_name);
    json::Writer body;
    body.begin_object().member("location_id", location_);
    const auto first = names_.begin();
    write_names(body, "order_ids", first + static_cast<std::ptrdiff_t>(named_),
                first + static_cast<std::ptrdiff_t>(end));
    body.end_object();
    ask(static_cast<std::uint32_t>(named_), "/v2/orders/batch-retrieve", body.take(), out);
    named_ = end;
  }
  return true;
}

bool Reconciliation::ask_tenders(io::Commands& out) {
  for (; named_ < names_.size(); ++named_) {
    if (!in_flight_.can_send_now()) return false;
    const SquareOrder& theirs = theirs_[theirs_places_[names_[named_]]];
    ask(static_cast<std::uint32_t>(named_),
        concat("/v2/payments/", square::path_segment(theirs.payment_id)), {}, out);
  }
  return true;
}

bool Reconciliation::ask_groups(bool first, io::Commands& out) {
  if (!in_flight_.idle() || (!first && !more_)) return true;
  more_ = false;
  json::Writer asked = query();
  asked.member("after_group", after_group_).end_object();
  in_flight_.d1(static_cast<std::uint32_t>(step_), 0, {Statement::books_groups}, {asked.take()},
                out);
  return true;
}

}  // namespace pos::reconcile
