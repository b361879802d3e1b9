// What a look asks Square, and in which words; read_back.cpp reads the answers.
#include <string>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/listing.hpp"
#include "square/read_back.hpp"

namespace pos::square {

Query ReadBack::next() const {
  switch (step_) {
    case Step::hints:
      return {"/v2/orders/batch-retrieve", hints_body()};
    case Step::search:
      return {"/v2/orders/search", search_body()};
    case Step::retrieve:
      return {concat("/v2/orders/", path_segment(order_id_)), {}};
    case Step::payments:
      return {payments_path(), {}};
  }
  return {};
}

// Square OpenAPI, BatchRetrieveOrdersRequest: ids that are not known are left out of the answer.
std::string ReadBack::hints_body() const {
  json::Writer out;
  out.begin_object().member("location_id", location_).key("order_ids").raw(hints_).end_object();
  return out.take();
}

// Square OpenAPI, SearchOrdersRequest: sort_field must be the field that is filtered, and a cursor
// needs the query that it came of.
std::string ReadBack::search_body() const {
  json::Writer out;
  out.begin_object().array("location_ids").string(location_).end_array();
  out.object("query").object("filter");
  out.object("date_time_filter").object("created_at");
  out.member("start_at", to_rfc3339(since_ms_)).end_object().end_object();
  if (!source_.empty()) {
    out.object("source_filter").array("source_names").string(source_).end_array().end_object();
  }
  out.end_object().object("sort");
  out.member("sort_field", "CREATED_AT").member("sort_order", "ASC").end_object().end_object();
  out.member("limit", limit_).member_if_any("cursor", cursor_).end_object();
  return out.take();
}

std::string ReadBack::payments_path() const {
  std::string path = concat("/v2/payments?location_id=", url_encoded(location_));
  append(path,
         concat("&begin_time=", url_encoded(to_rfc3339(since_ms_)), "&sort_order=ASC&limit=100"));
  if (!cursor_.empty()) append(path, concat("&cursor=", url_encoded(cursor_)));
  return path;
}

}  // namespace pos::square
