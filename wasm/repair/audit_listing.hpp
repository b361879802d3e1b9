// GET /v1/audits: a page of them, the newest first.
#pragma once

#include "door/dialogue.hpp"
#include "io/command.hpp"
#include "repair/request.hpp"

namespace pos::repair {

class AuditListing {
 public:
  AuditListing() = default;
  explicit AuditListing(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const AuditListing&) const = default;

 private:
  Request request_;
  door::Dialogue dialogue_;
};

}  // namespace pos::repair
