// Moves in words: short ones that a script can name, and sentences for people.
#include "explore/machine.hpp"

namespace explore {
namespace {

std::string duration(std::int64_t ms) {
  const bool negative = ms < 0;
  if (negative) ms = -ms;
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
  return (negative ? "-" : "") + text;
}

const char* batch_words(pos::store::Statement first) {
  using pos::store::Statement;
  if (first == Statement::claim_open) return "claim";
  if (first == Statement::freeze_write) return "freeze";
  if (first == Statement::settle_audit) return "settle";
  if (first == Statement::purge_claims_cursor) return "purge";
  if (first == Statement::operator_line) return "change";
  if (first == Statement::enqueue_line) return "enqueue";
  return "look";
}

const char* end_words(BatchEnd end) {
  switch (end) {
    case BatchEnd::done:
      return "";
    case BatchEnd::failed:
      return " fails";
    case BatchEnd::lost:
      return " is done, but reported as failed";
    case BatchEnd::drifted:
      return " is done while the clock moves on between its statements";
    case BatchEnd::torn:
      return " is half done";
  }
  return "";
}

}  // namespace

std::string Machine::label(const State& state, const Move& move) {
  switch (move.kind) {
    case MoveKind::start:
      return "start " + name_of(move.slot) + (move.how == 0 ? "" : " anew");
    case MoveKind::visit:
      return "visit " + name_of(move.slot);
    case MoveKind::batch: {
      const Asked& asked = workers_[state.slots[move.slot].worker].out.at(move.which);
      static constexpr const char* ends[] = {"", " failed", " lost", " drifted", " torn"};
      return name_of(move.slot) + " " +
             batch_words(databases_.command(asked.batch).statements.front()) + ends[move.how];
    }
    case MoveKind::land:
    case MoveKind::answer: {
      const Request& request = state.requests[move.which];
      std::string what = world_.subjects[request.identity].order_id;
      if (request.operation == Operation::payment) what += " payment";
      if (move.kind == MoveKind::land) return what + (move.how == 0 ? " lands" : " lands odd");
      return what + " " + std::to_string(move.how);
    }
    case MoveKind::ring:
      return name_of(move.slot) + " rings";
    case MoveKind::kill:
      return "kill " + name_of(move.slot);
    case MoveKind::jump:
      return "jump " + std::to_string(move.amount);
    case MoveKind::event:
      return "event " + std::to_string(move.which);
    case MoveKind::skew:
      return "skew " + std::to_string(move.amount);
  }
  return "";
}

std::string Machine::story(const State& state, const Move& move) {
  const std::string name = "tick " + name_of(move.slot);
  switch (move.kind) {
    case MoveKind::start:
      return name + " begins" + (move.how == 0 ? "" : ", newly deployed");
    case MoveKind::visit:
      return world_.visitors[move.which].story;
    case MoveKind::batch: {
      const Asked& asked = workers_[state.slots[move.slot].worker].out.at(move.which);
      const std::string what = batch_words(databases_.command(asked.batch).statements.front());
      const auto end = static_cast<BatchEnd>(move.how);
      const std::string who = move.slot < world_.ticks ? name : "the request";
      if (end == BatchEnd::done) return who + " does its " + what;
      return who + "'s " + what + end_words(end);
    }
    case MoveKind::land: {
      const Request& request = state.requests[move.which];
      const std::string& order = world_.subjects[request.identity].order_id;
      const std::string late = request.way == Way::adrift ? "late, " : "";
      const std::string thing =
          request.operation == Operation::order ? " books " : " takes the payment of ";
      return late + "Square" + thing + order + (move.how == 0 ? "" : " with another total");
    }
    case MoveKind::answer: {
      const Request& request = state.requests[move.which];
      std::string what = world_.subjects[request.identity].order_id;
      if (request.operation == Operation::payment) what += "'s payment";
      return "of " + what + ", tick " + name_of(request.slot) +
             " learns: " + seen(static_cast<Fate>(move.how)).words;
    }
    case MoveKind::ring:
      return name + "'s timer rings";
    case MoveKind::kill:
      return name + " is killed";
    case MoveKind::jump:
      return duration(move.amount - state.real_ms) + " pass";
    case MoveKind::event:
      return world_.events[move.which].story;
    case MoveKind::skew:
      return "D1's clock steps by " + duration(move.amount - state.skew_ms);
  }
  return "";
}

}  // namespace explore
