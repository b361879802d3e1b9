// GET /v1/audits/{id}: how far it is, what was found, and its groups, as JSON or as a table; and
// the list for the dispute fast track.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/row.hpp"
#include "base/csv.hpp"
#include "base/json/value.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::audit {

class ShowAudit {
 public:
  ShowAudit() = default;
  explicit ShowAudit(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const ShowAudit&) const = default;

 private:
  [[nodiscard]] bool disputes() const { return request_.list == "disputes"; }
  [[nodiscard]] bool incomparables() const { return request_.list == "not_comparable"; }
  /// Where the next page begins; "" behind the last one.
  [[nodiscard]] std::string cursor_behind(json::Value rows) const;
  void ask(io::Commands& out);
  void write_heads(Csv& csv) const;
  void write_line(Csv& csv, json::Value row) const;
  void take_table(json::Value groups, io::Commands& out);
  void answer(json::Value results, io::Commands& out) const;

  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
  std::string after_location_;
  std::string after_group_;
  std::int64_t rounds_ = 0;
  std::string table_;  // what is written of it so far
};

}  // namespace pos::audit
