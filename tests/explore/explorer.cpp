#include "explore/explorer.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "explore/repair/machine.hpp"

namespace explore {
namespace {

struct HashOfPrint {
  std::size_t operator()(const Fingerprint& print) const { return print.low; }
};

constexpr std::uint32_t none = 0xFFFFFFFF;

/// The states of one depth, in pieces: a list that grew as a whole would be copied again and again.
template <typename State>
class Level {
 public:
  void push_back(const State& state) {
    if (pieces_.empty() || pieces_.back().size() == piece_size) {
      pieces_.emplace_back().reserve(piece_size);
    }
    pieces_.back().push_back(state);
  }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  void clear() { pieces_.clear(); }
  [[nodiscard]] const std::vector<std::vector<State>>& pieces() const { return pieces_; }

 private:
  static constexpr std::size_t piece_size = 4096;
  std::vector<std::vector<State>> pieces_;
};

/// How each state was first reached.
template <typename Move>
struct Origin {
  std::uint32_t from = none;
  Move move;
};

/// The moves from the beginning to a state, and one more.
template <typename Move>
std::vector<Move> way_to(const std::vector<Origin<Move>>& origins, std::uint32_t state) {
  std::vector<Move> moves;
  for (std::uint32_t at = state; origins[at].from != none; at = origins[at].from) {
    moves.push_back(origins[at].move);
  }
  std::reverse(moves.begin(), moves.end());
  return moves;
}

template <typename AnyMachine>
void tell(AnyMachine& machine, typename AnyMachine::State state,
          const std::vector<typename AnyMachine::Move>& moves, Finding& finding) {
  for (const auto& move : moves) {
    finding.story.push_back(machine.story(state, move));
    finding.labels.push_back(machine.label(state, move));
    machine.perform(state, move);
  }
}

/// The number of ways from the first state to those without a successor. States are numbered as
/// they were found; an edge may lead back to a lower number, but never round in a circle.
Many count_ways(const std::vector<std::uint64_t>& first_edge,
                const std::vector<std::uint32_t>& edges) {
  const std::size_t count = first_edge.size() - 1;
  std::vector<Many> ways(count, 0);
  std::vector<std::uint64_t> next(first_edge.begin(), first_edge.end() - 1);
  std::vector<std::uint8_t> finished(count, 0);
  std::vector<std::uint32_t> path = {0};
  while (!path.empty()) {
    const std::uint32_t state = path.back();
    if (next[state] == first_edge[state]) ways[state] = first_edge[state] == first_edge[state + 1];
    bool deeper = false;
    while (next[state] < first_edge[state + 1]) {
      const std::uint32_t to = edges[next[state]];
      if (finished[to] == 0) {
        path.push_back(to);
        deeper = true;
        break;
      }
      ways[state] += ways[to];
      ++next[state];
    }
    if (deeper) continue;
    finished[state] = 1;
    path.pop_back();
  }
  return ways[0];
}

}  // namespace

std::string to_text(Many number) {
  if (number == 0) return "0";
  std::string text;
  for (; number != 0; number /= 10) text += static_cast<char>('0' + static_cast<int>(number % 10));
  std::reverse(text.begin(), text.end());
  return text;
}

template <typename AnyMachine>
typename AnyMachine::State follow(AnyMachine& machine, const std::vector<std::string>& script,
                                  Broken* broken) {
  using Move = typename AnyMachine::Move;
  typename AnyMachine::State state = machine.beginning();
  std::vector<Move> moves;
  for (const std::string& wanted : script) {
    machine.moves(state, moves);
    const auto found = std::find_if(moves.begin(), moves.end(), [&](const Move& move) {
      return machine.label(state, move) == wanted;
    });
    if (found == moves.end()) {
      std::string complaint = machine.world().name;
      complaint.append(": no move \"").append(wanted).append("\" here; there are");
      for (const Move& move : moves) complaint.append("\n  ").append(machine.label(state, move));
      throw std::runtime_error(complaint);
    }
    const Broken now = machine.perform(state, *found) | machine.look(state);
    if (broken != nullptr) *broken |= now;
  }
  return state;
}

namespace {

/// What a world begins with, once its script is done.
template <typename AnyMachine>
typename AnyMachine::State prepared(AnyMachine& machine) {
  machine.prepare(true);
  Broken broken = 0;
  typename AnyMachine::State state = follow(machine, machine.world().prepared, &broken);
  machine.prepare(false);
  if (broken != 0)
    throw std::runtime_error(machine.world().name + ": its preparation breaks something");
  AnyMachine::renew_budgets(state);
  return state;
}

}  // namespace

template <typename AnyMachine>
Result explore(AnyMachine& machine, const Options& options) {
  using State = typename AnyMachine::State;
  using Move = typename AnyMachine::Move;
  const auto begun = std::chrono::steady_clock::now();
  Result result;
  result.world = machine.world().name;
  const State beginning = prepared(machine);

  std::unordered_map<Fingerprint, std::uint32_t, HashOfPrint> seen;
  std::vector<Origin<Move>> origins;
  Level<State> level;
  Level<State> next_level;
  std::vector<std::uint64_t> first_edge;
  std::vector<std::uint32_t> edges;
  std::vector<Move> moves;
  std::vector<std::uint32_t> next_numbers;

  const auto found = [&](Broken broken, std::uint32_t from, const Move* last,
                         bool at_rest = false) {
    for (std::uint8_t i = 0; i < invariant_count; ++i) {
      const auto invariant = static_cast<Invariant>(i);
      if ((broken & bit(invariant)) == 0) continue;
      Finding& finding = result.broken[invariant];
      if (++finding.times > 1) continue;
      std::vector<Move> way = way_to(origins, from);
      if (last != nullptr) way.push_back(*last);
      tell(machine, beginning, way, finding);
      if (at_rest) finding.story.emplace_back("nothing more goes wrong, and clean ticks follow");
    }
  };

  seen.emplace(fingerprint_of(beginning), 0);
  origins.emplace_back();
  level.push_back(beginning);
  found(machine.look(beginning), 0, nullptr);
  std::uint32_t number = 0;
  bool stop = false;
  const auto expand = [&](const State& state) {
    first_edge.push_back(edges.size());
    machine.moves(state, moves);
    if (moves.empty()) ++result.ends;
    if (moves.empty() && machine.world().must_rest) {
      found(machine.come_to_rest(state), number, nullptr, true);
    }
    for (const Move& move : moves) {
      State next = state;
      const Broken broken = machine.perform(next, move);
      if (broken != 0) found(broken, number, &move);
      const auto [place, is_new] =
          seen.emplace(fingerprint_of(next), static_cast<std::uint32_t>(origins.size()));
      edges.push_back(place->second);
      if (!is_new) continue;
      origins.push_back({number, move});
      const Broken being = machine.look(next);
      if (being != 0) found(being, place->second, nullptr);
      next_level.push_back(next);
    }
    ++number;
    stop = (options.until && result.broken.count(*options.until) != 0) ||
           (options.states_most != 0 && origins.size() > options.states_most);
  };
  while (!level.empty() && !stop) {
    next_level.clear();
    for (const auto& piece : level.pieces()) {
      for (const State& state : piece) {
        if (!stop) expand(state);
      }
    }
    std::swap(level, next_level);
  }
  result.complete = !stop;
  result.states = origins.size();
  result.steps = edges.size();
  if (result.complete) {
    first_edge.push_back(edges.size());
    result.schedules = to_text(count_ways(first_edge, edges));
  }
  result.coverage = coverage_of(machine);
  result.databases = machine.databases().count();
  result.batches = machine.databases().batches_run();
  result.calls = machine.workers().steps();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return result;
}

template <typename AnyMachine>
Enumeration enumerate(AnyMachine& machine) {
  using State = typename AnyMachine::State;
  using Move = typename AnyMachine::Move;
  Enumeration result;
  std::unordered_set<Fingerprint, HashOfPrint> seen;
  std::unordered_set<Fingerprint, HashOfPrint> ends;
  struct Frame {
    State state;
    std::vector<Move> moves;
    std::size_t next = 0;
  };
  std::vector<Frame> path;
  const auto enter = [&](const State& state) {
    seen.insert(fingerprint_of(state));
    result.broken |= machine.look(state);
    Frame frame{state, {}, 0};
    machine.moves(state, frame.moves);
    if (frame.moves.empty()) {
      ++result.schedules;
      ends.insert(fingerprint_of(state));
    }
    path.push_back(std::move(frame));
  };
  enter(prepared(machine));
  while (!path.empty()) {
    Frame& top = path.back();
    if (top.next == top.moves.size()) {
      path.pop_back();
      continue;
    }
    State next = top.state;
    result.broken |= machine.perform(next, top.moves[top.next++]);
    enter(next);
  }
  result.states = seen.size();
  result.ends = ends.size();
  return result;
}

template Result explore(Machine&, const Options&);
template Result explore(repair::Machine&, const Options&);
template State follow(Machine&, const std::vector<std::string>&, Broken*);
template repair::State follow(repair::Machine&, const std::vector<std::string>&, Broken*);
template Enumeration enumerate(Machine&);
template Enumeration enumerate(repair::Machine&);

}  // namespace explore
