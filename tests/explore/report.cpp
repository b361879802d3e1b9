#include "explore/report.hpp"

#include <cstdio>

#include "base/json/writer.hpp"

namespace explore {
namespace {

std::string grouped(std::uint64_t number) { return explore::grouped(std::to_string(number)); }

std::string story_of(const Finding& finding) {
  std::string text;
  for (const std::string& each : finding.story) text += (text.empty() ? "" : " · ") + each;
  return text;
}

void print_findings(const Result& result) {
  for (const auto& [invariant, finding] : result.broken) {
    std::printf("    BROKEN: %s (%s), %s times; the shortest way there has %zu steps:\n",
                name_of(invariant), meaning_of(invariant), grouped(finding.times).c_str(),
                finding.story.size());
    std::printf("      %s\n", story_of(finding).c_str());
  }
}

const char* kind_name(AblationKind kind) {
  switch (kind) {
    case AblationKind::mechanism:
      return "mechanism";
    case AblationKind::theory:
      return "theory";
    case AblationKind::assumption:
      return "assumption";
    case AblationKind::control:
      return "control";
  }
  return "";
}

void write_findings(pos::json::Writer& out, const Result& result) {
  out.key("broken").begin_array();
  for (const auto& [invariant, finding] : result.broken) {
    out.begin_object().member("invariant", name_of(invariant));
    out.member("times", static_cast<std::int64_t>(finding.times));
    out.key("story").begin_array();
    for (const std::string& each : finding.story) out.string(each);
    out.end_array().end_object();
  }
  out.end_array();
}

std::int64_t milliseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1000); }

/// With the invariants of these numbers, the last one not among them.
void write_exploration(pos::json::Writer& out, const Exploration& exploration, std::uint8_t from,
                       std::uint8_t to) {
  out.key("worlds").begin_array();
  for (const Explored& explored : exploration.worlds) {
    const Result& each = explored.result;
    const auto number = [&](const char* name, std::uint64_t value) {
      out.member(name, static_cast<std::int64_t>(value));
    };
    out.begin_object().member("name", each.world).member("about", explored.about);
    number("states", each.states);
    number("steps", each.steps);
    number("ends", each.ends);
    out.member("schedules", each.schedules);
    number("batches", each.batches);
    number("calls", each.calls);
    out.member("milliseconds", milliseconds(each.seconds));
    write_findings(out, each);
    out.end_object();
  }
  out.end_array().key("coverage").begin_array();
  for (const Counted& each : exploration.met) {
    out.begin_object().member("what", each.what);
    out.member("met", static_cast<std::int64_t>(each.met));
    out.member("of", static_cast<std::int64_t>(each.of)).end_object();
  }
  out.end_array().key("invariants").begin_array();
  for (std::uint8_t i = from; i < to; ++i) {
    out.begin_object().member("name", name_of(static_cast<Invariant>(i)));
    out.member("meaning", meaning_of(static_cast<Invariant>(i))).end_object();
  }
  out.end_array();
}

void write_verdict(pos::json::Writer& out, const Verdict& verdict) {
  const Ablation& row = *verdict.ablation;
  out.begin_object().member("kind", kind_name(row.kind)).member("name", row.name);
  out.member("removed", row.removed);
  out.member("invariant", row.invariant ? name_of(*row.invariant) : "");
  out.member_boolean("as_expected", verdict.as_expected());
  out.member("states", static_cast<std::int64_t>(verdict.without.states));
  out.member("states_intact", static_cast<std::int64_t>(verdict.with.states));
  write_findings(out, verdict.without);
  out.end_object();
}

}  // namespace

std::string grouped(const std::string& digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

bool Verdict::as_expected() const {
  if (!ablation->invariant) return without.broken.empty() && without.complete;
  const Invariant wanted = *ablation->invariant;
  return without.broken.count(wanted) != 0 && with.broken.count(wanted) == 0;
}

void print_world(const Result& result, const Pins& pins, Tally& tally) {
  const auto pin = pins.find(result.world);
  const bool as_pinned = pin != pins.end() && pin->second == pin_of(result);
  tally.count(result.broken.empty() && as_pinned);
  std::printf("%-36s %11s states %12s steps %24s schedules %7.1f s\n", result.world.c_str(),
              grouped(result.states).c_str(), grouped(result.steps).c_str(),
              explore::grouped(result.schedules).c_str(), result.seconds);
  if (pin == pins.end()) {
    std::printf("    NOT PINNED: nobody has written these numbers down (--pin does)\n");
  } else if (!as_pinned) {
    std::printf("    BROKEN: the space is the pinned one (%s states, %s steps, %s schedules)\n",
                grouped(pin->second.states).c_str(), grouped(pin->second.steps).c_str(),
                explore::grouped(pin->second.schedules).c_str());
  }
  print_findings(result);
  std::fflush(stdout);
}

void print_verdict(const Verdict& verdict, Tally& tally) {
  const Ablation& row = *verdict.ablation;
  const bool good = verdict.as_expected();
  tally.count(good);
  std::printf("%s: %s\n", row.name.c_str(), row.removed.c_str());
  if (!row.invariant) {
    std::printf("  %s\n",
                good ? "nothing breaks, as it should be" : "BROKEN: this breaks something");
    print_findings(verdict.without);
  } else if (good) {
    std::printf("  %s\n", story_of(verdict.without.broken.at(*row.invariant)).c_str());
    std::printf("  and so breaks \"%s\": %s\n", name_of(*row.invariant),
                meaning_of(*row.invariant));
  } else {
    std::printf("  BROKEN: this should break \"%s\", and does not\n", name_of(*row.invariant));
    print_findings(verdict.without);
    if (verdict.with.broken.count(*row.invariant) != 0) {
      std::printf("  BROKEN: and it is broken with it, too\n");
    }
  }
  std::fflush(stdout);
}

void print_table(const std::vector<Verdict>& verdicts) {
  std::printf("\n%-10s %-64s %-34s %5s %8s\n", "", "taken away", "killed by", "steps", "states");
  for (const Verdict& each : verdicts) {
    const Ablation& row = *each.ablation;
    const bool killed = row.invariant && each.as_expected();
    const std::string steps =
        killed ? std::to_string(each.without.broken.at(*row.invariant).story.size()) : "-";
    const char* by = killed               ? name_of(*row.invariant)
                     : each.as_expected() ? "nothing: it survives"
                                          : "NOT AS EXPECTED";
    std::printf("%-10s %-64s %-34s %5s %8s\n", kind_name(row.kind), row.name.c_str(), by,
                steps.c_str(), grouped(each.without.states).c_str());
  }
}

void print_summary(const std::vector<Result>& results, double seconds) {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::uint64_t batches = 0;
  std::uint64_t calls = 0;
  std::uint64_t violations = 0;
  for (const Result& each : results) {
    states += each.states;
    steps += each.steps;
    batches += each.batches;
    calls += each.calls;
    for (const auto& [invariant, finding] : each.broken) violations += finding.times;
  }
  std::printf(
      "%s states, %s steps, %s batches on SQLite, %s calls of the core in %.1f s: %s states/s; "
      "%s violations\n",
      grouped(states).c_str(), grouped(steps).c_str(), grouped(batches).c_str(),
      grouped(calls).c_str(), seconds,
      grouped(static_cast<std::uint64_t>(static_cast<double>(states) / seconds)).c_str(),
      grouped(violations).c_str());
}

std::string exploration_json(const Exploration& pushes, const Exploration& repairs,
                             const std::vector<Check>& checks, double seconds) {
  pos::json::Writer out;
  out.begin_object().member("milliseconds", milliseconds(seconds));
  write_exploration(out, pushes, 0, static_cast<std::uint8_t>(first_of_repairs));
  out.key("checks").begin_array();
  for (const Check& each : checks) {
    out.begin_object().member("name", each.name).member("words", each.words);
    out.member_boolean("holds", each.holds).end_object();
  }
  out.end_array().key("repairs").begin_object();
  write_exploration(out, repairs, static_cast<std::uint8_t>(first_of_repairs), invariant_count);
  out.end_object().end_object();
  return out.take();
}

std::string ablation_json(const std::vector<Verdict>& verdicts, std::size_t pushes,
                          double seconds) {
  pos::json::Writer out;
  out.begin_object().member("milliseconds", milliseconds(seconds));
  out.key("rows").begin_array();
  for (std::size_t i = 0; i < pushes; ++i) write_verdict(out, verdicts[i]);
  out.end_array().key("repairs").begin_array();
  for (std::size_t i = pushes; i < verdicts.size(); ++i) write_verdict(out, verdicts[i]);
  out.end_array().end_object();
  return out.take();
}

}  // namespace explore
