#include "net/outcome.hpp"

namespace pos::net {

const char* to_string(Result result) {
  switch (result) {
    case Result::accepted:
      return "accepted";
    case Result::rejected:
      return "rejected";
    case Result::throttled:
      return "throttled";
    case Result::unauthorized:
      return "unauthorized";
    case Result::unknown:
      return "unknown";
    case Result::conflict:
      return "conflict";
    case Result::not_sent:
      return "not_sent";
    case Result::found:
      return "found";
    case Result::found_unpaid:
      return "found_unpaid";
    case Result::found_canceled:
      return "found_canceled";
    case Result::several:
      return "several";
    case Result::absent:
      return "absent";
    case Result::unclear:
      return "unclear";
    case Result::lookalikes:
      return "lookalikes";
    case Result::paid_elsewhere:
      return "paid_elsewhere";
  }
  // Only a number that is no Result comes here; "unknown" is what such a thing must be taken for.
  return "unknown";
}

}  // namespace pos::net
