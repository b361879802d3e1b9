#include "mail/transition.hpp"

#include <algorithm>

#include "base/backoff.hpp"
#include "base/text.hpp"

namespace pos::mail {
namespace {

MailTransition dead(const char* code, const net::Outcome& outcome) {
  MailTransition verdict;
  verdict.state = MailState::dead;
  verdict.reason = concat(code, ": ", outcome.detail);
  return verdict;
}

MailTransition rejected(const net::Outcome& outcome, const MailAttempt& standing) {
  return dead(
      standing.in_doubt ? "unknown_outcome: an earlier request may have sent it" : "rejected",
      outcome);
}

MailTransition unauthorized(const net::Outcome& outcome, const Settings& settings) {
  MailTransition verdict;
  verdict.reason = concat("unauthorized: ", outcome.detail);
  verdict.sent = verdict.doubt = outcome.may_have_happened;
  verdict.delay_ms = settings.retry_base_ms;
  verdict.holds_for_all = true;
  return verdict;
}

MailTransition throttled(const net::Outcome& outcome, const Settings& settings) {
  MailTransition verdict;
  verdict.reason = concat("throttled: ", outcome.detail);
  verdict.sent = verdict.doubt = true;
  verdict.delay_ms = outcome.retry_after_ms < 0 ? settings.retry_base_ms : outcome.retry_after_ms;
  verdict.holds_for_all = true;
  return verdict;
}

MailTransition unknown(const net::Outcome& outcome, const MailAttempt& standing,
                       const Settings& settings) {
  const bool last = standing.attempts + 1 >= settings.max_attempts;
  MailTransition verdict = last ? dead("unknown_outcome", outcome) : MailTransition{};
  if (!last) verdict.reason = concat("unknown: ", outcome.detail);
  verdict.sent = verdict.doubt = true;
  verdict.attempts = 1;
  verdict.delay_ms =
      std::max(settings.quiet_on_clock_ms(),
               backoff_ms(settings.retry_base_ms, settings.retry_cap_ms, standing.attempts));
  return verdict;
}

MailTransition sent() {
  MailTransition verdict;
  verdict.state = MailState::sent;
  verdict.sent = true;
  return verdict;
}

}  // namespace

const char* to_string(MailState state) {
  switch (state) {
    case MailState::due:
      return "due";
    case MailState::sent:
      return "sent";
    case MailState::dead:
      return "dead";
  }
  return "due";
}

MailTransition apply_mail_outcome(const net::Outcome& outcome, const MailAttempt& standing,
                                  const Settings& settings) {
  switch (outcome.result) {
    case net::Result::accepted:
      return sent();
    case net::Result::rejected:
      return rejected(outcome, standing);
    case net::Result::conflict:
      return dead("key_conflict", outcome);
    case net::Result::throttled:
      return throttled(outcome, settings);
    case net::Result::unauthorized:
      return unauthorized(outcome, settings);
    case net::Result::unknown:
    // What only a look can see: no reply of Resend's is read as one.
    case net::Result::found:
    case net::Result::found_unpaid:
    case net::Result::found_canceled:
    case net::Result::several:
    case net::Result::absent:
    case net::Result::unclear:
    case net::Result::lookalikes:
    case net::Result::paid_elsewhere:
      return unknown(outcome, standing, settings);
    case net::Result::not_sent:
      return {};
  }
  return unknown(outcome, standing, settings);
}

}  // namespace pos::mail
