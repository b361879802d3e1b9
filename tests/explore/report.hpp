// What a run found, for people and for whoever makes a page of it.
#pragma once

#include <string>
#include <vector>

#include "explore/ablations.hpp"
#include "explore/checks.hpp"
#include "explore/coverage.hpp"
#include "explore/explorer.hpp"
#include "explore/pins.hpp"

namespace explore {

/// How an ablation went.
struct Verdict {
  const Ablation* ablation = nullptr;
  Result without;
  Result with;

  /// It broke what it is there to protect, and that was whole before; nothing broke where nothing
  /// was taken away.
  [[nodiscard]] bool as_expected() const;
};

/// Counts what passed and failed, as the last line of the run says it.
struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;

  void count(bool passes) { ++(passes ? passed : failed); }
};

void print_world(const Result& result, const Pins& pins, Tally& tally);
void print_verdict(const Verdict& verdict, Tally& tally);
/// One line for each ablation: what killed it, and in how many steps.
void print_table(const std::vector<Verdict>& verdicts);
void print_summary(const std::vector<Result>& results, double seconds);

/// A world that was explored, and how that went.
struct Explored {
  std::string about;
  Result result;
};

/// Some worlds, and what they met in all.
struct Exploration {
  std::vector<Explored> worlds;
  std::vector<Counted> met;
};

[[nodiscard]] std::string exploration_json(const Exploration& pushes, const Exploration& repairs,
                                           const std::vector<Check>& checks, double seconds);
/// The first `pushes` verdicts are about pushes, the others about repairs.
[[nodiscard]] std::string ablation_json(const std::vector<Verdict>& verdicts, std::size_t pushes,
                                        double seconds);

/// 1234567 -> "1,234,567"
[[nodiscard]] std::string grouped(const std::string& digits);

}  // namespace explore
