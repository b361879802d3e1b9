// The catalogue of statements: each stands in it once, under its own name.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>

#include "store/statements.hpp"

namespace catalogue_test {

namespace {

/// The names of the enumerators, by their numbers, as the header spells them.
std::map<int, std::string> enumerators() {
  std::ifstream file(std::string(POS_SYNC_SOURCE_DIR) + "/wasm/store/statements.hpp");
  std::map<int, std::string> names;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("enum class Statement", 0) == 0) is_inside = true;
    if (line == "};") is_inside = false;
    const std::size_t equals = line.find(" = ");
    if (!is_inside || equals == std::string::npos) continue;
    names[std::stoi(line.substr(equals + 3))] = line.substr(2, equals - 2);
  }
  return names;
}

}  // namespace

TEST_CASE(
    "a trace names each statement as the sources do, and no statement is missing or doubled") {
  std::map<int, std::string> listed;
  for (const pos::store::Part part : pos::store::parts()) {
    for (const pos::store::Entry& each : part) {
      std::string name(each.name);
      std::replace(name.begin(), name.end(), '.', '_');
      CHECK_MESSAGE(listed.emplace(static_cast<int>(each.statement), name).second, name);
      CHECK(pos::store::name_of(each.statement) == each.name);
    }
  }
  CHECK(listed == enumerators());
  CHECK(listed.size() > 100);
}

}  // namespace catalogue_test
