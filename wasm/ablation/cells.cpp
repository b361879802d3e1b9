#include "ablation/cells.hpp"

#ifdef POS_SYNC_TEST_SWITCHES

namespace pos::ablation {
namespace {

using push::Account;
using push::Code;
using push::Doubt;
using push::Event;
using push::Look;
using push::Next;
using push::State;
using push::Transition;

constexpr Transition booked = {Next::booked, Code::none, Doubt::clear,
                               Look::none,   false,      Account::alive};
constexpr Transition throttled = {Next::retry, Code::none, Doubt::keep,
                                  Look::none,  false,      Account::throttled};
constexpr Transition unauthorized = {Next::give_back, Code::none, Doubt::clear,
                                     Look::none,      false,      Account::unauthorized};
constexpr Transition unknown = {Next::retry, Code::none, Doubt::keep,
                                Look::none,  true,       Account::silent};

/// What a definite no means with nothing in doubt.
const Transition& final_no(State state) {
  const bool orders = state == State::ordering || state == State::ordering_in_doubt;
  return push::transition(orders ? State::ordering : State::paying, Event::rejected);
}

}  // namespace

const Transition& altered(State state, Event event, const Transition& cell) {
  if (push::is_looking(state)) return cell;
  switch (event) {
    case Event::accepted:
      return cell.next == Next::pay && !intact(Layer::payment_after_order) ? booked : cell;
    case Event::rejected: {
      const bool in_doubt = state == State::ordering_in_doubt || state == State::paying_in_doubt;
      return in_doubt && !intact(Layer::doubtful_no) ? final_no(state) : cell;
    }
    case Event::throttled:
      return intact(Layer::throttled_is_doubt) ? cell : throttled;
    case Event::unauthorized:
      return intact(Layer::unauthorized_keeps) ? cell : unauthorized;
    case Event::unknown:
      if (!intact(Layer::canary)) return booked;
      if (!intact(Layer::unknown_retries)) return final_no(state);
      return intact(Layer::unknown_is_doubt) ? cell : unknown;
    case Event::conflict:
      return intact(Layer::conflict_is_look) ? cell : final_no(state);
    case Event::total_differs:
    case Event::not_sent:
    case Event::found:
    case Event::found_unpaid:
    case Event::found_canceled:
    case Event::several:
    case Event::absent_early:
    case Event::absent_once:
    case Event::absent:
    case Event::unclear:
    case Event::lookalikes:
    case Event::paid_elsewhere:
      return cell;
  }
  return cell;
}

}  // namespace pos::ablation

#endif
