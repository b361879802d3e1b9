// A reply to one HTTP request, or its absence.
#pragma once

#include <cstdint>
#include <string_view>

namespace pos::net {

/// How a request ended, as the shell saw it.
enum class Transport : std::uint8_t {
  replied = 0,        // a status and a whole body
  timeout = 1,        // no whole reply within the request's own time
  broken = 2,         // any other exception once fetch was called
  too_large = 3,      // the body passed the cap
  no_credential = 4,  // fetch was never called: there is no token to send, or it cannot be opened
};

struct Reply {
  Transport transport = Transport::broken;
  int status = 0;
  std::string_view body;
  std::string_view retry_after;  // the header's value, "" if absent
  std::string_view detail;       // the exception's words, for the audit
  std::string_view date;         // the Date header's value, "" if absent: Retry-After may be a date
};

}  // namespace pos::net
