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
  /// Whether an errand is one of these, and none of the drafting's.
  [[nodiscard]] static bool owns(const runtime::Errand& errand) { return errand.what >= claiming; }

  void receive(const runtime::Charge& charge, const runtime::Errand& errand,
               const io::Outcome& outcome, runtime::Errands& errands, io::Commands& out);
  void advance(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out);

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

  void claim(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out);
  void verify(const runtime::Charge& charge, json::Value row, runtime::Errands& errands,
              io::Commands& out);
  void verified(const runtime::Charge& charge, const io::Outcome& outcome,
                runtime::Errands& errands, io::Commands& out);
  void send(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out);
  void settle(const MailVerdict& verdict, std::string_view external_id, runtime::Errands& errands,
              io::Commands& out);
  void settled(bool won, runtime::Errands& errands, io::Commands& out);

  Step step_ = Step::ready;
  std::int64_t claims_ = 0;
  std::string token_;               // of the present claim
  std::int64_t claimed_at_ms_ = 0;  // by this job's clock, when it was asked for
  std::string id_;                  // of the mail
  std::string request_;             // its frozen bytes
  bool has_seal_ = false;
  MailStanding standing_;
  MailState state_ = MailState::due;  // that it is given
  std::int64_t pause_ms_ = 0;         // after which the next one may be sent
  bool stops_ = false;                // the next one would fare no better
  std::int64_t pauses_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t waiting_ = 0;
  std::int64_t dead_ = 0;
};

}  // namespace pos::mail
