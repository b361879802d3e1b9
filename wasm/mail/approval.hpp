// POST /v1/audits/{id}/mails/approve: from then on a mail is frozen, and is sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "io/command.hpp"
#include "mail/list_columns.hpp"
#include "runtime/d1_exchange.hpp"
#include "runtime/repair_request.hpp"

namespace pos::mail {

class MailApproval {
 public:
  MailApproval() = default;
  explicit MailApproval(runtime::RepairRequest&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const MailApproval&) const = default;

 private:
  /// A draft as it was read: what is written is written only if it is still that.
  struct Draft {
    std::string id;
    std::string recipient;
    std::string subject;
    std::string body;

    bool operator==(const Draft&) const = default;
  };

  [[nodiscard]] bool read_body(io::Commands& out);
  void read(io::Commands& out);
  void take(json::Value mails);
  void judge(io::Commands& out);
  /// Answers if a restaurant that was named has no mail.
  [[nodiscard]] bool misses(io::Commands& out) const;
  [[nodiscard]] bool asks_for(std::string_view restaurant_id) const;
  /// What is to be sealed of the next ones.
  void seal(io::Commands& out);
  void sign(json::Value rows, io::Commands& out);
  void write(const io::Outcome& seals, io::Commands& out);
  [[nodiscard]] std::string frozen(const Draft& draft) const;
  [[nodiscard]] std::string query(json::Value seals) const;
  void written(json::Value rows, io::Commands& out);
  void finish(io::Commands& out) const;
  void conflict(const char* detail, io::Commands& out) const;

  runtime::RepairRequest request_;
  std::string actor_ = "operator";
  std::string fingerprint_;   // of what the approver has read
  MailsFingerprint present_;  // of what stands there
  bool all_ = false;
  std::vector<std::string> restaurants_;
  std::vector<std::string> unseen_;  // of them, those of whom no mail was read so far
  std::string after_;                // the last mail that was read
  std::int64_t rounds_ = 0;
  std::string unaddressed_;
  std::string stale_;
  std::size_t draft_bytes_ = 0;
  std::vector<Draft> drafts_;  // to be approved
  std::size_t next_ = 0;       // among them, the first one that is not written yet
  std::size_t end_ = 0;        // behind the last one of those that are being written
  std::int64_t approved_at_ = 0;
  std::size_t approved_ = 0;  // by this request
  std::size_t stood_ = 0;     // that were approved before
  enum class Step : std::uint8_t { reading = 0, sealing = 1, signing = 2, writing = 3 };
  Step step_ = Step::reading;
  runtime::D1Exchange dialogue_;
};

}  // namespace pos::mail
