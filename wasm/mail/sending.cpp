#include "mail/sending.hpp"

#include <utility>

#include "ablation/layer.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "resend/reply.hpp"
#include "resend/request.hpp"
#include "runtime/seal.hpp"

namespace pos::mail {
namespace {

using store::Statement;

// Resend lets through a few requests a second: it is worth waiting for that, and not for a day.
constexpr std::int64_t pause_most_ms = 10'000;
constexpr std::int64_t pauses_most = 20;

/// How long after its first send a mail may still be sent again: a send under a claim of now ends
/// before Resend forgets the key.
std::int64_t window_ms(const Settings& settings) {
  return resend::key_memory_ms - settings.lease_ms - settings.quiet_on_clock_ms();
}

}  // namespace

void MailSending::advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                          io::Commands& out) {
  if (step_ != Step::ready) return;
  if (stops_ || !in_flight.can_send_now()) {
    step_ = Step::over;
    return;
  }
  claim(context, in_flight, out);
}

void MailSending::claim(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                        io::Commands& out) {
  step_ = Step::working;
  claimed_at_ms_ = in_flight.elapsed_ms();
  token_ = concat(context.id, ".m", ++claims_);
  json::Writer query;
  query.begin_object().member("lease_ms", context.settings.lease_ms);
  query.member("window_ms", window_ms(context.settings));
  query.member("max_attempts", context.settings.max_attempts).end_object();
  in_flight.d1(claiming, 0,
               {Statement::mail_expire, Statement::mail_claim, Statement::mail_claimed},
               {token_, query.take()}, out);
}

void MailSending::receive(const runtime::RunContext& context,
                          const runtime::PendingCommand& pending, const io::Outcome& outcome,
                          runtime::InFlightCommands& in_flight, io::Commands& out) {
  if (pending.failed) {
    step_ = Step::over;
    return;
  }
  switch (static_cast<What>(pending.purpose)) {
    case claiming:
      dead_ += static_cast<std::int64_t>(outcome.results.at(0).size());
      return verify(context, outcome.results.at(2).first(), in_flight, out);
    case verifying:
      return verified(context, outcome, in_flight, out);
    case sending: {
      const net::Outcome read = resend::read_reply(outcome.reply);
      const MailTransition verdict = apply_mail_outcome(read, standing_, context.settings);
      return settle(verdict, read.external_id, in_flight, out);
    }
    case settling:
      return settled(outcome.results.at(1).first().first().integer() != 0, in_flight, out);
    case pausing:
      step_ = Step::ready;
      return;
  }
}

void MailSending::verify(const runtime::RunContext& context, json::Value row,
                         runtime::InFlightCommands& in_flight, io::Commands& out) {
  if (!row.present()) {
    step_ = Step::over;
    return;
  }
  id_ = row.first().text();
  request_ = row.at(1).text();
  standing_.attempts = row.at(2).integer();
  standing_.in_doubt = row.at(3).integer() != 0;
  has_seal_ = !row.at(4).text().empty();
  if (!ablation::intact(ablation::Layer::seal)) return send(context, in_flight, out);
  io::SignCommand command = runtime::signing();
  runtime::add_to_verify(command, row.at(5).text(), row.at(4).text());
  in_flight.sign(verifying, 0, std::move(command), out);
}

// A mail that was not approved as it is stored is not sent.
void MailSending::verified(const runtime::RunContext& context, const io::Outcome& outcome,
                           runtime::InFlightCommands& in_flight, io::Commands& out) {
  const bool has_keys = outcome.kind == io::OutcomeKind::sealed;
  std::string why(outcome.results.first().text());
  if (!has_seal_) why = "it has no seal";
  if (has_keys && why.empty()) return send(context, in_flight, out);
  MailTransition verdict;
  if (why.empty()) {
    // Somebody sets the key, and it goes on: no sooner than this tick is over.
    verdict.reason = concat("waits: ", outcome.error);
    verdict.delay_ms = context.settings.lease_ms;
    verdict.holds_for_all = true;
  } else {
    verdict.state = MailState::dead;
    verdict.reason = concat("unsealed: ", why);
  }
  json::Writer fields;
  fields.begin_object().member("id", id_).member("reason", verdict.reason).end_object();
  out.emplace_back(io::LogCommand{io::Level::error, "a mail was not sent", fields.take()});
  settle(verdict, {}, in_flight, out);
}

void MailSending::send(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                       io::Commands& out) {
  // Beyond its lease another worker may be sending it.
  if (!in_flight.can_send_now() || !in_flight.fits_lease(claimed_at_ms_)) {
    stops_ = true;
    return settle(apply_mail_outcome(net::not_sent(), standing_, context.settings), {}, in_flight,
                  out);
  }
  in_flight.fetch(sending, 0, resend::send_email(context.repair.mail_base_url, id_, request_), out);
}

void MailSending::settle(const MailTransition& verdict, std::string_view external_id,
                         runtime::InFlightCommands& in_flight, io::Commands& out) {
  state_ = verdict.state;
  pause_ms_ = 0;
  if (verdict.holds_for_all) {
    const bool worth_it = verdict.doubt && verdict.delay_ms <= pause_most_ms;
    stops_ = !worth_it || ++pauses_ > pauses_most;
    pause_ms_ = verdict.delay_ms;
  }
  json::Writer query;
  query.begin_object().member("id", id_).member("state", to_string(verdict.state));
  // What was not sent has no news.
  const bool has_news = verdict.state != MailState::due || !verdict.reason.empty();
  if (has_news) query.member("reason", verdict.reason);
  query.member("attempts", verdict.attempts);
  query.member("delay_ms", verdict.delay_ms).member("sent", std::int64_t{verdict.sent});
  const bool is_sent = verdict.state == MailState::sent;
  query.member("doubt", verdict.doubt ? "set" : is_sent ? "clear" : "");
  if (!external_id.empty()) query.member("external_id", external_id);
  query.end_object();
  in_flight.d1(settling, 0, {Statement::mail_settle, Statement::mail_settled},
               {token_, query.take()}, out);
}

void MailSending::settled(bool won, runtime::InFlightCommands& in_flight, io::Commands& out) {
  if (won) {
    switch (state_) {
      case MailState::due:
        ++waiting_;
        break;
      case MailState::sent:
        ++sent_;
        break;
      case MailState::dead:
        ++dead_;
        break;
    }
  }
  step_ = Step::ready;
  if (pause_ms_ == 0 || stops_) return;
  step_ = Step::working;
  in_flight.pause(pausing, 0, pause_ms_, out);
}

}  // namespace pos::mail
