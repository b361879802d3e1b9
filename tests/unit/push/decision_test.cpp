// What a claimed order does first: the rules of docs/order-lifecycle.md, each beside what would
// break it.
#include <doctest/doctest.h>

#include "push/decision.hpp"

namespace evidence_test {

using namespace pos::push;

namespace {

constexpr Limits limits{.now = 1'000'000,
                        .lease_ms = 1'000,
                        .dedupe_window_ms = 500'000,
                        .quiet_ms = 100,
                        .settle_delay_ms = 50,
                        .max_attempts = 10};

const Asked asked{"adana", "same", 0, 0, 0};

/// Its bytes are frozen, and nothing of it was ever sent.
Ledger frozen() {
  Ledger ledger;
  ledger.restaurant_id = "adana";
  ledger.fingerprint = "same";
  ledger.order_body = "{}";
  ledger.frozen = true;
  return ledger;
}

/// It may have been booked a moment ago.
Ledger doubted() {
  Ledger ledger = frozen();
  ledger.first_sent_at = ledger.last_sent_at = ledger.in_doubt_since = limits.now - 1;
  return ledger;
}

Ledger booked() {
  Ledger ledger = frozen();
  ledger.booked_at = 1;
  ledger.external_order_id = "O1";
  return ledger;
}

/// Its order stands at Square, and its payment is due.
Ledger placed(Ledger ledger) {
  ledger.external_order_id = "O1";
  ledger.payment_body = "{}";
  return ledger;
}

Asked with_attempts(std::int64_t attempts) {
  Asked tried = asked;
  tried.attempts = attempts;
  return tried;
}

Asked with_content(std::string_view restaurant, std::string_view fingerprint) {
  Asked other = asked;
  other.restaurant_id = restaurant;
  other.fingerprint = fingerprint;
  return other;
}

Decision only(Step step) { return {.step = step}; }
Decision look(State why) { return {Step::look, why, false}; }
Decision sent(Step step, State state, bool differs = false) { return {step, state, differs}; }

}  // namespace

TEST_CASE("an order that the ledger calls booked is never sent, whatever else is known of it") {
  Ledger ledger = booked();
  Asked again{"adana", "same", limits.max_attempts, 1, 3};
  CHECK(decide(ledger, again, limits) == only(Step::recognise));
  ledger.in_doubt_since = 1;  // a payment may have been sent behind it
  ledger.look_because = "conflict";
  CHECK(decide(ledger, again, limits) == only(Step::recognise));
  ledger.frozen = false;
  CHECK(decide(ledger, again, limits) == only(Step::recognise));
}

TEST_CASE("a booking is a success only for the content and the restaurant that were booked") {
  CHECK(decide(booked(), with_content("adana", "other"), limits) == only(Step::content_differs));
  CHECK(decide(booked(), with_content("dublin", "other"), limits) ==
        only(Step::order_id_collision));
  CHECK(decide(booked(), with_content("adana", ""), limits) == only(Step::content_differs));
}

TEST_CASE("a booking of the older queue, whose content nobody wrote down, is not sold again") {
  Ledger ledger = booked();
  ledger.fingerprint.clear();
  CHECK(decide(ledger, asked, limits) == only(Step::recognise));
}

TEST_CASE("a revision is not sent while an earlier one may stand at the provider") {
  Asked second = asked;
  second.open_revision = 1;
  CHECK(decide({}, second, limits) == only(Step::earlier_revision_open));
  CHECK(decide(frozen(), second, limits) == only(Step::earlier_revision_open));
  CHECK(decide(doubted(), second, limits) == only(Step::earlier_revision_open));
}

TEST_CASE("a revision is not sent behind a later one, but a doubt of it is resolved") {
  Asked first = asked;
  first.later_revision = 2;
  CHECK(decide({}, first, limits) == only(Step::superseded));
  CHECK(decide(frozen(), first, limits) == only(Step::superseded));
  first.attempts = limits.max_attempts;
  CHECK(decide(frozen(), first, limits) == only(Step::superseded));
  first.attempts = 0;
  CHECK(decide(doubted(), first, limits) == sent(Step::order, State::ordering_in_doubt));
}

TEST_CASE("an order that an older queue may have sold without a key is not given one") {
  Ledger ledger = doubted();
  ledger.frozen = false;
  CHECK(decide(ledger, asked, limits) == look(State::looking_keyless));
  CHECK(decide(ledger, with_attempts(limits.max_attempts), limits) == look(State::looking_keyless));
  ledger.frozen = true;
  ledger.look_because = "keyless";
  CHECK(decide(ledger, asked, limits) == look(State::looking_keyless));
}

TEST_CASE("a recorded reason to look at the provider keeps an order from being sent for ever") {
  struct Reason {
    const char* because;
    State for_order;
    State for_payment;
  };
  constexpr Reason reasons[] = {
      {"conflict", State::looking_conflict, State::looking_payment_conflict},
      {"rejected", State::looking_rejected, State::looking_payment_rejected},
      {"attempts", State::looking_attempts, State::looking_payment_attempts},
      {"cancel", State::looking_cancel, State::looking_payment_cancel},
  };
  Ledger ledger = doubted();
  for (const Reason& reason : reasons) {
    ledger.look_because = reason.because;
    CAPTURE(ledger.look_because);
    CHECK(decide(ledger, asked, limits) == look(reason.for_order));
    CHECK(decide(placed(ledger), asked, limits) == look(reason.for_payment));
  }
}

TEST_CASE("what was tried often enough is looked for a last time, except that a cancel stays one") {
  const Asked spent = with_attempts(limits.max_attempts);
  Ledger ledger = doubted();
  ledger.look_because = "conflict";
  CHECK(decide(ledger, spent, limits) == look(State::looking_attempts));
  ledger.look_because = "cancel";
  CHECK(decide(ledger, spent, limits) == look(State::looking_cancel));
}

TEST_CASE("an order to be canceled is not sent, and looked for only if it may stand") {
  Ledger ledger = frozen();
  ledger.look_because = "cancel";
  CHECK(decide(ledger, asked, limits) == only(Step::canceled));
  CHECK(decide(placed(ledger), asked, limits) == look(State::looking_payment_cancel));
  ledger = doubted();
  ledger.frozen = false;
  ledger.look_because = "cancel";
  CHECK(decide(ledger, asked, limits) == look(State::looking_keyless_cancel));
}

TEST_CASE("two looks prove that an order is absent, each late enough to have seen it") {
  Ledger ledger = doubted();
  const auto at = [](std::int64_t now) {
    Limits then = limits;
    then.now = now;
    return then;
  };
  const std::int64_t visible = ledger.last_sent_at + limits.quiet_ms + limits.settle_delay_ms;
  CHECK(absence(ledger, at(visible - 1)) == Event::absent_early);
  CHECK(next_look_in_ms(ledger, at(visible - 1)) == 1);
  CHECK(absence(ledger, at(visible)) == Event::absent_once);
  CHECK(next_look_in_ms(ledger, at(visible)) == limits.settle_delay_ms);
  ledger.absent_at = visible + 3;
  const std::int64_t again = ledger.absent_at + limits.settle_delay_ms;
  CHECK(absence(ledger, at(again - 1)) == Event::absent_early);
  CHECK(next_look_in_ms(ledger, at(again - 1)) == 1);
  CHECK(absence(ledger, at(again)) == Event::absent);
  // A send since then makes the first look count for nothing.
  ledger.last_sent_at = again;
  CHECK(absence(ledger, at(again)) == Event::absent_early);
}

TEST_CASE("a row is tried MAX_ATTEMPTS times, and not once more") {
  const Asked last = with_attempts(limits.max_attempts - 1);
  const Asked spent = with_attempts(limits.max_attempts);
  CHECK(decide({}, last, limits) == only(Step::freeze));
  CHECK(decide({}, spent, limits) == only(Step::attempts_exhausted));
  CHECK(decide(frozen(), last, limits) == sent(Step::order, State::ordering));
  CHECK(decide(frozen(), spent, limits) == only(Step::attempts_exhausted));
  CHECK(decide(doubted(), last, limits) == sent(Step::order, State::ordering_in_doubt));
}

TEST_CASE("an order in doubt whose attempts have run out is not called never booked") {
  const Asked spent = with_attempts(limits.max_attempts);
  CHECK(decide(doubted(), spent, limits) == look(State::looking_attempts));
  CHECK(decide(placed(doubted()), spent, limits) == look(State::looking_payment_attempts));
}

TEST_CASE("a key is not used where it may be forgotten by the time that its request lands") {
  Ledger ledger = doubted();
  ledger.first_sent_at = limits.now + limits.lease_ms - limits.dedupe_window_ms;
  CHECK(decide(ledger, asked, limits) == look(State::looking));
  CHECK(decide(placed(ledger), asked, limits) == look(State::looking_payment));
  ++ledger.first_sent_at;
  CHECK(decide(ledger, asked, limits) == sent(Step::order, State::ordering_in_doubt));
}

TEST_CASE("what is in doubt is sent as it was frozen, and is nobody's success if that differs") {
  CHECK(decide(doubted(), with_content("adana", "other"), limits) ==
        sent(Step::order, State::ordering_in_doubt, true));
  CHECK(decide(placed(doubted()), with_content("adana", "other"), limits) ==
        sent(Step::pay, State::paying_in_doubt, true));
}

TEST_CASE("what is frozen is not sent for a row that asks for something else") {
  CHECK(decide(frozen(), with_content("adana", "other"), limits) == only(Step::content_differs));
  CHECK(decide(frozen(), with_content("dublin", "other"), limits) ==
        only(Step::order_id_collision));
}

TEST_CASE("an order that stands is paid, never ordered again") {
  CHECK(decide(placed(frozen()), asked, limits) == sent(Step::pay, State::paying));
  CHECK(decide(placed(doubted()), asked, limits) == sent(Step::pay, State::paying_in_doubt));
}

TEST_CASE("an order that stands unpaid where no payment is due has another total: no success") {
  Ledger ledger = frozen();
  ledger.external_order_id = "O1";
  CHECK(decide(ledger, asked, limits) == only(Step::total_differs));
  ledger.in_doubt_since = ledger.first_sent_at = limits.now - 1;
  CHECK(decide(ledger, asked, limits) == only(Step::total_differs));
}

}  // namespace evidence_test
