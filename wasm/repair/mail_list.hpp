// GET /v1/audits/{id}/mails: what is to be said to whom, for somebody to read before it is
// approved.
#pragma once

#include <utility>

#include "door/dialogue.hpp"
#include "io/command.hpp"
#include "repair/request.hpp"

namespace pos::repair {

class MailList {
 public:
  MailList() = default;
  explicit MailList(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const MailList&) const = default;

 private:
  /// Those that were asked for, of all.
  [[nodiscard]] bool shows(json::Value row) const;
  void answer_json(json::Value mails, json::Value credits, io::Commands& out) const;
  void answer_csv(json::Value mails, io::Commands& out) const;

  Request request_;
  door::Dialogue dialogue_;
};

}  // namespace pos::repair
