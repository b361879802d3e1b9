#include "repair/mail_verdict.hpp"

#include <algorithm>

#include "push/retry.hpp"
#include "text/text.hpp"

namespace pos::repair {
namespace {

MailVerdict dead(const char* code, const push::Outcome& outcome) {
  MailVerdict verdict;
  verdict.state = MailState::dead;
  verdict.reason = words(code, ": ", outcome.detail);
  return verdict;
}

MailVerdict rejected(const push::Outcome& outcome, const MailStanding& standing) {
  return dead(
      standing.in_doubt ? "unknown_outcome: an earlier request may have sent it" : "rejected",
      outcome);
}

MailVerdict unauthorized(const push::Outcome& outcome, const Settings& settings) {
  MailVerdict verdict;
  verdict.reason = words("unauthorized: ", outcome.detail);
  verdict.sent = verdict.doubt = outcome.may_have_happened;
  verdict.delay_ms = settings.retry_base_ms;
  verdict.holds_for_all = true;
  return verdict;
}

MailVerdict throttled(const push::Outcome& outcome, const Settings& settings) {
  MailVerdict verdict;
  verdict.reason = words("throttled: ", outcome.detail);
  verdict.sent = verdict.doubt = true;
  verdict.delay_ms = outcome.retry_after_ms < 0 ? settings.retry_base_ms : outcome.retry_after_ms;
  verdict.holds_for_all = true;
  return verdict;
}

MailVerdict unknown(const push::Outcome& outcome, const MailStanding& standing,
                    const Settings& settings) {
  const bool last = standing.attempts + 1 >= settings.max_attempts;
  MailVerdict verdict = last ? dead("unknown_outcome", outcome) : MailVerdict{};
  if (!last) verdict.reason = words("unknown: ", outcome.detail);
  verdict.sent = verdict.doubt = true;
  verdict.attempts = 1;
  verdict.delay_ms =
      std::max(settings.quiet_on_clock_ms(),
               push::backoff_ms(settings.retry_base_ms, settings.retry_cap_ms, standing.attempts));
  return verdict;
}

MailVerdict sent() {
  MailVerdict verdict;
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

MailVerdict judge_mail(const push::Outcome& outcome, const MailStanding& standing,
                       const Settings& settings) {
  switch (outcome.result) {
    case push::Result::accepted:
      return sent();
    case push::Result::rejected:
      return rejected(outcome, standing);
    case push::Result::conflict:
      return dead("key_conflict", outcome);
    case push::Result::throttled:
      return throttled(outcome, settings);
    case push::Result::unauthorized:
      return unauthorized(outcome, settings);
    case push::Result::unknown:
    // What only a look can see: no reply of Resend's is read as one.
    case push::Result::found:
    case push::Result::found_unpaid:
    case push::Result::found_canceled:
    case push::Result::several:
    case push::Result::absent:
    case push::Result::unclear:
    case push::Result::lookalikes:
    case push::Result::paid_elsewhere:
      return unknown(outcome, standing, settings);
    case push::Result::not_sent:
      return {};
  }
  return unknown(outcome, standing, settings);
}

}  // namespace pos::repair
