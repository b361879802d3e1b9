// POST /v1/audits, and the audit of a quarter that the cron asks for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/field_errors.hpp"
#include "base/json/value.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::audit {

class CreateAudit {
 public:
  CreateAudit() = default;
  explicit CreateAudit(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const CreateAudit&) const = default;

 private:
  void read_body(json::Value body, FieldErrors& findings);
  void read_restaurants(json::Value list, FieldErrors& findings);
  void create(io::Commands& out);
  void created(json::Value results, io::Commands& out) const;
  [[nodiscard]] std::string asked() const;

  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
  bool asks_quarter_ = false;
  std::string id_;
  std::int64_t from_ms_ = 0;
  std::int64_t to_ms_ = 0;
  std::int64_t window_ms_ = 0;
  bool names_restaurants_ = false;
  std::vector<std::string> restaurants_;  // as they were named
  std::string actor_;
};

}  // namespace pos::audit
