#include "simulate/campaign.hpp"

#include <malloc.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "base/text.hpp"
#include "simulate/crash.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

// A defect in the core breaks thousands of seeds; a few of them tell the story.
constexpr std::size_t failures_most = 5;

/// With a comma behind every third digit from the end.
std::string grouped(std::int64_t number) {
  std::string digits = pos::concat(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::vector<std::uint64_t> read_kept(const std::string& file) {
  std::vector<std::uint64_t> seeds;
  if (file.empty()) return seeds;
  std::ifstream lines(file);
  if (!lines) throw std::runtime_error("cannot read " + file);
  for (std::string line; std::getline(lines, line);) {
    const std::int64_t seed = pos::number_of(line.substr(0, line.find(' ')));
    if (seed >= 0) seeds.push_back(static_cast<std::uint64_t>(seed));
  }
  return seeds;
}

}  // namespace

Campaign::Campaign(const Options& options) : options_(options), kept_(read_kept(options.kept)) {
  // SQLite counts its memory under one lock for all threads; nobody asks for the sum. And what one
  // run gives back the next one takes again.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  if (options.trace.empty()) return;
  trace_.open(options.trace);
  if (!trace_) throw std::runtime_error("cannot write " + options.trace);
}

bool Campaign::run() {
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t threads = options_.threads;
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  if (trace_.is_open()) threads = 1;  // one run's lines behind the other's
  name_seed_of_crash();
  std::vector<std::thread> workers;
  for (std::uint64_t i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
  watch();
  for (std::thread& each : workers) each.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  report_failures();
  report_totals(took.count());
  return failures_.empty();
}

bool Campaign::next(std::uint64_t& seed) {
  const std::uint64_t number = given_out_++;
  if (enough_ || number >= kept_.size() + options_.seeds) return false;
  seed = number < kept_.size() ? kept_[number] : options_.from + number - kept_.size();
  return true;
}

void Campaign::work() {
  Ground ground;
  for (std::uint64_t seed = 0; next(seed);) {
    now_running(seed);
    Trace trace(trace_.is_open());
    take_in(run_seed(seed, ground, trace), trace);
  }
}

void Campaign::take_in(const Outcome& outcome, const Trace& trace) {
  const std::lock_guard guard(mutex_);
  ++done_;
  total_.add(outcome.tally);
  if (options_.verbose) {
    std::printf("seed %llu: trace %s, %lld orders, %lld ticks, %lld requests\n",
                static_cast<unsigned long long>(outcome.seed), hexadecimal(outcome.hash).c_str(),
                static_cast<long long>(outcome.tally.orders),
                static_cast<long long>(outcome.tally.ticks),
                static_cast<long long>(outcome.tally.requests));
  }
  for (const std::string& line : trace.lines()) trace_ << line << '\n';
  if (outcome.broken == nullptr) return;
  failures_.push_back(outcome);
  if (failures_.size() >= failures_most) enough_ = true;
}

// On a terminal one line that is written anew each second, elsewhere a line for each tenth.
void Campaign::watch() {
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  const std::uint64_t all = kept_.size() + options_.seeds;
  std::uint64_t tenths = 0;
  for (int naps = 0;; ++naps) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard guard(mutex_);
    if (done_ >= all || enough_) break;
    if (terminal && naps % 20 == 19) show_progress(false);
    const bool another_tenth = done_ * 10 / all > tenths;
    if (!terminal && another_tenth) show_progress(true);
    tenths = std::max(tenths, done_ * 10 / all);
  }
  if (terminal) std::printf("\r\033[K");
}

void Campaign::show_progress(bool line_of_its_own) const {
  std::printf("%s%s of %s seeds · %s orders · %s ticks · %s requests · %zu violations%s",
              line_of_its_own ? "" : "\r\033[K", grouped(static_cast<std::int64_t>(done_)).c_str(),
              grouped(static_cast<std::int64_t>(kept_.size() + options_.seeds)).c_str(),
              grouped(total_.orders).c_str(), grouped(total_.ticks).c_str(),
              grouped(total_.requests).c_str(), failures_.size(), line_of_its_own ? "\n" : "");
  std::fflush(stdout);
}

void Campaign::report_failures() {
  std::sort(failures_.begin(), failures_.end(),
            [](const Outcome& a, const Outcome& b) { return a.seed < b.seed; });
  Ground ground;
  for (const Outcome& each : failures_) {
    const auto seed = static_cast<unsigned long long>(each.seed);
    std::printf("\nBROKEN: %s\n  seed %llu, order %s: %s\n", each.broken, seed,
                each.order_id.empty() ? "-" : each.order_id.c_str(), each.words.c_str());
    std::printf("%s", story_of(each, ground).c_str());
    std::printf("Again: npm run simulate -- --seed %llu\n", seed);
  }
}

void Campaign::report_totals(double seconds) const {
  std::int64_t lost = 0;
  std::int64_t doubled = 0;
  std::set<std::string> broken;
  for (const Outcome& each : failures_) {
    lost += each.broken == invariant::comes_to_rest ? 1 : 0;
    doubled += each.broken == invariant::one_effect ? 1 : 0;
    broken.insert(each.broken);
  }
  std::printf("\nWhat happened in them:\n");
  for (std::size_t i = 0; i < fault_count; ++i) {
    const auto fault = static_cast<Fault>(i);
    std::printf("  %-32s %12s%s", to_string(fault), grouped(total_.faults[fault]).c_str(),
                i % 2 == 1 || i + 1 == fault_count ? "\n" : "");
  }
  std::printf(
      "\n%s seeds had 100 orders or more, %s had 50 ticks or more; up to %s ticks ran at once; "
      "%s steps of jobs, %s simulated days\n",
      grouped(total_.hundred_orders).c_str(), grouped(total_.fifty_ticks).c_str(),
      grouped(total_.most_at_once).c_str(), grouped(total_.steps).c_str(),
      grouped(total_.simulated_ms / 86'400'000).c_str());
  std::printf("%s booked, %s dead with their reason, %s deleted by a producer\n",
              grouped(total_.booked).c_str(), grouped(total_.dead).c_str(),
              grouped(total_.gone).c_str());
  std::printf("%.1f seeds per second, in %.1f s\n", static_cast<double>(done_) / seconds, seconds);
  std::printf("%zu invariants held, %zu broken\n", std::size(invariant::all) - broken.size(),
              broken.size());
  std::printf(
      "%s seeds · %s orders · %s ticks · %s requests · %s D1 batches · %s lost · %s double · "
      "%zu violations\n",
      grouped(static_cast<std::int64_t>(done_)).c_str(), grouped(total_.orders).c_str(),
      grouped(total_.ticks).c_str(), grouped(total_.requests).c_str(),
      grouped(total_.batches).c_str(), grouped(lost).c_str(), grouped(doubled).c_str(),
      failures_.size());
}

}  // namespace simulate
