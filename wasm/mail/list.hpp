// GET /v1/audits/{id}/mails: the letters and their recipients, for the approver to read before they
// are approved.
#pragma once

#include <utility>

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/command.hpp"
#include "mail/list_columns.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::mail {

class MailList {
 public:
  MailList() = default;
  explicit MailList(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const MailList&) const = default;

 private:
  /// Those that were asked for, of all.
  [[nodiscard]] bool shows(json::Value row) const;
  void add_to_page(json::Value mails);
  void add_to_table(json::Value mails);
  void answer_json(json::Value credits, io::Commands& out) const;

  runtime::RepairRequest request_;
  runtime::D1Exchange dialogue_;
  MailsFingerprint fingerprint_;
  std::string after_;  // the last mail that was read
  std::int64_t rounds_ = 0;
  std::string text_;  // what is written of the page, or of the table, so far
  std::size_t shown_ = 0;
  std::string last_;   // the last mail of the page
  bool more_ = false;  // there are others behind it
};

}  // namespace pos::mail
