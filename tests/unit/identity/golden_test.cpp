#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "identity/fingerprint.hpp"
#include "identity/keys.hpp"

namespace golden_test {

namespace {

using pos::Identity;
using pos::Operation;

constexpr std::size_t columns = 17;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t begin = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
    cells.push_back(line.substr(begin, tab - begin));
    begin = tab + 1;
  }
  cells.push_back(line.substr(begin));
  return cells;
}

std::vector<std::vector<std::string>> vectors() {
  std::ifstream file(std::string(POS_SYNC_SOURCE_DIR) + "/tests/golden/identity.txt");
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.front() != '#') lines.push_back(split(line));
  }
  return lines;
}

std::string text_of(const std::string& json) {
  pos::json::Document document;
  REQUIRE_MESSAGE(document.parse(json), json, ": ", document.error());
  return std::string(document.root().text());
}

Identity identity_of(const std::vector<std::string>& cells) {
  return Identity{text_of(cells[0]), text_of(cells[1]), std::atoll(cells[2].c_str())};
}

}  // namespace

TEST_CASE("the core derives what an independent implementation derives") {
  const auto lines = vectors();
  REQUIRE(lines.size() >= 40);
  for (const auto& cells : lines) {
    REQUIRE(cells.size() == columns);
    CAPTURE(cells[0]);
    const Identity identity = identity_of(cells);
    CHECK(pos::canonical_string(identity, Operation::order) == cells[3]);
    CHECK(pos::canonical_string(identity, Operation::payment) == cells[4]);
    CHECK(pos::canonical_string(identity, Operation::refund) == cells[5]);
    CHECK(pos::idempotency_key(identity, Operation::order) == cells[6]);
    CHECK(pos::idempotency_key(identity, Operation::payment) == cells[7]);
    CHECK(pos::idempotency_key(identity, Operation::refund) == cells[8]);
    CHECK(pos::canonical_string(identity, Operation::cancel) == cells[15]);
    CHECK(pos::idempotency_key(identity, Operation::cancel) == cells[16]);
    CHECK(pos::claim_key(identity.order_id, identity.provider) == text_of(cells[9]));
    CHECK(pos::reference_id(identity) == text_of(cells[10]));

    pos::json::Document payload;
    REQUIRE(payload.parse(cells[12]));
    CHECK(pos::canonical_json(payload.root()) == text_of(cells[13]));
    CHECK(pos::fingerprint(payload.root(), text_of(cells[11])) == cells[14]);
  }
}

TEST_CASE("no two golden identities share a key, and none is longer than Square takes") {
  std::set<std::string> keys;
  const auto lines = vectors();
  for (const auto& cells : lines) {
    for (const std::size_t column : std::vector<std::size_t>{6, 7, 8, 16}) {
      CHECK(cells[column].size() <= 45);
      CHECK_MESSAGE(keys.insert(cells[column]).second, cells[column]);
    }
  }
  CHECK(keys.size() == 4 * lines.size());
}

}  // namespace golden_test
