// Other bytes than those that were frozen, to be sent while a layer is taken out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ablation/layer.hpp"
#include "push/decision.hpp"

namespace pos::ablation {

#ifdef POS_SYNC_TEST_SWITCHES

/// Appends to the idempotency key in `body` what must not be in a key: `:t{now}`, `:a{attempts}`,
/// `:x{token}`, each if its layer is taken out.
void alter_key(std::string& body, std::int64_t now, std::int64_t attempts, std::string_view token);

/// Puts a request that was mapped just now in the place of the one that was frozen. "" changes
/// nothing.
void thaw(std::string_view request, push::Ledger& ledger);

#else

inline void alter_key(std::string& /*body*/, std::int64_t /*now*/, std::int64_t /*attempts*/,
                      std::string_view /*token*/) {}

inline void thaw(std::string_view /*request*/, push::Ledger& /*ledger*/) {}

#endif

}  // namespace pos::ablation
