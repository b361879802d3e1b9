// Runs one route of the past against a Database.
#pragma once

#include <functional>
#include <string>

#include "harness/repair_runner.hpp"
#include "io/command.hpp"
#include "runtime/repair_request.hpp"

namespace world {

/// GET /v1/audits/{id}/repairs or POST …/repairs/retry, as the shell would; `before_write` runs
/// between the job's look and its guarded write.
pos::io::DoneCommand call_repairs(RepairWorld& world, pos::runtime::RepairRequest request,
                                  const std::function<void()>& before_write = {});

/// POST /v1/audits/A1/repairs/retry of one repair.
pos::io::DoneCommand retry(RepairWorld& world, const std::string& target,
                           const std::function<void()>& before_write = {});

}  // namespace world
