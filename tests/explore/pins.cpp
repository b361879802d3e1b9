#include "explore/pins.hpp"

#include <fstream>
#include <sstream>

namespace explore {

Pin pin_of(const Result& result) { return {result.states, result.steps, result.schedules}; }

Pins read_pins(const std::string& path) {
  Pins pins;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream parts(line);
    std::string name;
    Pin pin;
    if (std::getline(parts, name, '\t') && parts >> pin.states >> pin.steps >> pin.schedules) {
      pins[name] = pin;
    }
  }
  return pins;
}

void write_pins(const std::string& path, const Pins& pins) {
  std::ofstream file(path);
  for (const auto& [name, pin] : pins) {
    file << name << '\t' << pin.states << '\t' << pin.steps << '\t' << pin.schedules << '\n';
  }
}

}  // namespace explore
