#include "harness/recorded.hpp"

#include <doctest/doctest.h>

namespace recorded_test {

using recorded::differences;
using recorded::Digest;
using recorded::Histories;

namespace {

std::string digest_of(std::initializer_list<const char*> lines) {
  Digest digest;
  for (const char* each : lines) digest.add(each);
  return digest.hex();
}

}  // namespace

TEST_CASE("a history is told from another by each byte, by where a line ends, and by its order") {
  CHECK(digest_of({}).empty());
  // FNV-1a of "a\n", by its definition.
  CHECK(digest_of({"a"}) == "089bdc07b544e7b2");
  CHECK(digest_of({"a", "b"}) == digest_of({"a", "b"}));
  CHECK(digest_of({"a", "b"}) != digest_of({"ab"}));
  CHECK(digest_of({"a", "b"}) != digest_of({"b", "a"}));
  CHECK(digest_of({"a", "b"}) != digest_of({"a", "c"}));
  CHECK(digest_of({""}) != digest_of({"", ""}));
}

TEST_CASE("a test that plays something else, or nothing, or is not recorded, is named") {
  const Histories recorded = {{"one", "01"}, {"two", "02"}, {"gone", "03"}};
  CHECK(differences(recorded, {{"one", "01"}, {"two", "02"}}, false).empty());
  const auto found =
      differences(recorded, {{"one", "09"}, {"two", ""}, {"new", "04"}, {"plain", ""}}, true);
  CHECK(found.size() == 4);
  CHECK(found.count("one") == 1);
  CHECK(found.count("two") == 1);
  CHECK(found.count("new") == 1);
  CHECK(found.count("gone") == 1);
}

TEST_CASE("recorded histories are read as they were written, whatever the name of the test") {
  const Histories histories = {{"a b, \"c\" # d", "0123456789abcdef"}, {"z", "fedcba9876543210"}};
  CHECK(recorded::read_histories(recorded::write_histories(histories)) == histories);
  CHECK(recorded::write_histories({{"plain", ""}}).empty());
}

}  // namespace recorded_test
