// Is the explorer itself to be believed? Its counts are held against ones that need no explorer.
#pragma once

#include <string>
#include <vector>

namespace explore {

struct Check {
  std::string name;   // what is promised
  std::string words;  // the numbers on both sides
  bool holds = false;
};

[[nodiscard]] std::vector<Check> check_the_explorer();
[[nodiscard]] std::vector<Check> check_the_explorer_of_repairs();

}  // namespace explore
