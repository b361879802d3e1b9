// How many states, steps and schedules each world has. A change of the core that an exploration can
// see changes them, so they are written down.
#pragma once

#include <map>
#include <string>

#include "explore/explorer.hpp"

namespace explore {

struct Pin {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::string schedules;

  bool operator==(const Pin&) const = default;
};
using Pins = std::map<std::string, Pin>;

[[nodiscard]] Pin pin_of(const Result& result);
/// Reads a file of lines "world, tab, states, tab, steps, tab, schedules"; none for no file.
[[nodiscard]] Pins read_pins(const std::string& path);
void write_pins(const std::string& path, const Pins& pins);

}  // namespace explore
