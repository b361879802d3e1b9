#include "door/answer.hpp"

#include <utility>

#include "json/writer.hpp"

namespace pos::door {
namespace {

const char* title_of(int status) {
  if (status == 400) return "Bad request";
  if (status == 404) return "Not found";
  if (status == 409) return "Conflict";
  if (status == 422) return "Unprocessable content";
  if (status == 503) return "Service unavailable";
  return "Error";
}

json::Writer begin_problem(int status, std::string_view detail) {
  json::Writer out;
  out.begin_object().member("type", "about:blank").member("title", title_of(status));
  out.member("status", std::int64_t{status}).member("detail", detail);
  return out;
}

}  // namespace

io::DoneCommand answer(int status, std::string body) { return {status, std::move(body), 0}; }

io::DoneCommand problem(int status, std::string_view detail, std::int64_t retry_after_seconds) {
  json::Writer out = begin_problem(status, detail);
  out.end_object();
  return {status, out.take(), retry_after_seconds};
}

io::DoneCommand invalid(const std::vector<square::FieldError>& errors) {
  json::Writer out = begin_problem(422, square::to_string(errors));
  out.array("errors");
  for (const square::FieldError& each : errors) {
    out.begin_object().member("field", each.field).member("message", each.message).end_object();
  }
  out.end_array().end_object();
  return {422, out.take(), 0};
}

}  // namespace pos::door
