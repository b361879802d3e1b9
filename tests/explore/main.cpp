// Explores the worlds, or takes the mechanisms away one at a time:
//
//   pos_explore explore PINS THREADS [--pin] [--json FILE] [--only PART OF A NAME]
//                     [--most STATES] [--repairs]
//   pos_explore ablate THREADS [--json FILE] [--only PART OF A NAME] [--repairs]
//   pos_explore mutants PINS THREADS [--only PART OF A STATEMENT'S NAME]
//   pos_explore traces FILE     the calls of the core in the world of two ticks and one order

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "explore/in_parallel.hpp"
#include "explore/mutants.hpp"
#include "explore/recording.hpp"
#include "explore/repair/ablations.hpp"
#include "explore/repair/coverage.hpp"
#include "explore/repair/machine.hpp"
#include "explore/repair/worlds.hpp"
#include "explore/report.hpp"
#include "explore/worlds.hpp"

namespace {

using namespace explore;

struct Arguments {
  std::vector<std::string> words;
  std::string json;
  std::string only;
  std::uint64_t most = 0;  // states of a world; 0: all
  bool pin = false;
  bool repairs = false;  // nothing but those
};

Arguments read(int count, char** texts) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string text = texts[i];
    if (text == "--pin") {
      arguments.pin = true;
    } else if (text == "--repairs") {
      arguments.repairs = true;
    } else if (text == "--most" && i + 1 < count) {
      arguments.most = std::stoull(texts[++i]);
    } else if ((text == "--json" || text == "--only") && i + 1 < count) {
      (text == "--json" ? arguments.json : arguments.only) = texts[++i];
    } else {
      arguments.words.push_back(text);
    }
  }
  return arguments;
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file) throw std::runtime_error("cannot write " + path);
}

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

int end_with(const Tally& tally) {
  std::printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
  return tally.failed == 0 ? 0 : 1;
}

bool wanted(const Arguments& arguments, const std::string& name) {
  return name.find(arguments.only) != std::string::npos;
}

void print_checks(const std::vector<Check>& checks, Tally& tally) {
  for (const Check& each : checks) {
    tally.count(each.holds);
    std::printf("%s %s: %s\n", each.holds ? "holds " : "BROKEN", each.name.c_str(),
                each.words.c_str());
  }
}

void print_coverage(const std::vector<Counted>& counts, const std::vector<std::string>& lacking,
                    Tally& tally) {
  for (const Counted& each : counts) {
    std::printf("met %zu of %zu %s\n", each.met, each.of, each.what.c_str());
  }
  for (const std::string& each : lacking)
    std::printf("BROKEN: everything is met: %s\n", each.c_str());
  tally.count(lacking.empty());
}

int explore_all(const Arguments& arguments) {
  const auto begun = std::chrono::steady_clock::now();
  const std::string& path = arguments.words.at(1);
  Pins pins = read_pins(path);
  std::vector<World> worlds;
  for (const World& each : all_worlds()) {
    if (!arguments.repairs && wanted(arguments, each.name)) worlds.push_back(each);
  }
  std::vector<repair::World> repairs;
  for (const repair::World& each : repair::all_worlds()) {
    if (wanted(arguments, each.name)) repairs.push_back(each);
  }
  const std::size_t pushes = worlds.size();
  std::vector<Result> results(pushes + repairs.size());
  Tally tally;
  const auto threads = static_cast<std::size_t>(std::stoi(arguments.words.at(2)));
  std::printf("exploring %zu worlds, %zu at a time; the largest first\n", results.size(), threads);
  std::fflush(stdout);
  in_parallel(
      results.size(), threads,
      [&](std::size_t i) {
        if (i < pushes) {
          Machine machine(worlds[i]);
          results[i] = explore::explore(machine, {std::nullopt, arguments.most});
        } else {
          repair::Machine machine(repairs[i - pushes]);
          results[i] = explore::explore(machine, {std::nullopt, arguments.most});
        }
      },
      [&](std::size_t i) {
        if (arguments.pin) pins[results[i].world] = pin_of(results[i]);
        print_world(results[i], pins, tally);
      });
  const double exploring = seconds_since(begun);
  if (arguments.pin) write_pins(path, pins);
  if (!arguments.only.empty()) {
    print_summary(results, exploring);
    return end_with(tally);
  }
  if (arguments.repairs) {
    print_checks(check_the_explorer_of_repairs(), tally);
    Coverage met;
    for (const Result& each : results) met.add(each.coverage);
    print_coverage(repair::counted(met), repair::missing(met), tally);
    print_summary(results, exploring);
    return end_with(tally);
  }
  std::vector<Check> checks = check_the_explorer();
  for (Check& each : check_the_explorer_of_repairs()) checks.push_back(std::move(each));
  print_checks(checks, tally);
  Coverage coverage;
  Coverage of_repairs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    (i < pushes ? coverage : of_repairs).add(results[i].coverage);
  }
  print_coverage(counted(coverage), missing(coverage), tally);
  print_coverage(repair::counted(of_repairs), repair::missing(of_repairs), tally);
  print_summary(results, exploring);
  if (!arguments.json.empty()) {
    Exploration of_pushes{{}, counted(coverage)};
    Exploration of_past{{}, repair::counted(of_repairs)};
    for (std::size_t i = 0; i < results.size(); ++i) {
      const std::string& about = i < pushes ? worlds[i].about : repairs[i - pushes].about;
      (i < pushes ? of_pushes : of_past).worlds.push_back({about, results[i]});
    }
    write_file(arguments.json, exploration_json(of_pushes, of_past, checks, seconds_since(begun)));
  }
  return end_with(tally);
}

template <typename AnyMachine, typename AnyWorld>
void try_without(const AnyWorld& world, const AnyWorld& intact, Verdict& verdict) {
  {
    AnyMachine machine(world);
    verdict.without = explore::explore(machine, {verdict.ablation->invariant, 0});
  }
  AnyMachine machine(intact);
  verdict.with = explore::explore(machine);
}

int ablate_all(const Arguments& arguments) {
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Verdict> verdicts;
  for (const Ablation& each : all_ablations()) {
    if (!arguments.repairs && wanted(arguments, each.name)) verdicts.push_back({&each, {}, {}});
  }
  const std::size_t pushes = verdicts.size();
  std::vector<const repair::Ablation*> of_repairs;
  for (const repair::Ablation& each : repair::all_ablations()) {
    if (!wanted(arguments, each.words.name)) continue;
    of_repairs.push_back(&each);
    verdicts.push_back({&each.words, {}, {}});
  }
  Tally tally;
  const auto threads = static_cast<std::size_t>(std::stoi(arguments.words.at(1)));
  in_parallel(
      verdicts.size(), threads,
      [&](std::size_t i) {
        if (i < pushes) {
          const Ablation& row = *verdicts[i].ablation;
          try_without<Machine>(row.world, row.intact, verdicts[i]);
        } else {
          const repair::Ablation& row = *of_repairs[i - pushes];
          try_without<repair::Machine>(row.world, row.intact, verdicts[i]);
        }
      },
      [&](std::size_t i) { print_verdict(verdicts[i], tally); });
  const double seconds = seconds_since(begun);
  std::uint64_t states = 0;
  for (const Verdict& each : verdicts) states += each.without.states + each.with.states;
  print_table(verdicts);
  std::printf("%zu ablations, %s states in %.1f s: %.0f states/s\n", verdicts.size(),
              grouped(std::to_string(states)).c_str(), seconds,
              static_cast<double>(states) / seconds);
  if (!arguments.json.empty()) {
    write_file(arguments.json, ablation_json(verdicts, pushes, seconds));
  }
  return end_with(tally);
}

/// The world in which a mutant is noticed first, and by what; "" if it is not.
std::string noticed(const Mutant& mutant, std::vector<World> worlds, const Pins& pins) {
  for (World& world : worlds) {
    world.schema.patches.push_back(mutant.patch);
    try {
      Machine machine(world);
      const Pin& pin = pins.at(world.name);
      const Result result = explore::explore(machine, {std::nullopt, 2 * pin.states + 1000});
      if (!result.broken.empty()) return name_of(result.broken.begin()->first);
      if (!(pin_of(result) == pin)) return "the space is the pinned one";
    } catch (const std::exception&) {
      return "every batch is accepted";
    }
  }
  return "";
}

// The smallest worlds that ask for the statement come first.
int mutate_all(const Arguments& arguments) {
  const Pins pins = read_pins(arguments.words.at(1));
  constexpr std::uint64_t states_most = 60'000;
  std::vector<World> worlds;
  for (const World& each : all_worlds()) {
    if (pins.at(each.name).states <= states_most) worlds.push_back(each);
  }
  std::sort(worlds.begin(), worlds.end(), [&](const World& a, const World& b) {
    return pins.at(a.name).states < pins.at(b.name).states;
  });
  std::vector<Mutant> mutants;
  for (const Mutant& each : all_mutants()) {
    if (wanted(arguments, each.patch.statement)) mutants.push_back(each);
  }
  std::vector<std::string> by(mutants.size());
  Tally tally;
  in_parallel(
      mutants.size(), static_cast<std::size_t>(std::stoi(arguments.words.at(2))),
      [&](std::size_t i) { by[i] = noticed(mutants[i], worlds, pins); },
      [&](std::size_t i) {
        tally.count(!by[i].empty());
        std::printf("%s %s%s%s\n", by[i].empty() ? "SURVIVES" : "noticed ",
                    mutants[i].words.c_str(), by[i].empty() ? "" : ": ", by[i].c_str());
        std::fflush(stdout);
      });
  return end_with(tally);
}

int record(const Arguments& arguments) {
  Machine machine(world_named("two ticks, one order"));
  static_cast<void>(explore::explore(machine));
  const Recording recording = recorded(machine);
  write_file(arguments.words.at(1), recording.bytes);
  std::printf("%zu different calls of the core, %zu in all their traces\n", recording.different,
              recording.calls);
  return 0;
}

}  // namespace

int main(int count, char** texts) {
  // Statistics that nobody reads would have the threads wait for each other at each allocation.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  try {
    const Arguments arguments = read(count, texts);
    const std::string command = arguments.words.empty() ? "" : arguments.words[0];
    if (command == "explore" && arguments.words.size() == 3) return explore_all(arguments);
    if (command == "ablate" && arguments.words.size() == 2) return ablate_all(arguments);
    if (command == "mutants" && arguments.words.size() == 3) return mutate_all(arguments);
    if (command == "traces" && arguments.words.size() == 2) return record(arguments);
    std::fprintf(
        stderr,
        "expected: explore PINS THREADS, ablate THREADS, mutants PINS THREADS, or traces FILE\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 2;
}
