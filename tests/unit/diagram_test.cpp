// The README shows the transition table. What it shows is drawn here from the table itself, so the
// picture cannot fall behind: POS_SYNC_UPDATE_README=1 build/native/pos_unit writes it anew.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "push/transition.hpp"

namespace {

using pos::push::Account;
using pos::push::Code;
using pos::push::Doubt;
using pos::push::Event;
using pos::push::Look;
using pos::push::Next;
using pos::push::State;
using pos::push::Transition;

constexpr char readme[] = POS_SYNC_SOURCE_DIR "/README.md";
constexpr char begin_mark[] = "<!-- transitions:begin -->\n";
constexpr char end_mark[] = "<!-- transitions:end -->";

constexpr std::array states = {State::ordering, State::ordering_in_doubt, State::paying,
                               State::paying_in_doubt};
constexpr std::array events = {Event::accepted,  Event::total_differs, Event::rejected,
                               Event::throttled, Event::unauthorized,  Event::unknown,
                               Event::conflict,  Event::not_sent};
static_assert(states.size() == pos::push::state_count, "a state is missing from the picture");
static_assert(events.size() == pos::push::event_count, "an event is missing from the picture");

std::string code(const std::string& text) { return "`" + text + "`"; }

void append(std::string& list, const std::string& item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

const char* before_it(State state) {
  switch (state) {
    case State::ordering:
      return "nothing in doubt";
    case State::ordering_in_doubt:
      return "in doubt, inside the dedupe window";
    case State::paying:
      return "the order stands";
    case State::paying_in_doubt:
      return "the order stands, in doubt";
  }
  return "";
}

const char* request_in(State state) {
  switch (state) {
    case State::ordering:
      return "CreateOrder";
    case State::ordering_in_doubt:
      return "CreateOrder, same key and bytes";
    case State::paying:
      return "CreatePayment";
    case State::paying_in_doubt:
      return "CreatePayment, same key and bytes";
  }
  return "";
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

/// The arrows that leave a state: one for each place it can go to, with all the events that lead
/// there.
std::string arrows_from(State state) {
  std::vector<std::pair<std::string, std::string>> arrows;
  for (const Event event : events) {
    for (const std::string& target : targets(state, pos::push::transition(state, event))) {
      std::string* labels = nullptr;
      for (auto& [to, text] : arrows) {
        if (to == target) labels = &text;
      }
      if (labels == nullptr) labels = &arrows.emplace_back(target, "").second;
      append(*labels, label(state, event, target));
    }
  }
  std::string text;
  for (const auto& [to, labels] : arrows) {
    text.append("    ").append(pos::push::to_string(state)).append(" --> ").append(to);
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
  for (int number = 0; number <= static_cast<int>(Code::duplicate_row); ++number) {
    const Code wanted = static_cast<Code>(number);
    bool used = false;
    for (const State state : states) {
      for (const Event event : events) {
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
  for (const State state : states) text += declaration(to_string(state), request_in(state));
  text += declaration("booked", "success");
  text += declaration("failed", "failed, tried again later");
  text += declaration("given_back", "given back as it was");
  for (const Code each : codes_in_use()) {
    const std::string name = to_string(each);
    text += declaration("dead_" + name, "dead, " + name);
  }
  for (const State state : states) {
    text += std::string("    [*] --> ") + to_string(state) + ": " + before_it(state) + '\n';
  }
  for (const State state : states) text += arrows_from(state);
  return text + "```\n";
}

std::string words_for(const Transition& cell) {
  std::string text;
  switch (cell.next) {
    case Next::impossible:
      return "cannot happen";
    case Next::pay:
      text = "on to the payment, or " + code("success") + " if none is asked for";
      break;
    case Next::booked:
      text = code("success");
      break;
    case Next::retry:
      text = code("failed");
      break;
    case Next::give_back:
      text = "as it was";
      break;
    case Next::dead:
      text = code("dead") + ", " + code(to_string(cell.code));
      break;
  }
  if (cell.doubt == Doubt::set) append(text, "in doubt");
  if (cell.doubt == Doubt::clear) append(text, "no doubt");
  if (cell.look != Look::none) append(text, std::string("look: ") + to_string(cell.look));
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
  }
  return "";
}

std::string table() {
  std::string text = "| outcome |";
  std::string line = "|---|";
  for (const State state : states) {
    text += ' ' + code(to_string(state)) + " |";
    line += "---|";
  }
  text += " its account |\n" + line + "---|\n";
  for (const Event event : events) {
    text += "| " + code(to_string(event)) + " |";
    for (const State state : states) text += ' ' + words_for(transition(state, event)) + " |";
    text += std::string(" ") + words_for(transition(State::ordering, event).account) + " |\n";
  }
  return text;
}

std::string read_file(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the README shows the transition table as it is") {
  const std::string expected = "\n" + diagram() + "\n" + table() + "\n";
  std::string text = read_file(readme);
  const std::size_t begin = text.find(begin_mark);
  const std::size_t end = text.find(end_mark);
  REQUIRE_MESSAGE(begin != std::string::npos, "README.md lacks the line ", begin_mark);
  REQUIRE_MESSAGE(end != std::string::npos, "README.md lacks the line ", end_mark);
  const std::size_t from = begin + std::string(begin_mark).size();
  REQUIRE(from <= end);

  const char* update = std::getenv("POS_SYNC_UPDATE_README");
  if (update != nullptr && std::string(update) == "1") {
    text.replace(from, end - from, expected);
    std::ofstream(readme, std::ios::binary) << text;
  } else {
    CHECK_MESSAGE(text.substr(from, end - from) == expected,
                  "README.md shows another table than wasm/push/transition.cpp. Run "
                  "POS_SYNC_UPDATE_README=1 build/native/pos_unit, or put this there:\n",
                  expected);
  }
}

TEST_CASE("what an outcome says of the account does not depend on what was being sent") {
  for (const Event event : events) {
    for (const State state : states) {
      const Transition& cell = transition(state, event);
      if (cell.next == Next::impossible) continue;
      CHECK(cell.account == transition(State::ordering, event).account);
    }
  }
}
