// POST /v1/audits/{id}/mails/approve: from then on a mail is frozen, and is sent.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "door/dialogue.hpp"
#include "io/command.hpp"
#include "repair/request.hpp"

namespace pos::repair {

class MailApproval {
 public:
  MailApproval() = default;
  explicit MailApproval(Request&& request) : request_(std::move(request)) {}

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
  void judge(json::Value mails, io::Commands& out);
  /// Answers if a restaurant that was named has no mail.
  [[nodiscard]] bool misses(json::Value mails, io::Commands& out) const;
  [[nodiscard]] bool asks_for(std::string_view restaurant_id) const;
  void write(io::Commands& out);
  void written(json::Value rows, io::Commands& out);
  void finish(io::Commands& out) const;
  void conflict(const char* detail, io::Commands& out) const;

  Request request_;
  std::string actor_ = "operator";
  std::string fingerprint_;  // of what somebody has read
  std::string present_;      // of what stands there
  bool all_ = false;
  std::vector<std::string> restaurants_;
  std::vector<Draft> drafts_;  // to be approved
  std::size_t next_ = 0;       // among them, the first one that is not written yet
  std::size_t approved_ = 0;   // by this request
  std::size_t stood_ = 0;      // that were approved before
  bool writing_ = false;
  door::Dialogue dialogue_;
};

}  // namespace pos::repair
