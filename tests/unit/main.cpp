// The unit tests; each is held to its recorded history (harness/recorded.hpp) besides what it
// checks.
//
//   --record          writes tests/golden/histories.txt anew: the lines of those tests that ran
//   --show-histories  prints what each of them plays
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

#include "harness/history.hpp"
#include "harness/recorded.hpp"

namespace {

const char* const file = POS_SYNC_SOURCE_DIR "/tests/golden/histories.txt";

struct Recording {
  recorded::Histories played;
  std::set<std::string> failed;
  bool all = false;
  bool part = false;  // of those that pass the filters: doctest counts all of them all the same
  bool shows = false;
};

Recording& recording() {
  static Recording self;
  return self;
}

/// Listens to each test from its start to its end.
struct Listener : doctest::IReporter {
  explicit Listener(const doctest::ContextOptions& /*options*/) {}

  void test_case_start(const doctest::TestCaseData& test) override {
    name_ = test.m_name;
    digest_ = {};
    world::next_request = 1;
    world::history_varies = false;
    if (recording().shows) std::cout << "TEST CASE:  " << name_ << '\n';
    world::on_history = [this](std::string_view line) {
      digest_.add(line);
      if (recording().shows) std::cout << line << '\n';
    };
  }
  void test_case_end(const doctest::CurrentTestCaseStats& ended) override {
    world::on_history = nullptr;
    if (ended.failure_flags == doctest::TestCaseFailureReason::None) {
      recording().played[name_] = world::history_varies ? "" : digest_.hex();
    } else {
      recording().failed.insert(name_);
    }
  }
  void test_run_end(const doctest::TestRunStats& ran) override {
    recording().all = !recording().part && ran.numTestCases == ran.numTestCasesPassingFilters;
  }

  void report_query(const doctest::QueryData& /*query*/) override {}
  void test_run_start() override {}
  void test_case_reenter(const doctest::TestCaseData& /*test*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*thrown*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*subcase*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*data*/) override {}
  void log_message(const doctest::MessageData& /*data*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*test*/) override {}

 private:
  std::string name_;
  recorded::Digest digest_;
};

REGISTER_LISTENER("histories", 1, Listener);

recorded::Histories recorded_histories() {
  std::ifstream in(file, std::ios::binary);
  return recorded::read_histories({std::istreambuf_iterator<char>(in), {}});
}

void record() {
  recorded::Histories histories = recording().all ? recorded::Histories{} : recorded_histories();
  for (const auto& [name, digest] : recording().played) histories[name] = digest;
  std::ofstream(file, std::ios::binary) << recorded::write_histories(histories);
}

/// Whether each test has played what was recorded; says of each other one what is wrong.
bool as_recorded() {
  const bool all = recording().all && recording().failed.empty();
  const auto found = recorded::differences(recorded_histories(), recording().played, all);
  for (const auto& [name, words] : found) {
    std::cout << "===============================================================================\n"
              << "TEST CASE:  " << name << "\n\nERROR: " << words
              << "; --show-histories prints it, --record records it\n\n";
  }
  return found.empty();
}

}  // namespace

int main(int argc, char** argv) {
  const auto has = [&](const char* option) {
    return std::any_of(argv + 1, argv + argc,
                       [&](const char* each) { return std::string_view(each) == option; });
  };
  recording().shows = has("--show-histories");
  recording().part = std::any_of(argv + 1, argv + argc, [](const char* each) {
    return std::string_view(each).substr(0, 8) == "--first=";
  });
  doctest::Context context(argc, argv);
  const int code = context.run();
  if (context.shouldExit() || code != 0) return code;
  if (has("--record")) {
    record();
    return 0;
  }
  return as_recorded() ? 0 : 1;
}
