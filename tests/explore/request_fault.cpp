#include "explore/request_fault.hpp"

#include <array>
#include <cstddef>

namespace explore {
namespace {

using pos::net::Transport;

#define ERRORS(category, code, detail) \
  R"({"errors":[{"category":")" category R"(","code":")" code R"(","detail":")" detail R"("}]})"

constexpr std::array<Seen, fault_count> all = {{
    {Transport::replied, 200, "", "", "Square's answer arrives"},
    {Transport::timeout, 0, "", "", "no answer comes in time"},
    {Transport::broken, 0, "", "", "the connection breaks"},
    {Transport::too_large, 200, "", "", "the answer is endless"},
    {Transport::replied, 500, ERRORS("API_ERROR", "INTERNAL_SERVER_ERROR", "an error"), "",
     "Square answers 500"},
    {Transport::replied, 503, "<html>", "", "Square answers 503"},
    {Transport::replied, 200, R"({"order":{"id":")", "", "the answer breaks off"},
    {Transport::replied, 408, "", "", "Square answers 408"},
    {Transport::replied, 409, ERRORS("API_ERROR", "CONFLICT", "under way"), "",
     "Square answers 409"},
    {Transport::replied, 200, "{}", "", "the answer names nothing"},
    {Transport::replied, 429, ERRORS("RATE_LIMIT_ERROR", "RATE_LIMITED", "slower"), "",
     "Square answers 429"},
    {Transport::replied, 429, ERRORS("RATE_LIMIT_ERROR", "RATE_LIMITED", "slower"), "300",
     "Square answers 429 and asks for five minutes"},
    {Transport::replied, 400, ERRORS("INVALID_REQUEST_ERROR", "ORDER_IN_ORBIT", "new"), "",
     "Square answers 400 with a code that nobody has seen"},
    {Transport::replied, 400, ERRORS("INVALID_REQUEST_ERROR", "VALUE_TOO_LONG", "no"), "",
     "Square says a definite no"},
    {Transport::replied, 401, ERRORS("AUTHENTICATION_ERROR", "UNAUTHORIZED", "who?"), "",
     "Square does not know the token"},
    {Transport::replied, 403, ERRORS("AUTHENTICATION_ERROR", "FORBIDDEN", "not you"), "",
     "Square forbids it"},
    {Transport::replied, 400,
     ERRORS("INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED", "another body"), "",
     "Square says that the key is taken"},
    {Transport::replied, 400,
     ERRORS("INVALID_REQUEST_ERROR", "BAD_REQUEST", "Order X already exists."), "",
     "Square says that the order exists"},
    {Transport::replied, 400, ERRORS("INVALID_REQUEST_ERROR", "INVALID_LOCATION", "not here"), "",
     "Square refuses the account"},
    {Transport::replied, 200, "", "", "Square does not show yet what landed last"},
    {Transport::replied, 200, "", "", "Square shows nothing, although there is something"},
    {Transport::replied, 200,
     R"({"order":{"id":"O-A9-r1","location_id":"L1","reference_id":"A9","state":"OPEN",)"
     R"("metadata":{"pos_sync":"posSync:A9:square"},)"
     R"("total_money":{"amount":35000,"currency":"TRY"}},)"
     R"("payment":{"id":"P-A9-r1","status":"COMPLETED","order_id":"O-A9-r1","location_id":"L1",)"
     R"("reference_id":"A9","amount_money":{"amount":35000,"currency":"TRY"},)"
     R"("total_money":{"amount":35000,"currency":"TRY"}}})",
     "", "the answer is about another order"},
    {Transport::replied, 200,
     R"({"order":{"id":"O-A9-r1","state":"OPEN"},"payment":{"id":"P-A9-r1","status":"COMPLETED"}})",
     "", "the answer does not say what it is about"},
    {Transport::replied, 400,
     R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"}],)"
     R"("order":{"id":"O-A9-r1"},"payment":{"id":"P-A9-r1","status":"COMPLETED"}})",
     "", "the answer says no, and carries what it denies"},
    {Transport::replied, 404, R"({"message":"no route matched"})", "", "a gateway answers 404"},
}};

#undef ERRORS

}  // namespace

const Seen& seen(RequestFault fault) { return all[static_cast<std::size_t>(fault)]; }

const std::vector<RequestFault>& all_faults() {
  static const std::vector<RequestFault> faults = [] {
    std::vector<RequestFault> list;
    for (std::uint8_t i = 1; i < static_cast<std::uint8_t>(RequestFault::late); ++i) {
      list.push_back(static_cast<RequestFault>(i));
    }
    return list;
  }();
  return faults;
}

}  // namespace explore
