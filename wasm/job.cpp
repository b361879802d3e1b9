#include "job.hpp"

#include "config/settings.hpp"
#include "door/answer.hpp"
#include "io/frame.hpp"
#include "store/statements.hpp"
#include "text/text.hpp"

namespace pos {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    append(text, text.empty() ? "" : "; ");
    append(text, line);
  }
  return text;
}

bool has_secret(json::Value secrets, const char* name) {
  for (json::Value each = secrets.first(); each.present(); each = each.next()) {
    if (each.says(name)) return true;
  }
  return false;
}

// A worker that is not set up must not claim anything: what it claimed would wait for its lease.
io::Commands refuse(const std::vector<std::string>& problems) {
  return {door::problem(503, words("pos-sync is not set up: ", joined(problems)))};
}

door::Request read_request(io::FrameReader& frame, const Settings& settings) {
  const json::Value header = frame.header();
  door::Request request;
  request.settings = settings;
  request.route = door::route_of(header["route"].text());
  request.id = header["id"].text();
  request.order_id = header["path"]["order_id"].text();
  request.body = frame.take(header["body_bytes"].integer());
  return request;
}

}  // namespace

io::Commands Job::start(io::FrameReader& frame) {
  const json::Value header = frame.header();
  if (!frame.valid()) return {door::problem(500, "the frame cannot be read")};
  Settings settings;
  std::vector<std::string> problems = read_settings(
      header["variables"], has_secret(header["secrets"], "SQUARE_ACCESS_TOKEN"), settings);

  if (header["job"].says("tick")) {
    for (std::string& each : missing_for_pushing(settings)) problems.push_back(std::move(each));
    if (!problems.empty()) return refuse(problems);
    auto& tick =
        kind_.emplace<drain::Tick>(settings, std::string(header["id"].text()),
                                   std::string(header["door"].text()), header["seed"].text());
    return tick.start();
  }

  door::Request request = read_request(frame, settings);
  const std::vector<square::FieldError> errors = door::read_query(header["query"], request);
  if (!errors.empty()) return {door::invalid(errors)};
  switch (request.route) {
    case door::Route::create:
      // What is enqueued is frozen, so the settings must be usable.
      if (!problems.empty()) return refuse(problems);
      return kind_.emplace<door::Enqueue>(std::move(request)).start();
    case door::Route::replay:
    case door::Route::cancel:
    case door::Route::mark_done:
      return kind_.emplace<door::Operate>(std::move(request)).start();
    case door::Route::list:
    case door::Route::show:
    case door::Route::status:
      return kind_.emplace<door::Inspect>(std::move(request)).start();
    case door::Route::unknown:
      break;
  }
  return {door::problem(404, "no such route")};
}

io::Commands Job::step(const io::Input& input) {
  return std::visit(
      [&](auto& kind) -> io::Commands {
        if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, std::monostate>) {
          return {};
        } else {
          return kind.step(input);
        }
      },
      kind_);
}

std::string start(std::string_view frame, Job& job) {
  io::FrameReader reader(frame);
  return io::write_commands(job.start(reader));
}

std::string step(Job& job, std::string_view frame) {
  io::FrameReader reader(frame);
  // A job that waited for an outcome it could not read would wait for ever.
  if (!reader.valid()) return io::write_commands({door::problem(500, "the frame cannot be read")});
  return io::write_commands(job.step(io::read_input(reader)));
}

std::string statements_json() { return store::catalogue_json(); }

}  // namespace pos
