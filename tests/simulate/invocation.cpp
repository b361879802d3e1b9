#include "simulate/invocation.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace simulate {

std::vector<world::Asked> Invocation::start(std::string_view frame, world::Trace* record) {
  if (record != nullptr) record->note('s', frame);
  return commands(pos::jobs::start(frame, job_), record);
}

void Invocation::hear(std::int64_t command, std::string_view members, std::string_view body) {
  if (!outcomes_.empty()) outcomes_ += ',';
  pos::append(outcomes_, pos::concat("{\"id\":", command, ",", members, "}"));
  bodies_ += body;
}

std::vector<world::Asked> Invocation::step(std::int64_t now_ms, world::Trace* record) {
  const std::int64_t elapsed = std::max<std::int64_t>(0, now_ms - started_ms_ + clock_error_ms_);
  const std::string frame = world::frame_of(
      pos::concat("{\"elapsed_ms\":", elapsed, ",\"outcomes\":[", outcomes_, "]}"), bodies_);
  outcomes_.clear();
  bodies_.clear();
  if (record != nullptr) record->note('i', frame);
  return commands(pos::jobs::step(job_, frame), record);
}

std::vector<world::Asked> Invocation::commands(const std::string& answer, world::Trace* record) {
  if (record != nullptr) record->note('o', answer);
  std::vector<world::Asked> asked;
  for (world::Asked& each : world::read_commands(answer)) {
    if (each.what == "done") {
      ended_ = true;
      status_ = each.status;
      next_order_ = each.next_order;
    } else if (each.what != "log") {
      asked.push_back(std::move(each));
    }
  }
  return asked;
}

}  // namespace simulate
