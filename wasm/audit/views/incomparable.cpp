#include "audit/views/incomparable.hpp"

#include <cstdint>
#include <string>

#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "store/rows.hpp"

namespace pos::audit {
namespace {

struct Incomparable {
  std::string location_id;
  std::string order_id;
  std::string restaurant_id;
  std::int64_t created_at = 0;
  std::string state;
  std::string reference_id;
  std::int64_t total = 0;
  std::string currency;
  std::string missing;

  [[nodiscard]] bool lacks(std::string_view name) const { return has_word(missing, name); }
};

Incomparable read_incomparable(json::Value columns) {
  Incomparable read;
  store::Columns row(columns);
  row >> read.location_id >> read.order_id >> read.restaurant_id >> read.created_at >> read.state >>
      read.reference_id >> read.total >> read.currency >> read.missing;
  return read;
}

}  // namespace

void write_incomparable(json::Writer& out, json::Value columns) {
  const Incomparable order = read_incomparable(columns);
  out.begin_object().member("order_id", order.order_id).member("missing", order.missing);
  out.key("created_at");
  if (order.lacks("created_at")) {
    out.null();
  } else {
    out.string(to_rfc3339(order.created_at));
  }
  out.member("state", order.state).member("reference_id", order.reference_id).key("total");
  if (order.lacks("total_money")) {
    out.null();
  } else {
    out.integer(order.total);
  }
  out.member("currency", order.currency).member("restaurant_id", order.restaurant_id);
  out.member("location_id", order.location_id).end_object();
}

void write_incomparable_heads(Csv& out) {
  out.heads(
      "order_id missing created_at state reference_id total currency restaurant_id location_id");
}

void write_incomparable(Csv& out, json::Value columns) {
  const Incomparable order = read_incomparable(columns);
  out.cell(order.order_id).cell(order.missing);
  out.cell(order.lacks("created_at") ? std::string() : to_rfc3339(order.created_at));
  out.cell(order.state).cell(order.reference_id);
  if (order.lacks("total_money")) {
    out.cell(std::string());
  } else {
    out.cell(order.total);
  }
  out.cell(order.currency).cell(order.restaurant_id).cell(order.location_id).end_row();
}

}  // namespace pos::audit
