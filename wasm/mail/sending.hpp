// Sends the mails that were approved, one after the other: each is claimed, its frozen bytes are
// sent under its key, and what came of that is written down.
#pragma once

#include <cstdint>
#include <string>

#include "io/command.hpp"
#include "io/outcome.hpp"
#include "mail/transition.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/run_context.hpp"

namespace pos::mail {

class MailSending {
 public:
  /// Whether an pending is one of these, and none of the drafting's.
  [[nodiscard]] static bool owns(const runtime::PendingCommand& pending) {
    return pending.purpose >= claiming;
  }

  void receive(const runtime::RunContext& context, const runtime::PendingCommand& pending,
               const io::Outcome& outcome, runtime::InFlightCommands& in_flight, io::Commands& out);
  void advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
               io::Commands& out);

  [[nodiscard]] std::int64_t sent() const { return sent_; }
  [[nodiscard]] std::int64_t waiting() const { return waiting_; }
  [[nodiscard]] std::int64_t dead() const { return dead_; }

  bool operator==(const MailSending&) const = default;

 private:
  enum class Step : std::uint8_t { ready = 0, working = 1, over = 2 };
  enum What : std::uint32_t {
    claiming = 16,
    sending = 17,
    settling = 18,
    pausing = 19,
    verifying = 20
  };

  void claim(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
             io::Commands& out);
  void verify(const runtime::RunContext& context, json::Value row,
              runtime::InFlightCommands& in_flight, io::Commands& out);
  void verified(const runtime::RunContext& context, const io::Outcome& outcome,
                runtime::InFlightCommands& in_flight, io::Commands& out);
  void send(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
            io::Commands& out);
  void settle(const MailTransition& verdict, std::string_view external_id,
              runtime::InFlightCommands& in_flight, io::Commands& out);
  void settled(bool won, runtime::InFlightCommands& in_flight, io::Commands& out);

  Step step_ = Step::ready;
  std::int64_t claims_ = 0;
  std::string token_;               // of the present claim
  std::int64_t claimed_at_ms_ = 0;  // by this job's clock, when it was asked for
  std::string id_;                  // of the mail
  std::string request_;             // its frozen bytes
  bool has_seal_ = false;
  MailAttempt standing_;
  MailState state_ = MailState::due;  // that it is given
  std::int64_t pause_ms_ = 0;         // after which the next one may be sent
  bool stops_ = false;                // the next one would fare no better
  std::int64_t pauses_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t waiting_ = 0;
  std::int64_t dead_ = 0;
};

}  // namespace pos::mail
