#include "explore/recording.hpp"

#include <algorithm>
#include <stdexcept>

#include "harness/frames.hpp"
#include "io/frame.hpp"
#include "jobs/push_job.hpp"

namespace explore {
namespace {

using pos::io::OutcomeKind;
using Step = Workers::Step;

std::string seconds(std::int64_t ms) {
  std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + fraction;
}

std::string start_frame(const Beginning& beginning) {
  const pos::Settings& settings = beginning.settings;
  std::string header = R"({"job":"tick","door":")" + beginning.actor + R"(","id":")" +
                       beginning.id + R"(","seed":")" + beginning.id +
                       R"(","secrets":["SQUARE_ACCESS_TOKEN"],"variables":{"SQUARE_BASE_URL":")" +
                       settings.base_url + R"(","SQUARE_LOCATION_ID":")" + settings.location_id +
                       R"(","MAX_ATTEMPTS":")" + std::to_string(settings.max_attempts) +
                       R"(","RETRY_BASE_SECONDS":")" + seconds(settings.retry_base_ms) +
                       R"(","RETRY_CAP_SECONDS":")" + seconds(settings.retry_cap_ms) + R"("}})";
  return world::frame_of(header);
}

/// An outcome as the shell would hand it over.
std::string outcome_frame(const Texts& texts, const Outcome& outcome, pos::io::CommandId id,
                          std::int64_t elapsed_ms) {
  std::string entry = "{\"id\":" + std::to_string(id);
  std::string_view attachment;
  const std::string& text = texts.text(outcome.text);
  switch (outcome.kind) {
    case OutcomeKind::d1_done:
      entry += ",\"of\":\"d1\",\"results\":" + text;
      break;
    case OutcomeKind::d1_failed:
      entry += ",\"of\":\"d1\",\"error\":\"" + text + "\"";
      break;
    case OutcomeKind::slept:
      entry += ",\"of\":\"sleep\"";
      break;
    case OutcomeKind::sealed:
      entry += ",\"of\":\"seal\",\"results\":" + text;
      break;
    case OutcomeKind::not_sealed:
      entry += ",\"of\":\"seal\",\"error\":\"" + text + "\"";
      break;
    case OutcomeKind::day_boundaries:
      entry += ",\"of\":\"days\",\"results\":" + text;
      break;
    case OutcomeKind::unknown_time_zone:
      entry += ",\"of\":\"days\"";
      break;
    case OutcomeKind::replied: {
      static constexpr const char* failures[] = {"", "timeout", "broken", "too_large",
                                                 "no_credential"};
      entry += ",\"of\":\"fetch\"";
      if (outcome.transport != pos::net::Transport::replied) {
        entry += ",\"failure\":\"";
        entry += failures[static_cast<std::size_t>(outcome.transport)];
        entry += "\",\"detail\":\"\"";
        break;
      }
      attachment = text;
      entry += ",\"status\":" + std::to_string(outcome.status) +
               ",\"body_bytes\":" + std::to_string(text.size());
      const std::string& retry_after = texts.text(outcome.retry_after);
      if (!retry_after.empty()) entry += ",\"retry_after\":\"" + retry_after + "\"";
      break;
    }
  }
  return world::frame_of(
      "{\"elapsed_ms\":" + std::to_string(elapsed_ms) + ",\"outcomes\":[" + entry + "}]}",
      attachment);
}

/// One job behind the door that the wasm modules have.
class Replay {
 public:
  Replay(Machine& machine, world::Trace& trace, const Beginning& beginning)
      : machine_(machine), trace_(trace) {
    const std::string frame = start_frame(beginning);
    trace_.note('s', frame);
    answer_ = pos::jobs::start(frame, job_);
    trace_.note('o', answer_);
  }

  void step(const Step& step) {
    const Outcome& outcome = machine_.workers().outcome(step.outcome);
    feed(machine_.workers()[step.from].out.at(step.which).id, outcome, step.elapsed_ms);
    // The explorer lets the core's pauses end at once.
    if (outcome.kind == OutcomeKind::d1_failed) {
      const pos::io::CommandId pause = sleep_in(answer_);
      const auto& out = machine_.workers()[step.to].out;
      const bool waits = std::any_of(out.begin(), out.end(),
                                     [&](const Asked& asked) { return asked.id == pause; });
      if (pause != 0 && !waits) feed(pause, Outcome(), step.elapsed_ms);
    }
    compare(step);
  }

  [[nodiscard]] std::size_t calls() const { return calls_; }

 private:
  void feed(pos::io::CommandId id, const Outcome& outcome, std::int64_t elapsed_ms) {
    const std::string frame = outcome_frame(machine_.texts(), outcome, id, elapsed_ms);
    trace_.note('i', frame);
    answer_ = pos::jobs::step(job_, frame);
    trace_.note('o', answer_);
    ++calls_;
  }

  static pos::io::CommandId sleep_in(const std::string& answer) {
    pos::io::FrameReader frame(answer);
    const pos::json::Value commands = frame.header()["commands"];
    for (pos::json::Value each = commands.first(); each.present(); each = each.next()) {
      if (each["do"].equals("sleep")) {
        return static_cast<pos::io::CommandId>(each["id"].integer());
      }
    }
    return 0;
  }

  /// What is asked for here must be what the explorer's job has asked for.
  void compare(const Step& step) {
    pos::io::FrameReader frame(answer_);
    const pos::json::Value commands = frame.header()["commands"];
    const Worker& worker = machine_.workers()[step.to];
    for (pos::json::Value each = commands.first(); each.present(); each = each.next()) {
      if (each["do"].equals("log")) continue;
      const bool known =
          each["do"].equals("done")
              ? worker.done
              : std::any_of(worker.out.begin(), worker.out.end(),
                            [&](const Asked& asked) { return asked.id == each["id"].integer(); });
      if (!known) throw std::logic_error("a replay does not ask for what the explorer's job did");
    }
  }

  Machine& machine_;
  world::Trace& trace_;
  pos::jobs::PushJob job_;
  std::string answer_;
  std::size_t calls_ = 0;
};

}  // namespace

Recording recorded(Machine& machine) {
  const Workers& workers = machine.workers();
  const std::vector<Step>& origins = workers.origins();
  const std::vector<Step> steps = workers.all_steps();

  const auto is_origin = [&](const Step& step) {
    const Step& first = origins[step.to];
    return first.from == step.from && first.which == step.which && first.outcome == step.outcome &&
           first.elapsed_ms == step.elapsed_ms;
  };
  std::vector<bool> passed(workers.count(), false);  // on the way to another worker
  for (const Step& step : steps) {
    if (is_origin(step)) passed[step.from] = true;
  }

  world::Trace trace;
  Recording recording;
  recording.different = steps.size();
  for (const Step& last : steps) {
    // A call that is on another's way need not be the end of one of its own.
    if (is_origin(last) && passed[last.to]) continue;
    std::vector<Step> way = {last};
    while (origins[way.back().from].from != way.back().from) {
      way.push_back(origins[way.back().from]);
    }
    const WorkerId first = way.back().from;
    const auto begun =
        std::find_if(workers.beginnings().begin(), workers.beginnings().end(),
                     [&](const auto& beginning) { return beginning.first == first; });
    if (begun == workers.beginnings().end()) throw std::logic_error("a job without a beginning");
    Replay replay(machine, trace, begun->second);
    std::reverse(way.begin(), way.end());
    for (const auto& step : way) replay.step(step);
    recording.calls += replay.calls() + 1;
  }
  recording.bytes = trace.bytes();
  return recording;
}

}  // namespace explore
