// Moves in words: short ones that a script can name, and sentences for people.
#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "explore/repair/machine.hpp"

namespace explore::repair {
namespace {

using pos::store::Statement;

std::string duration(std::int64_t ms) {
  std::string text;
  const auto part = [&](std::int64_t unit, const char* name) {
    if (ms < unit) return;
    if (!text.empty()) text += ' ';
    text += std::to_string(ms / unit) + " " + name;
    ms %= unit;
  };
  part(86'400'000, "d");
  part(3'600'000, "h");
  part(60'000, "min");
  part(1000, "s");
  part(1, "ms");
  return text;
}

struct BatchWords {
  const char* label;
  const char* verb;
};

BatchWords words_of(Statement first) {
  if (first == Statement::repair_due) return {"due", "asks what there is to do"};
  if (first == Statement::repair_open) return {"claim", "claims"};
  if (first == Statement::repair_log_frozen) return {"freeze", "freezes"};
  if (first == Statement::repair_log_settled) return {"settle", "settles"};
  if (first == Statement::repair_log_retried) return {"retry", "is set going again:"};
  if (first == Statement::repair_find) return {"find", "looks"};
  return {"approve", "is carried out"};
}

const char* end_words(BatchFault end) {
  switch (end) {
    case BatchFault::done:
    case BatchFault::torn:
      return "";
    case BatchFault::drifted:
      return " is done while the clock moves on between its statements";
    case BatchFault::failed:
      return " fails";
    case BatchFault::lost:
      return " is done, but reported as failed";
  }
  return "";
}

const char* state_word(RepairStatus state) {
  static constexpr const char* words[] = {"unknown", "due", "pending", "done", "stopped"};
  return words[static_cast<std::size_t>(state)];
}

}  // namespace

/// "payment P2", "refunds", "order O1", …
std::string Machine::read_by(const Request& request) const {
  const std::string& path = texts_.text(request.path);
  const std::string resource = path.substr(0, path.find('?'));
  if (resource == "/v2/refunds") return "the refunds";
  if (resource == "/v2/disputes") return "the disputes";
  const std::string id = resource.substr(resource.rfind('/') + 1);
  if (resource.rfind("/v2/payments/", 0) == 0) return "payment " + id;
  return (resource.rfind("/v2/orders/", 0) == 0 ? "order " : "refund ") + id;
}

std::string Machine::label(const State& state, const Move& move) {
  switch (move.kind) {
    case MoveKind::start:
      return "start " + name_of(move.slot);
    case MoveKind::visit:
      return "visit " + name_of(move.slot);
    case MoveKind::batch: {
      const Asked& asked = workers_[state.slots[move.slot].worker].out.at(move.which);
      static constexpr const char* ends[] = {"", " failed", " lost", " drifted"};
      return name_of(move.slot) + " " +
             words_of(databases_.command(asked.batch).statements.front()).label + ends[move.how];
    }
    case MoveKind::land:
    case MoveKind::answer: {
      const Request& request = state.requests[move.which];
      if (move.kind == MoveKind::answer && request.body == 0) {
        return name_of(request.slot) + " reads " + read_by(request) + " " +
               std::to_string(move.how);
      }
      const std::string& target = world_.targets[request.target].id;
      if (move.kind == MoveKind::answer) return target + " " + std::to_string(move.how);
      return target + " lands" + (move.how == 0 ? "" : " " + made_as().at(move.how));
    }
    case MoveKind::kill:
      return "kill " + name_of(move.slot);
    case MoveKind::jump:
      return "jump " + std::to_string(move.amount);
    case MoveKind::deed:
      return "deed " + std::to_string(move.which);
    case MoveKind::skew:
      return "skew " + std::to_string(move.amount);
    case MoveKind::ring:
    case MoveKind::event:
      break;
  }
  return "";
}

// What a batch that is done has made of the repairs.
std::string Machine::effect_of(const State& state, const Move& move, const Asked& asked) {
  const Statement first = databases_.command(asked.batch).statements.front();
  if (first == Statement::repair_due || first == Statement::repair_find) return "";
  State after = state;
  perform(after, move);
  const Digest was = digest(state.db);
  const Digest is = digest(after.db);
  std::string repairs;
  const auto add = [&](std::size_t i, const std::string& words) {
    repairs += (repairs.empty() ? "" : ", ") + world_.targets[i].id + words;
  };
  for (std::size_t i = 0; i < world_.targets.size(); ++i) {
    const RepairFact& before = was.repairs[i];
    const RepairFact& now = is.repairs[i];
    if (before == now) continue;
    if (first == Statement::repair_open) {
      if (!now.holder.empty() && now.holder != before.holder) add(i, "");
      if (now.holder.empty()) add(i, now.in_doubt_since != 0 ? " left, in doubt" : " left");
    } else if (first == Statement::repair_log_frozen) {
      if (now.request != before.request) add(i, "");
    } else {
      const bool doubt = now.in_doubt_since != 0;
      add(i, std::string(" as ") + state_word(now.state) + (doubt ? ", in doubt" : "") +
                 (now.reason.empty() ? "" : " (" + now.code + ")"));
    }
  }
  return repairs.empty() ? " nothing new" : " " + repairs;
}

std::string Machine::story(const State& state, const Move& move) {
  const std::string name = "tick " + name_of(move.slot);
  switch (move.kind) {
    case MoveKind::start:
      return name + " begins";
    case MoveKind::visit:
      return world_.visitors[move.which].story;
    case MoveKind::batch: {
      const Asked& asked = workers_[state.slots[move.slot].worker].out.at(move.which);
      const auto words = words_of(databases_.command(asked.batch).statements.front());
      const auto end = static_cast<BatchFault>(move.how);
      const std::string who = move.slot < world_.ticks ? name : "the request";
      if (end != BatchFault::done) return who + "'s " + words.label + end_words(end);
      return who + " " + words.verb + effect_of(state, move, asked);
    }
    case MoveKind::land: {
      const Request& request = state.requests[move.which];
      const Target& target = world_.targets[request.target];
      const std::string late = request.way == Way::adrift ? "late, " : "";
      const SquareModels::Landing& landing =
          shelves_.land(state.model, request.path, request.body, epoch_ms + request.started_ms,
                        time_at_square(state), made_as().at(move.how));
      if (landing.after == state.model) return late + "Square does nothing about " + target.id;
      if (target.cancels) return late + "Square cancels " + target.id;
      const std::string status = made_as().at(move.how);
      return late + "Square refunds " + target.id + (status == "COMPLETED" ? "" : ": " + status);
    }
    case MoveKind::answer: {
      const Request& request = state.requests[move.which];
      const auto fault = static_cast<RequestFault>(move.how);
      const std::string who = "tick " + name_of(request.slot);
      if (request.body != 0) {
        return who + " waits for " + world_.targets[request.target].id + ": " + seen(fault).words;
      }
      return who + " reads " + read_by(request) +
             (fault == RequestFault::answered ? "" : std::string(": ") + seen(fault).words);
    }
    case MoveKind::kill:
      return name + " is killed";
    case MoveKind::jump:
      return duration(move.amount - state.real_ms) + " pass";
    case MoveKind::deed:
      return world_.deeds[move.which].story;
    case MoveKind::skew:
      return std::string("D1's clock is set ") + (move.amount < 0 ? "back" : "forward") + " by " +
             duration(std::abs(move.amount));
    case MoveKind::ring:
    case MoveKind::event:
      break;
  }
  return "";
}

}  // namespace explore::repair
