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
  if (first == Statement::purge_claims) return "purge";
  if (first == Statement::operator_line) return "change";
  if (first == Statement::enqueue_line) return "enqueue";
  if (first == Statement::webhook_event) return "hint";
  if (first == Statement::renewal_hold) return "hold";
  if (first == Statement::renewal_write) return "token";
  if (first == Statement::renewal_refuse) return "refusal";
  return "look";
}

const char* verb_of(pos::store::Statement first) {
  using pos::store::Statement;
  if (first == Statement::claim_open) return "claims";
  if (first == Statement::freeze_write) return "freezes";
  if (first == Statement::settle_audit) return "settles";
  if (first == Statement::purge_claims) return "purges";
  if (first == Statement::operator_line) return "is carried out";
  if (first == Statement::enqueue_line) return "is enqueued";
  if (first == Statement::webhook_event) return "leaves a hint:";
  if (first == Statement::renewal_hold) return "takes the right to renew the token:";
  if (first == Statement::renewal_write) return "stores the new token:";
  if (first == Statement::renewal_refuse) return "stores that there is no new token:";
  return "looks";
}

const char* status_word(Status status) {
  static constexpr const char* words[] = {"pending", "failed", "success", "dead"};
  return words[static_cast<std::size_t>(status)];
}

const char* end_words(BatchFault end) {
  switch (end) {
    case BatchFault::done:
      return "";
    case BatchFault::failed:
      return " fails";
    case BatchFault::lost:
      return " is done, but reported as failed";
    case BatchFault::drifted:
      return " is done while the clock moves on between its statements";
    case BatchFault::torn:
      return " is half done";
  }
  return "";
}

}  // namespace

/// What a request is for, in a word or two.
std::string Machine::name_of(const Request& request) const {
  switch (request.operation) {
    case Operation::order:
      return world_.subjects[request.identity].order_id;
    case Operation::payment:
      return world_.subjects[request.identity].order_id + " payment";
    case Operation::token:
      return name_of(request.slot) + " token";
    case Operation::look:
      break;
  }
  switch (world::call_of(texts_.text(request.path))) {
    case world::Call::search_orders:
      return name_of(request.slot) + " search";
    case world::Call::retrieve_order:
    case world::Call::batch_retrieve:
      return name_of(request.slot) + " retrieve";
    case world::Call::list_payments:
      return name_of(request.slot) + " payments";
    case world::Call::create_order:
    case world::Call::create_payment:
    case world::Call::pay_order:
    case world::Call::unknown:
      break;
  }
  return name_of(request.slot) + " look";
}

std::string Machine::awaited(const Request& request) const {
  switch (request.operation) {
    case Operation::order:
      return " waits for " + world_.subjects[request.identity].order_id;
    case Operation::payment:
      return " waits for " + world_.subjects[request.identity].order_id + "'s payment";
    case Operation::token:
      return " asks for a new token";
    case Operation::look:
      break;
  }
  const world::Call call = world::call_of(texts_.text(request.path));
  return call == world::Call::search_orders   ? " searches for orders"
         : call == world::Call::list_payments ? " lists payments"
                                              : " retrieves an order";
}

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
      const std::string what = name_of(state.requests[move.which]);
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
    case MoveKind::deed:
      return "deed " + std::to_string(move.which);
  }
  return "";
}

// What a batch that is done has made of the orders.
std::string Machine::effect_of(const State& state, const Move& move, const Asked& asked) {
  const pos::store::Statement first = databases_.command(asked.batch).statements.front();
  State after = state;
  perform(after, move);
  const Digest was = digest(state.db);
  const Digest& is = digest(after.db);
  std::string orders;
  const auto add = [&](std::size_t i, const std::string& words) {
    orders += orders.empty() ? "" : ", ";
    orders += world_.subjects[i].order_id + words;
  };
  for (std::size_t i = 0; i < world_.subjects.size(); ++i) {
    const Standing& before = was.standings[i];
    const Standing& now = is.standings[i];
    if (first == pos::store::Statement::claim_open) {
      const bool other = !before.claim_open || before.holder != now.holder ||
                         before.lease_until != now.lease_until;
      if (now.claim_open && other) add(i, "");
    } else if (first == pos::store::Statement::freeze_write) {
      if (now.frozen && !before.frozen) add(i, "");
    } else if (now.newest_row && before.newest_row != now.newest_row) {
      add(i, std::string(" as ") + status_word(*now.newest_row));
    }
  }
  return orders.empty() ? " nothing new" : " " + orders;
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
      const pos::store::Statement first = databases_.command(asked.batch).statements.front();
      const auto end = static_cast<BatchFault>(move.how);
      const bool is_tick = move.slot < world_.ticks;
      const std::string who = is_tick ? name : "the request";
      if (end != BatchFault::done) return who + "'s " + batch_words(first) + end_words(end);
      return who + " " + verb_of(first) + (is_tick ? effect_of(state, move, asked) : "");
    }
    case MoveKind::land: {
      const Request& request = state.requests[move.which];
      if (request.operation == Operation::token) return "Square exchanges the refresh token";
      const std::string& order = world_.subjects[request.identity].order_id;
      const std::string late = request.way == Way::adrift ? "late, " : "";
      const std::string thing =
          request.operation == Operation::order ? " books " : " takes the payment of ";
      return late + "Square" + thing + order + (move.how == 0 ? "" : " with another total");
    }
    case MoveKind::answer: {
      const Request& request = state.requests[move.which];
      return "tick " + name_of(request.slot) + awaited(request) + ": " +
             seen(static_cast<RequestFault>(move.how)).words;
    }
    case MoveKind::ring:
      return name + "'s timer rings";
    case MoveKind::kill:
      return name + " is killed";
    case MoveKind::jump:
      return duration(move.amount - state.real_ms) + " pass";
    case MoveKind::event:
      return world_.events[move.which].story;
    case MoveKind::deed:
      return world_.deeds[move.which].story;
    case MoveKind::skew:
      return "D1's clock steps by " + duration(move.amount - state.skew_ms);
  }
  return "";
}

}  // namespace explore
