// A D1 with audits and repairs, a Resend that remembers keys for a day, and whoever drafts,
// approves and sends between them, step by step.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/profile.hpp"
#include "harness/database.hpp"
#include "harness/request_fault.hpp"
#include "io/command.hpp"
#include "jobs/repair_tick.hpp"
#include "mail/approval.hpp"
#include "mail/list.hpp"
#include "runtime/run_context.hpp"

namespace world {

/// Resend, as far as its reference says what it does ("Idempotency keys", "Errors").
class ResendModel {
 public:
  struct Mail {
    std::string key;
    std::string body;
  };
  struct Reply {
    int status = 200;
    std::string body;
  };

  Reply send(const std::string& key, const std::string& body, std::int64_t now_ms);

  std::vector<Mail> mails;
  std::string retry_after = "2";  // where it throttles

 private:
  struct Known {
    std::string body;
    std::string id;
    std::int64_t at_ms = 0;
  };
  std::map<std::string, Known> keys_;
};

struct MailWorld {
  Database database;
  ResendModel resend;
  bool has_seal_key = true;
  /// Hears of every command that a job gives, signatures, log lines and its end included.
  std::function<void(const pos::io::Command&)> hears;

  MailWorld();
  void pass(std::int64_t ms) { database.now_ms += ms; }

  /// A restaurant with an account, and its place in audit "a1".
  void open(const std::string& restaurant, const std::string& name, const std::string& email,
            const std::string& language);
  /// Something that was approved for it: by default a refund that is through.
  struct Repair {
    std::string target;
    std::string restaurant;
    std::int64_t amount = 0;
    std::string currency = "TRY";
    std::string state = "done";
    std::string source_type = "CARD";
    std::int64_t fee = 0;
    std::string action = "refund";
    std::string reason{};
    std::string audit = "a1";
  };
  void repair(const Repair& repair);
  /// When the order of a repair was made at Square.
  void ordered_at(const std::string& target, std::int64_t at_ms);
  [[nodiscard]] std::string mail(const std::string& restaurant, const std::string& column);
};

/// A tick's repair, or a request about mails.
class Mailer {
 public:
  using Job = std::variant<pos::jobs::RepairTick, pos::mail::MailList, pos::mail::MailApproval,
                           pos::api::Profile>;

  /// A tick.
  Mailer(MailWorld& world, const std::string& id,
         pos::runtime::RunContext context = test_context());
  /// A request.
  Mailer(MailWorld& world, pos::runtime::RepairRequest request);

  static pos::runtime::RunContext test_context();

  void run();
  bool run_until(const std::function<bool(const pos::io::Command&)>& wanted);
  void perform(RequestFault fault = RequestFault::none);
  [[nodiscard]] std::optional<pos::io::Command> next() const;
  /// Only the effect of the next command, whose answer comes with perform() or never.
  void land();
  void wait_only_here(std::int64_t ms) { elapsed_ms_ += ms; }

  [[nodiscard]] bool ended() const { return done_.has_value(); }
  [[nodiscard]] const pos::io::DoneCommand& done() const { return *done_; }

 private:
  void receive(pos::io::Commands commands);
  void feed(const pos::io::Outcome& outcome);
  void perform_d1(const pos::io::D1Command& command, RequestFault fault);
  void perform_fetch(const pos::io::FetchCommand& command, RequestFault fault);
  void perform_days(const pos::io::DayBoundariesCommand& command);

  MailWorld& world_;
  Job job_;
  std::deque<pos::io::Command> commands_;
  std::optional<pos::io::DoneCommand> done_;
  std::int64_t elapsed_ms_ = 0;
};

}  // namespace world
