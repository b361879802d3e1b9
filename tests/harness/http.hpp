// Runs one HTTP job of the core against a Database.
#pragma once

#include <string>

#include "api/request.hpp"
#include "harness/worker.hpp"
#include "io/command.hpp"

namespace world {

/// POSTs or GETs as the shell would; `before_write` runs between the job's look and its guarded
/// write.
pos::io::DoneCommand call(World& world, pos::api::Request request,
                          const std::function<void()>& before_write = {});

/// POST /v1/orders.
pos::io::DoneCommand post_order(World& world, const std::string& order_id,
                                const std::string& payload_text, int revision = 1,
                                const std::string& restaurant_id = "");

/// POST /v1/orders/{id}/replay, cancel or mark-done.
pos::io::DoneCommand operate(World& world, pos::api::Route route, const std::string& order_id,
                             const std::string& body = "");

}  // namespace world
