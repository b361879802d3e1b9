#include "job.hpp"

#include "config/settings.hpp"
#include "door/answer.hpp"
#include "io/frame.hpp"
#include "store/statements.hpp"
#include "text/text.hpp"

namespace pos {
namespace {

constexpr const char* unreadable = "the frame cannot be read";

bool has_secret(json::Value secrets, const char* name) {
  for (json::Value each = secrets.first(); each.present(); each = each.next()) {
    if (each.says(name)) return true;
  }
  return false;
}

// A worker that is not set up must not claim anything: what it claimed would wait for its lease.
bool refused(const std::string& problems, io::Commands& out) {
  return !problems.empty() && door::problem(out, 503, words("pos-sync is not set up: ", problems));
}

void read_request(io::FrameReader& frame, door::Request& request) {
  const json::Value header = frame.header();
  request.route = door::route_of(header["route"].text());
  request.id = header["id"].text();
  request.order_id = header["path"]["order_id"].text();
  request.body = frame.take(header["body_bytes"].integer());
}

}  // namespace

io::Commands Job::start(io::FrameReader& frame) {
  io::Commands out;
  if (!frame.valid()) {
    door::problem(out, 500, unreadable);
    return out;
  }
  const json::Value header = frame.header();
  Settings settings;
  std::string problems = read_settings(
      header["variables"], has_secret(header["secrets"], "SQUARE_ACCESS_TOKEN"), settings);

  if (header["job"].says("tick")) {
    const std::string missing = missing_for_pushing(settings);
    if (!missing.empty()) problems = words(problems, problems.empty() ? "" : "; ", missing);
    if (refused(problems, out)) return out;
    auto& tick =
        kind_.emplace<drain::Tick>(settings, std::string(header["id"].text()),
                                   std::string(header["door"].text()), header["seed"].text());
    return tick.start();
  }

  door::Request request;
  request.settings = settings;
  read_request(frame, request);
  const std::vector<square::FieldError> errors = door::read_query(header["query"], request);
  if (!errors.empty()) {
    door::invalid(out, errors);
    return out;
  }
  switch (request.route) {
    case door::Route::create:
      // What is enqueued is frozen, so the settings must be usable.
      if (refused(problems, out)) return out;
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
  door::problem(out, 404, "no such route");
  return out;
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
  if (reader.valid()) return io::write_commands(job.step(io::read_input(reader)));
  // A job that waited for an outcome it could not read would wait for ever.
  io::Commands out;
  door::problem(out, 500, unreadable);
  return io::write_commands(out);
}

std::string statements_json() { return store::catalogue_json(); }

}  // namespace pos
