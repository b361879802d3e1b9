#include "explore/repair/request_fault.hpp"

#include <array>
#include <cstddef>

namespace explore::repair {
namespace {

using pos::net::Transport;

#define ERRORS(category, code) \
  R"({"errors":[{"category":")" category R"(","code":")" code R"(","detail":"so it is"}]})"

constexpr std::array<Seen, fault_count> all = {{
    {Transport::replied, 200, "", "", "Square's answer arrives"},
    {Transport::timeout, 0, "", "", "no answer comes in time"},
    {Transport::replied, 500, ERRORS("API_ERROR", "INTERNAL_SERVER_ERROR"), "",
     "Square answers 500"},
    {Transport::replied, 200, R"({"refund":{"id":")", "", "the answer breaks off"},
    {Transport::replied, 429, ERRORS("RATE_LIMIT_ERROR", "RATE_LIMITED"), "", "Square answers 429"},
    {Transport::replied, 400, ERRORS("INVALID_REQUEST_ERROR", "VALUE_TOO_LONG"), "",
     "Square says a definite no"},
    {Transport::replied, 401, ERRORS("AUTHENTICATION_ERROR", "UNAUTHORIZED"), "",
     "Square does not know the token"},
    {Transport::replied, 400, ERRORS("INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED"), "",
     "Square says that the key is taken"},
    {Transport::replied, 400, ERRORS("REFUND_ERROR", "REFUND_ALREADY_PENDING"), "",
     "Square says that a refund is pending already"},
    {Transport::replied, 400, ERRORS("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE"), "",
     "Square says that the payment is disputed"},
    {Transport::replied, 400, ERRORS("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE"), "",
     "Square says that the payment is too old"},
    {Transport::replied, 200, "", "", "Square does not show yet what was done last"},
    {Transport::replied, 200, "", "", "Square shows nothing, although there is something"},
    {Transport::replied, 200, "{}", "", "the answer names nothing"},
}};

#undef ERRORS

}  // namespace

const Seen& seen(RequestFault fault) { return all[static_cast<std::size_t>(fault)]; }

const std::vector<RequestFault>& all_faults() {
  static const std::vector<RequestFault> faults = [] {
    std::vector<RequestFault> list;
    for (std::uint8_t i = 1; i < fault_count; ++i) list.push_back(static_cast<RequestFault>(i));
    return list;
  }();
  return faults;
}

}  // namespace explore::repair
