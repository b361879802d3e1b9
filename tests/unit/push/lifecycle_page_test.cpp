// docs/order-lifecycle.md shows the transition table. The picture and the tables there are drawn
// here from the table itself, so they cannot fall behind: POS_SYNC_UPDATE_DOCS=1
// build/native/pos_unit rewrites them.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "push/transition.hpp"

namespace diagram_test {

namespace {

using pos::push::Account;
using pos::push::Code;
using pos::push::Doubt;
using pos::push::Event;
using pos::push::Look;
using pos::push::Next;
using pos::push::State;
using pos::push::Transition;

constexpr char page[] = POS_SYNC_SOURCE_DIR "/docs/order-lifecycle.md";
constexpr char begin_mark[] = "<!-- transitions:begin -->\n";
constexpr char end_mark[] = "<!-- transitions:end -->";

constexpr std::array sending = {State::ordering, State::ordering_in_doubt, State::paying,
                                State::paying_in_doubt};
constexpr std::array for_order = {State::looking,
                                  State::looking_conflict,
                                  State::looking_rejected,
                                  State::looking_attempts,
                                  State::looking_cancel,
                                  State::looking_keyless,
                                  State::looking_keyless_cancel};
constexpr std::array for_payment = {State::looking_payment, State::looking_payment_conflict,
                                    State::looking_payment_rejected,
                                    State::looking_payment_attempts, State::looking_payment_cancel};
static_assert(sending.size() + for_order.size() + for_payment.size() == pos::push::state_count,
              "a state is missing from the picture");

using States = std::vector<State>;

States listed(std::span<const State> list) { return {list.begin(), list.end()}; }

States all_looks() {
  States all = listed(for_order);
  all.insert(all.end(), for_payment.begin(), for_payment.end());
  return all;
}

States all_states() {
  States all = listed(sending);
  const States looks = all_looks();
  all.insert(all.end(), looks.begin(), looks.end());
  return all;
}

std::vector<Event> all_events() {
  std::vector<Event> all;
  for (std::uint8_t e = 0; e < pos::push::event_count; ++e) all.push_back(static_cast<Event>(e));
  return all;
}

/// What one box of the picture stands for: a state, or all the reasons for one kind of lookup.
struct Box {
  const char* name;
  const char* words;
  const char* enters;
  States states;
};

std::vector<Box> boxes() {
  return {
      {"ordering", "CreateOrder", "nothing in doubt", {State::ordering}},
      {"ordering_in_doubt",
       "CreateOrder, same key and bytes",
       "in doubt, inside the dedupe window",
       {State::ordering_in_doubt}},
      {"paying", "CreatePayment", "the order exists", {State::paying}},
      {"paying_in_doubt",
       "CreatePayment, same key and bytes",
       "the order exists, in doubt",
       {State::paying_in_doubt}},
      {"looking", "looking up the order", "in doubt, and must not be sent", listed(for_order)},
      {"looking_payment", "looking up its payment",
       "the order exists, in doubt, and no payment may be sent", listed(for_payment)},
  };
}

std::string code(const std::string& text) { return "`" + text + "`"; }

void append(std::string& list, const std::string& item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

/// Every place that an order can go to from `state`; an order that asks for no payment is booked
/// where a paid one goes on to pay.
std::vector<std::string> targets(State state, const Transition& transition) {
  switch (transition.next) {
    case Next::impossible:
      return {};
    case Next::pay:
      return {state == State::ordering ? "paying" : "paying_in_doubt", "booked"};
    case Next::booked:
      return {"booked"};
    case Next::retry:
      return {"failed"};
    case Next::give_back:
      return {"given_back"};
    case Next::dead:
      return {std::string("dead_") + pos::push::to_string(transition.code)};
    case Next::adopt:
      return {"adopted"};
  }
  return {};
}

std::string label(State state, Event event, const std::string& target) {
  std::string text = pos::push::to_string(event);
  if (pos::push::transition(state, event).next == Next::pay && target == "booked") {
    text += " (no payment asked for)";
  }
  return text;
}

/// The arrows that leave a box: one for each place it can go to, with all the events that lead
/// there.
std::string arrows_from(const Box& box) {
  std::vector<std::pair<std::string, std::string>> arrows;
  for (const Event event : all_events()) {
    for (const State state : box.states) {
      for (const std::string& target : targets(state, pos::push::transition(state, event))) {
        std::string* labels = nullptr;
        for (auto& [to, text] : arrows) {
          if (to == target) labels = &text;
        }
        if (labels == nullptr) labels = &arrows.emplace_back(target, "").second;
        const std::string added = label(state, event, target);
        if ((", " + *labels + ",").find(", " + added + ",") == std::string::npos) {
          append(*labels, added);
        }
      }
    }
  }
  std::string text;
  for (const auto& [to, labels] : arrows) {
    text.append("    ").append(box.name).append(" --> ").append(to);
    text.append(": ").append(labels).append("\n");
  }
  return text;
}

std::string declaration(const std::string& id, const std::string& words) {
  return "    state \"" + words + "\" as " + id + '\n';
}

/// The dead ends that the table leads to, each once, in the order of their codes.
std::vector<Code> codes_in_use() {
  std::vector<Code> found;
  for (int number = 0; number <= static_cast<int>(Code::paid_elsewhere); ++number) {
    const Code wanted = static_cast<Code>(number);
    bool used = false;
    for (const State state : all_states()) {
      for (const Event event : all_events()) {
        const Transition& each = pos::push::transition(state, event);
        used = used || (each.next == Next::dead && each.code == wanted);
      }
    }
    if (used) found.push_back(wanted);
  }
  return found;
}

std::string diagram() {
  std::string text = "```mermaid\nstateDiagram-v2\n";
  for (const Box& box : boxes()) text += declaration(box.name, box.words);
  text += declaration("booked", "success");
  text += declaration("failed", "failed, tried again later");
  text += declaration("adopted", "failed, due immediately: resumes with its payment");
  text += declaration("given_back", "released unchanged");
  for (const Code each : codes_in_use()) {
    const std::string name = to_string(each);
    text += declaration("dead_" + name, "dead, " + name);
  }
  for (const Box& box : boxes()) {
    text += std::string("    [*] --> ") + box.name + ": " + box.enters + '\n';
  }
  for (const Box& box : boxes()) text += arrows_from(box);
  return text + "```\n";
}

std::string words_for(const Transition& cell) {
  std::string text;
  switch (cell.next) {
    case Next::impossible:
      return "cannot happen";
    case Next::pay:
      text = "continues with the payment, or " + code("success") + " if none is asked for";
      break;
    case Next::booked:
      text = code("success");
      break;
    case Next::retry:
      text = code("failed");
      break;
    case Next::give_back:
      text = "released unchanged";
      break;
    case Next::dead:
      text = code("dead") + ", " + code(to_string(cell.code));
      break;
    case Next::adopt:
      text = code("failed") + ", due immediately, attempts from 0";
      break;
  }
  if (cell.doubt == Doubt::set) append(text, "in doubt");
  if (cell.doubt == Doubt::clear) append(text, "doubt cleared");
  if (cell.look == Look::window) {
    append(text, "lookup reason cleared");
  } else if (cell.look != Look::none) {
    append(text, std::string("lookup: ") + to_string(cell.look));
  }
  if (cell.burns_attempt) append(text, "attempt + 1");
  return text;
}

const char* words_for(Account account) {
  switch (account) {
    case Account::nothing:
      return "nothing";
    case Account::alive:
      return "its run of unknown outcomes ends";
    case Account::silent:
      return "one more in a row; from the fifth on it pauses, then one order probes";
    case Account::throttled:
      return "pauses as Square asks";
    case Account::unauthorized:
      return "pauses for a while, then one order probes";
    case Account::refused:
      return "pauses for a while";
  }
  return "";
}

/// What comes of a request, a column for each state.
std::string requests() {
  std::string text = "| outcome of a request |";
  std::string line = "|---|";
  for (const State state : sending) {
    text += ' ' + code(to_string(state)) + " |";
    line += "---|";
  }
  text += " its account |\n" + line + "---|\n";
  for (const Event event : all_events()) {
    const auto* const first = std::find_if(sending.begin(), sending.end(), [&](State state) {
      return transition(state, event).next != Next::impossible;
    });
    if (first == sending.end()) continue;
    text += "| " + code(to_string(event)) + " |";
    for (const State state : sending) text += ' ' + words_for(transition(state, event)) + " |";
    text += std::string(" ") + words_for(transition(*first, event).account) + " |\n";
  }
  return text;
}

/// What comes of a lookup, a line for each thing that it can mean.
std::string looks() {
  std::string text = "| outcome of a lookup | while | means | its account |\n|---|---|---|---|\n";
  for (const Event event : all_events()) {
    std::vector<std::pair<std::string, States>> meanings;
    std::size_t possible = 0;
    for (const State state : all_looks()) {
      const Transition& cell = transition(state, event);
      if (cell.next == Next::impossible) continue;
      ++possible;
      const std::string words = words_for(cell) + " | " + words_for(cell.account);
      auto found = std::find_if(meanings.begin(), meanings.end(),
                                [&](const auto& each) { return each.first == words; });
      if (found == meanings.end()) found = meanings.insert(found, {words, {}});
      found->second.push_back(state);
    }
    for (const auto& [words, states] : meanings) {
      std::string names;
      for (const State state : states) append(names, code(to_string(state)));
      if (states.size() == possible) names = "any lookup";
      text += "| " + code(to_string(event)) + " | " + names + " | " + words + " |\n";
    }
  }
  return text;
}

std::string read_file(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("docs/order-lifecycle.md shows the transition table as it is") {
  const std::string expected = "\n" + diagram() + "\n" + requests() + "\n" + looks() + "\n";
  std::string text = read_file(page);
  const std::size_t begin = text.find(begin_mark);
  const std::size_t end = text.find(end_mark);
  REQUIRE_MESSAGE(begin != std::string::npos, "docs/order-lifecycle.md lacks the line ",
                  begin_mark);
  REQUIRE_MESSAGE(end != std::string::npos, "docs/order-lifecycle.md lacks the line ", end_mark);
  const std::size_t from = begin + std::string(begin_mark).size();
  REQUIRE(from <= end);

  const char* update = std::getenv("POS_SYNC_UPDATE_DOCS");
  if (update != nullptr && std::string(update) == "1") {
    text.replace(from, end - from, expected);
    std::ofstream(page, std::ios::binary) << text;
  } else {
    CHECK_MESSAGE(text.substr(from, end - from) == expected,
                  "docs/order-lifecycle.md shows another table than wasm/push/transition.cpp. Run "
                  "POS_SYNC_UPDATE_DOCS=1 build/native/pos_unit, or put this there:\n",
                  expected);
  }
}

TEST_CASE("what an outcome says of the account does not depend on what was being sent") {
  const auto agree = [](const States& states) {
    for (const Event event : all_events()) {
      Account says = Account::nothing;
      for (const State state : states) {
        const Transition& cell = transition(state, event);
        if (cell.next == Next::impossible) continue;
        if (says == Account::nothing) says = cell.account;
        CHECK(cell.account == says);
      }
    }
  };
  agree(listed(sending));
  agree(all_looks());
}

}  // namespace diagram_test
