#include "explore/invariant.hpp"

#include <array>
#include <cstddef>

namespace explore {
namespace {

struct Words {
  const char* name;
  const char* meaning;
};

constexpr std::array<Words, invariant_count> words_of_all = {{
    {"at most one effect", "an identity has one order at Square at most, and one payment"},
    {"one active row", "an order has one row in the queue at most that waits to be pushed"},
    {"no false success",
     "what is called booked stands at Square, by those ids and with that content"},
    {"dead means not there",
     "a row that is dead with nothing in doubt has no effect, now or later"},
    {"doubt is kept", "what may stand at Square is known, in doubt, or in somebody's hands"},
    {"a held claim is nobody else's", "an owner keeps its claim until its lease is over"},
    {"a stale settle writes nothing", "who lost a claim changes neither ledger, row nor audit"},
    {"a stale freeze writes nothing", "who lost a claim freezes no bytes"},
    {"a stale release frees nobody", "who lost a claim does not free the new owner's"},
    {"only the owner sends", "a request is started by the tick that holds the order's claim"},
    {"frozen bytes never change", "a request that is stored is never stored anew"},
    {"one body per key", "a key is never sent with two bodies"},
    {"one key per order",
     "an order, and its payment, is never sent under two keys, unless the first was refused for "
     "good"},
    {"never two in flight", "no request of an order starts while an older one can still land"},
    {"sends within the lease", "a request starts only if it lands before its lease is over"},
    {"budgets are kept", "a tick keeps its time and its slots"},
    {"booked is never sent again", "nothing is sent that the ledger has an id for"},
    {"no key past its window", "nothing is sent under a key that Square may have forgotten"},
    {"one line per transition", "every change has its own line in the audit, and only one"},
    {"attempts are bounded", "nothing is sent for a row whose MAX_ATTEMPTS are used up"},
    {"unsent costs nothing", "attempts are counted only for requests and for workers that died"},
    {"rest is left alone", "no tick changes a row that is booked or dead"},
    {"takes only what is due",
     "a claim takes what is due, free, quiet and unpaused, for its lease"},
    {"leaves nothing due", "a claim with room leaves nothing behind that it may take"},
    {"repeats take nothing", "a claim call that is asked again takes nothing more"},
    {"retries keep quiet", "what is tried again waits for the quiet time first"},
    {"every batch is accepted", "the database refuses no batch of the core"},
    {"repeats change nothing", "an outcome that is told twice is heard once"},
    {"comes to rest", "when faults stop, a few ticks bring every order to an end"},
    {"booked stays booked", "what the ledger calls booked, and its ids, stay as they are"},
    {"absent is seen twice",
     "nothing counts as not there before two looks, each late enough to have shown it"},
    {"a hint settles nothing",
     "a webhook changes no claim, no status and no evidence; it only makes a doubt due"},
    {"a new token is kept",
     "what Square has given for a refresh token is stored, and never undone"},
    {"a good token pauses nobody", "no account pauses for a token that it has a newer one for"},
    {"nothing dies of its account",
     "what Square has refused, to the account or to an order that is replayed, goes out once it is "
     "put right"},
    {"foreign claims stay",
     "claims of the host's and of strangers are, byte for byte, as they were"},
    {"paid is not called unpaid",
     "a payment that is refused because the order is paid says so, and by which payment"},

    {"one refund of ours", "a payment is refunded by us once at most"},
    {"never more than was paid", "the refunds of a payment never come to more than it was"},
    {"none beside another's", "no refund of ours is made where somebody else's stands"},
    {"done is done",
     "what is called done is refunded, or canceled, at Square; what is called "
     "pending is a refund of ours that Square has"},
    {"stopped is not there",
     "a repair that has stopped with nothing in doubt has no refund of ours, now or later"},
    {"no refund is lost", "a refund of ours that may stand is known, in doubt, or in hand"},
    {"the survivor is whole",
     "nothing is refunded where the order that stays was refunded when the claim was made"},
    {"nothing in doubt is sent", "nothing is sent while an earlier request may have had an effect"},
    {"sent as frozen", "what is sent, and its key, is what was frozen before"},
    {"one body per refund's key", "a key of a refund, or a cancel, is never sent with two bodies"},
    {"one request per repair", "no request of a repair starts while an older one can still land"},
    {"only the holder refunds", "a request is started by the tick that holds the repair"},
    {"refunds within the lease", "a request starts only if it lands before its lease is over"},
    {"a held repair is nobody else's", "an owner keeps its repair until its lease is over"},
    {"a stale settle of a repair", "who lost a repair changes nothing of it, and logs nothing"},
    {"a stale freeze of a repair", "who lost a repair, or whose lease is over, freezes nothing"},
    {"a frozen refund stays", "the request of a generation is never stored anew"},
    {"one line per step", "every change of a repair has its own line in the log, and only one"},
    {"a repair at rest stays", "no tick changes a repair that is done or has stopped"},
    {"takes only due repairs", "a claim takes what is due, free and quiet, for its lease"},
    {"repeats take no repair", "a claim that is asked again takes nothing more"},
    {"repairs are tried so often", "nothing is sent for a repair whose attempts are used up"},
    {"no refund is seen twice",
     "a refund counts as not there after two looks, each late enough to have shown it"},
    {"an order has one group",
     "an order of Square's has one group and one role, for ever, and a "
     "group one survivor"},
    {"one copy stays", "of a sale that stands there several times, one payment stays"},
    {"only what was approved",
     "no refund and no cancel goes out that no person has approved, nor for a copy that was edited "
     "before its worker took it"},
}};

}  // namespace

const char* name_of(Invariant invariant) {
  return words_of_all[static_cast<std::size_t>(invariant)].name;
}
const char* meaning_of(Invariant invariant) {
  return words_of_all[static_cast<std::size_t>(invariant)].meaning;
}

}  // namespace explore
