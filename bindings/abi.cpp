#include "bindings/abi.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#if defined(POS_SYNC_REPAIR)
#include "jobs/repair_job.hpp"
#else
#include "jobs/push_job.hpp"
#endif
#include "store/statements.hpp"

namespace {

// Two modules have this door, one for each kind of job.
#if defined(POS_SYNC_REPAIR)
using Job = pos::jobs::RepairJob;
#else
using Job = pos::jobs::PushJob;
#endif

constexpr std::uint32_t abi_version = 1;

struct Instance {
  // pos_start makes a new one: assigning one job to another would compile every pair of kinds.
  std::unique_ptr<Job> job = std::make_unique<Job>();
  // Not a vector or a string: those would write zeros over bytes that the host is about to fill.
  std::unique_ptr<char[]> input;
  std::size_t input_capacity = 0;
  std::string output;

  std::string_view frame(std::uint32_t size) const {
    if (size > input_capacity) std::abort();
    return {input.get(), size};
  }

  std::uint32_t put_out(std::string bytes) {
    output = std::move(bytes);
    return static_cast<std::uint32_t>(output.size());
  }
};

// Never destroyed: the host throws the whole instance away, and nothing runs at its end.
Instance& instance() {
  static Instance* const the_one = new Instance;
  return *the_one;
}

}  // namespace

std::uint32_t pos_abi_version() { return abi_version; }

std::uint8_t* pos_input(std::uint32_t size) {
  Instance& self = instance();
  if (size > self.input_capacity) {
    self.input.reset();  // first, so that the old and the new buffer never exist together
    self.input.reset(new char[size]);
    self.input_capacity = size;
  }
  return reinterpret_cast<std::uint8_t*>(self.input.get());
}

std::uint32_t pos_start(std::uint32_t size) {
  Instance& self = instance();
  const std::string_view frame = self.frame(size);
  self.job = std::make_unique<Job>();
  return self.put_out(start(frame, *self.job));
}

std::uint32_t pos_step(std::uint32_t size) {
  Instance& self = instance();
  return self.put_out(step(*self.job, self.frame(size)));
}

const std::uint8_t* pos_output() {
  return reinterpret_cast<const std::uint8_t*>(instance().output.data());
}

std::uint32_t pos_statements() { return instance().put_out(pos::store::catalogue_json()); }
