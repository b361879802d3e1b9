// The recorded history of each test: a digest of all that the core asks for while the test runs,
// and of what it leaves in its database (tests/harness/history.hpp). A change that must change
// nothing (a refactoring) is held to it; one that changes something records it anew, and says why.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace recorded {

/// Digests by the name of the test, as tests/golden/histories.txt holds them: one line for each,
/// the digest in 16 hexadecimal digits, a space, the name.
using Histories = std::map<std::string, std::string>;

/// FNV-1a of 64 bits: nobody forges a history, and it has to be fast.
class Digest {
 public:
  void add(std::string_view text);
  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] std::string hex() const;

 private:
  std::uint64_t state_ = 14695981039346656037ULL;
  bool empty_ = true;
};

[[nodiscard]] Histories read_histories(const std::string& text);
[[nodiscard]] std::string write_histories(const Histories& histories);

/// What differs, one block for each test as doctest prints a failure. `played` are the tests that
/// came to their end, with the digest of each, "" for one that has no history; with `all`, a line
/// of a test that is not among them is stale.
[[nodiscard]] std::map<std::string, std::string> differences(const Histories& recorded,
                                                             const Histories& played, bool all);

}  // namespace recorded
