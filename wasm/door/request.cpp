#include "door/request.hpp"

#include <charconv>

namespace pos::door {
namespace {

using Errors = std::vector<square::FieldError>;

bool read_positive(std::string_view text, std::int64_t& target) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), target);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() && target >= 1;
}

}  // namespace

Route route_of(std::string_view name) {
  if (name == "orders.create") return Route::create;
  if (name == "orders.list") return Route::list;
  if (name == "orders.show") return Route::show;
  if (name == "orders.replay") return Route::replay;
  if (name == "orders.cancel") return Route::cancel;
  if (name == "orders.mark_done") return Route::mark_done;
  if (name == "status") return Route::status;
  return Route::unknown;
}

std::vector<square::FieldError> read_query(json::Value query, Request& request) {
  Errors errors;
  const auto text = [&](std::string_view name) { return std::string(query[name].text()); };
  if (query["provider"].present()) request.provider = text("provider");
  request.status = text("status");
  request.has_restaurant = query["restaurant_id"].present();
  request.restaurant_id = text("restaurant_id");
  request.cursor = text("cursor");
  const std::string revision = text("revision");
  if (!revision.empty() && !read_positive(revision, request.revision)) {
    errors.push_back({"revision", "expected an integer of 1 or more, got \"" + revision + "\""});
  }
  std::int64_t position = 0;
  if (!request.cursor.empty() && !read_positive(request.cursor, position)) {
    errors.push_back(
        {"cursor", "expected the cursor of an earlier answer, got \"" + request.cursor + "\""});
  }
  const std::string& status = request.status;
  if (!status.empty() && status != "pending" && status != "failed" && status != "success" &&
      status != "dead") {
    errors.push_back(
        {"status", "expected pending, failed, success or dead, got \"" + status + "\""});
  }
  return errors;
}

}  // namespace pos::door
