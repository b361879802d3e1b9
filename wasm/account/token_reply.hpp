// Square's answer to a refresh token (ObtainToken, POST /oauth2/token), with its tokens sealed.
#pragma once

#include <cstdint>
#include <string>

#include "net/reply.hpp"

namespace pos::account {

struct TokenReply {
  enum class Kind : std::uint8_t {
    renewed = 0,
    refused = 1,  // a definitive rejection: asking again is of no use until the seller or the
                  // operator acts
    unknown = 2,  // there may be new tokens without our knowing, or Square is away
  };

  Kind kind = Kind::unknown;
  std::string access_token;   // sealed
  std::string refresh_token;  // sealed; "" if the old one stays
  std::string expires_at;     // RFC 3339; "" if it does not say
  std::string detail;         // why there is no new token; never a secret
};

[[nodiscard]] TokenReply read_token_reply(const net::Reply& reply);

/// Whether a text is one that the shell has sealed: nothing else may be stored as a token.
[[nodiscard]] bool is_sealed(std::string_view text);

}  // namespace pos::account
