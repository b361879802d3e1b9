#include "simulate/options.hpp"

#include "base/text.hpp"

namespace simulate {
namespace {

bool read_text(const std::string& name, const std::string& value, Options& options) {
  if (name == "--kept") options.kept = value;
  if (name == "--trace") options.trace = value;
  if (name == "--frames") options.frames = value;
  return name == "--kept" || name == "--trace" || name == "--frames";
}

bool read_number(const std::string& name, std::uint64_t value, Options& options) {
  if (name == "--seeds") options.seeds = value;
  if (name == "--from") options.from = value;
  if (name == "--threads") options.threads = value;
  if (name == "--steps") options.steps = value;
  if (name == "--seed") {
    options.from = value;
    options.seeds = 1;
  }
  return name == "--seeds" || name == "--from" || name == "--threads" || name == "--steps" ||
         name == "--seed";
}

}  // namespace

bool read_repair_settings(int count, char** arguments, Options& options, std::string& problem) {
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (++i == count) {
      problem = name + " needs a value, or is unknown";
      return false;
    }
    const std::string value = arguments[i];
    if (read_text(name, value, options)) continue;
    const std::int64_t number = pos::number_of(value);
    if (number < 0 || !read_number(name, static_cast<std::uint64_t>(number), options)) {
      problem = pos::concat(name, " ", value, " cannot be understood");
      return false;
    }
  }
  return true;
}

}  // namespace simulate
