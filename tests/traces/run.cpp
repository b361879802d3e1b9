#include "traces/run.hpp"

#include <algorithm>
#include <stdexcept>

namespace traces {
namespace {

using world::RequestFault;

}  // namespace

Run::Run(world::World& world, Trace& trace, std::string_view frame) : world_(world), trace_(trace) {
  trace_.note('s', frame);
  receive(pos::jobs::start(frame, job_));
}

void Run::receive(std::string_view answer) {
  trace_.note('o', answer);
  for (Asked& asked : world::read_commands(answer)) {
    if (asked.what == "done") ended_ = true;
    if (asked.what != "done" && asked.what != "log") out_.push_back(std::move(asked));
  }
}

Asked Run::take(std::size_t which) {
  Asked asked = out_.at(which);
  out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(which));
  return asked;
}

void Run::outcome(std::int64_t id, std::string_view members) {
  if (!outcomes_.empty()) outcomes_ += ',';
  outcomes_ += "{\"id\":" + std::to_string(id) + ',';
  outcomes_.append(members).append("}");
}

void Run::perform(std::size_t which, RequestFault end) {
  const Asked asked = take(which);
  if (asked.what == "sleep") {
    world_.pass(asked.duration_ms);
    elapsed_ms_ += asked.duration_ms;
    return outcome(asked.id, "\"of\":\"sleep\"");
  }
  if (asked.what == "d1") {
    std::string results;
    if (end != RequestFault::failed)
      results = world_.database.batch(asked.statements, asked.parameters);
    return outcome(asked.id, end == RequestFault::none
                                 ? "\"of\":\"d1\",\"results\":" + results
                                 : "\"of\":\"d1\",\"error\":\"Network connection lost.\"");
  }
  const world::Answer answer = world::ask_square(world_, asked.url, asked.body, end);
  if (answer.transport != pos::net::Transport::replied) {
    return outcome(asked.id, R"("of":"fetch","failure":"timeout","detail":"no whole reply")");
  }
  attachments_ += answer.reply.body;
  outcome(asked.id, "\"of\":\"fetch\",\"status\":" + std::to_string(answer.reply.status) +
                        ",\"body_bytes\":" + std::to_string(answer.reply.body.size()));
}

void Run::reply(std::size_t which, std::string_view members, std::string_view body) {
  attachments_ += body;
  std::string all = "\"of\":\"fetch\",";
  all.append(members).append(",\"body_bytes\":").append(std::to_string(body.size()));
  outcome(take(which).id, all);
}

void Run::step(std::int64_t took_ms) {
  elapsed_ms_ += took_ms;
  world_.pass(took_ms);
  const std::string frame = frame_of(
      "{\"elapsed_ms\":" + std::to_string(elapsed_ms_) + ",\"outcomes\":[" + outcomes_ + "]}",
      attachments_);
  outcomes_.clear();
  attachments_.clear();
  trace_.note('i', frame);
  receive(pos::jobs::step(job_, frame));
}

void Run::finish() {
  while (!ended_) {
    // A sleep comes last: whatever else is out happens meanwhile.
    const auto busy = std::find_if(out_.begin(), out_.end(),
                                   [](const Asked& asked) { return asked.what != "sleep"; });
    if (out_.empty()) throw std::logic_error("the job waits for nothing");
    perform(busy == out_.end() ? 0 : static_cast<std::size_t>(busy - out_.begin()));
    step();
  }
}

}  // namespace traces
