// Square's side of OAuth, and the shell's: tokens that are revoked and exchanged, and sealed texts
// that open under some keys and in one place.
#pragma once

#include <set>
#include <string>

#include "harness/square_model.hpp"
#include "io/command.hpp"

namespace world {

class Tokens {
 public:
  /// Access tokens that Square refuses; all others are good.
  std::set<std::string> revoked;
  /// Refresh tokens that can be exchanged.
  std::set<std::string> refreshes;
  /// Whether a refresh token works once, as in the PKCE flow.
  bool single_use = false;
  /// Those that open what is sealed.
  std::set<std::string> keys = {"k1"};
  /// How many exchanges Square has made, and how many it has refused.
  int exchanged = 0;
  int refused = 0;

  /// What the shell makes of a text: readable here, so that a test sees what it is.
  [[nodiscard]] static std::string sealed(const std::string& text, const std::string& place,
                                          const std::string& key = "k1");
  /// What it can open of that; "" and a problem if it cannot.
  struct Opened {
    std::string text;
    std::string problem;
  };
  [[nodiscard]] Opened open(const pos::io::Credential& credential) const;

  /// POST /oauth2/token: the effect, and Square's reply as the shell hands it over. A refresh token
  /// that does not open has a status of 0 and its problem for a body.
  SquareModel::Reply exchange(const pos::io::FetchCommand& command);

 private:
  int next_ = 1;
};

}  // namespace world
