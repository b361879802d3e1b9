#include "runtime/http_answer.hpp"

#include <utility>

namespace pos::runtime {
namespace {

const char* title_of(int status) {
  if (status == 400) return "Bad request";
  if (status == 404) return "Not found";
  if (status == 409) return "Conflict";
  if (status == 422) return "Unprocessable content";
  if (status == 503) return "Service unavailable";
  return "Error";
}

void begin_problem(json::Writer& out, int status, const std::string& detail) {
  out.begin_object().member("type", "about:blank").member("title", title_of(status));
  out.member("status", status).member("detail", detail);
}

}  // namespace

void answer(io::Commands& out, int status, json::Writer& body) {
  out.emplace_back(io::DoneCommand{status, body.take(), 0});
}

bool problem(io::Commands& out, int status, const std::string& detail,
             std::int64_t retry_after_seconds) {
  json::Writer body;
  begin_problem(body, status, detail);
  body.end_object();
  out.emplace_back(io::DoneCommand{status, body.take(), retry_after_seconds});
  return true;
}

bool problem(io::Commands& out, int status, const char* detail, std::int64_t retry_after_seconds) {
  return problem(out, status, std::string(detail), retry_after_seconds);
}

void invalid(io::Commands& out, const std::vector<FieldError>& errors) {
  json::Writer body;
  begin_problem(body, 422, to_string(errors));
  body.array("errors");
  for (const FieldError& each : errors) {
    body.begin_object().member("field", each.field).member("message", each.message).end_object();
  }
  body.end_array().end_object();
  answer(out, 422, body);
}

}  // namespace pos::runtime
