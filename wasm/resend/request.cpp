#include "resend/request.hpp"

#include "base/text.hpp"

namespace pos::resend {

io::FetchCommand send_email(std::string_view base_url, std::string_view key,
                            std::string_view frozen) {
  io::FetchCommand fetch;
  fetch.url = concat(base_url, "/emails");
  fetch.idempotency_key = key;
  fetch.credential.secret = "RESEND_API_KEY";
  fetch.body = frozen;
  return fetch;
}

}  // namespace pos::resend
