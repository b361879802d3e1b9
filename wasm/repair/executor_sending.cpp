// What is asked of Square for the repairs in hand: readings first, then the one request.
#include <algorithm>
#include <array>

#include "ablation/bytes.hpp"
#include "base/text.hpp"
#include "repair/executor.hpp"
#include "square/object_state.hpp"
#include "square/refund.hpp"

namespace pos::repair {
namespace {

using square::RefundResult;

// A repair that is begun is to be finished: so many requests and D1 calls may one take, with a
// dispute and a page or two of refunds.
constexpr std::int64_t subrequests_of_one = 10;

RepairEvent event_of(RefundResult result) {
  switch (result) {
    case RefundResult::done:
      return RepairEvent::done;
    case RefundResult::pending:
      return RepairEvent::pending;
    case RefundResult::failed:
      return RepairEvent::failed;
    case RefundResult::rejected:
      return RepairEvent::rejected;
    case RefundResult::too_old:
      return RepairEvent::too_old;
    case RefundResult::disputed:
      return RepairEvent::disputed;
    case RefundResult::stale:
      return RepairEvent::stale;
    case RefundResult::standing:
      return RepairEvent::standing;
    case RefundResult::conflict:
      return RepairEvent::conflict;
    case RefundResult::throttled:
      return RepairEvent::throttled;
    case RefundResult::unauthorized:
      return RepairEvent::unauthorized;
    case RefundResult::unknown:
      return RepairEvent::unknown;
  }
  return RepairEvent::unknown;
}

io::FetchCommand request_to(const runtime::RunContext& context, const RepairRow& row,
                            std::string_view path) {
  io::FetchCommand command;
  command.method = io::Method::get;
  command.url = concat(context.settings.base_url, path);
  command.square_version = context.settings.square_version;
  command.credential = row.credential();
  return command;
}

}  // namespace

const RepairExecutor::ShutAccount* RepairExecutor::shut(const Item& item) const {
  const auto found = std::find_if(shut_.begin(), shut_.end(), [&](const ShutAccount& each) {
    return each.restaurant_id == item.row.account;
  });
  return found == shut_.end() ? nullptr : &*found;
}

// What has been begun comes first, and of that what is nearest to its end.
void RepairExecutor::work(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                          io::Commands& out) {
  constexpr std::array stages = {Stage::to_send, Stage::to_read, Stage::waiting};
  for (const Stage stage : stages) {
    for (std::uint32_t number = 0; number < items_.size(); ++number) {
      if (items_[number].stage == stage && !step(context, number, in_flight, out)) return;
    }
  }
}

/// False if nothing more can be asked in this invocation.
bool RepairExecutor::step(const runtime::RunContext& context, std::uint32_t number,
                          runtime::InFlightCommands& in_flight, io::Commands& out) {
  Item& item = items_[number];
  if (const ShutAccount* account = shut(item)) {
    Settlement settlement;
    settlement.delay_ms = account->delay_ms;
    settlement.detail = account->detail;
    conclude(context, item, RepairEvent::not_sent, std::move(settlement));
    return true;
  }
  if (!in_flight.can_send_now()) return false;
  if (item.stage == Stage::waiting) {
    const auto begun = std::count_if(items_.begin(), items_.end(), [](const Item& each) {
      return each.stage > Stage::waiting && each.stage < Stage::settling;
    });
    if (begun > 0 && in_flight.subrequests_left() < subrequests_of_one * (begun + 1)) return false;
  }
  if (item.stage == Stage::to_send) {
    send(context, number, in_flight, out);
  } else {
    read_on(context, number, in_flight, out);
  }
  return true;
}

void RepairExecutor::read_on(const runtime::RunContext& context, std::uint32_t number,
                             runtime::InFlightCommands& in_flight, io::Commands& out) {
  Item& item = items_[number];
  item.stage = Stage::reading;
  in_flight.fetch(static_cast<std::uint32_t>(What::read), number,
                  request_to(context, item.row, item.inspection.next_path(item.row)), out);
}

void RepairExecutor::was_read(const runtime::RunContext& context, Item& item,
                              const net::Reply& reply) {
  auto finding = item.inspection.read(item.row, reply);
  if (!finding) {
    item.stage = Stage::to_read;
    return;
  }
  if (finding->event == RepairEvent::clear) return prepare(context, item, *finding);
  // Another party's change says nothing about ours, which can still land, or show.
  const bool of_others =
      is_looking(item.state) && !finding->is_ours && !item.row.cancels &&
      (finding->event == RepairEvent::elsewhere || finding->event == RepairEvent::failed);
  RepairEvent event = finding->event;
  if (event == RepairEvent::absent_early || of_others) {
    const RepairEvent absence = absence_of(item.row, context.settings);
    const bool counts = !of_others || absence == RepairEvent::absent_early;
    if (counts) event = absence;
  }
  Settlement settlement;
  settlement.refund_id = std::move(finding->refund_id);
  settlement.detail = std::move(finding->detail);
  settlement.delay_ms = finding->retry_after_ms;
  conclude(context, item, event, std::move(settlement));
}

// It may go out: as it was frozen, or else frozen now.
void RepairExecutor::prepare(const runtime::RunContext& context, Item& item,
                             const Finding& finding) {
  item.generation = generation_for(item.row, finding.version);
  item.request = request_for(item.row, finding.location_id, finding.version, context.settings);
  item.stage = Stage::to_freeze;
  if (item.row.frozen.is_there() && item.generation == item.row.generation) {
    if (!is_of_row(item.row.frozen, item.row, finding.location_id)) {
      Settlement settlement;
      settlement.detail = "what is frozen for it is not what was approved";
      return conclude(context, item, RepairEvent::unsealed, std::move(settlement));
    }
    item.request = item.row.frozen;
    item.stage = Stage::to_send;
  }
}

void RepairExecutor::send(const runtime::RunContext& context, std::uint32_t number,
                          runtime::InFlightCommands& in_flight, io::Commands& out) {
  Item& item = items_[number];
  item.state = item.row.cancels ? RepairState::canceling : RepairState::refunding;
  // From here on it can land until quiet time is over, and that must lie within the lease.
  if (!in_flight.fits_lease(asked_at_ms_)) {
    return conclude(context, item, RepairEvent::not_sent, {});
  }
  io::FetchCommand command = request_to(
      context, item.row, item.row.cancels ? square::order_path(item.row.target) : "/v2/refunds");
  command.method = item.row.cancels ? io::Method::put : io::Method::post;
  command.square_version = item.request.square_version;
  command.body = item.request.body;
  if (!ablation::all_intact()) {
    ablation::alter_key(command.body, elapsed_ms_, item.row.attempts, token_);
  }
  item.stage = Stage::sending;
  in_flight.fetch(static_cast<std::uint32_t>(What::send), number, std::move(command), out);
}

void RepairExecutor::was_sent(const runtime::RunContext& context, Item& item,
                              const net::Reply& reply) {
  const RepairRow& row = item.row;
  square::RefundOutcome outcome =
      row.cancels ? square::read_cancel_reply(reply, row.target, item.request.body)
                  : square::read_refund_reply(reply, item.request.body);
  Settlement settlement;
  settlement.sent = !outcome.without_credential;
  settlement.refund_id = std::move(outcome.refund_id);
  settlement.detail = std::move(outcome.detail);
  settlement.delay_ms = outcome.retry_after_ms;
  conclude(context, item, event_of(outcome.result), std::move(settlement));
}

// Time or subrequests are used up: what waits for another request is for another tick.
void RepairExecutor::give_back_unbegun() {
  for (Item& item : items_) {
    if (item.stage != Stage::waiting && item.stage != Stage::to_read &&
        item.stage != Stage::to_freeze && item.stage != Stage::to_send) {
      continue;
    }
    item.settlement.detail = "no time or requests are left";
    item.stage = Stage::gathered;
  }
}

}  // namespace pos::repair
