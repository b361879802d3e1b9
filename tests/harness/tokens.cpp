#include "harness/tokens.hpp"

#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace world {
namespace {

pos::io::Credential read_credential(pos::json::Value value) {
  return {std::string(value["secret"].text()), std::string(value["sealed"].text()),
          std::string(value["bound_to"].text())};
}

}  // namespace

std::string Tokens::sealed(const std::string& text, const std::string& place,
                           const std::string& key) {
  return "v1." + key + "." + place + "." + text;
}

Tokens::Opened Tokens::open(const pos::io::Credential& credential) const {
  if (credential.sealed.empty()) return {credential.secret, ""};
  for (const std::string& key : keys) {
    const std::string front = sealed("", credential.bound_to, key);
    if (credential.sealed.rfind(front, 0) == 0) return {credential.sealed.substr(front.size()), ""};
  }
  const std::string& text = credential.sealed;
  const std::string key = text.substr(3, text.find('.', 3) - 3);
  return {"", "the key \"" + key + "\" that sealed the token is not in ACCOUNTS_KEY"};
}

SquareModel::Reply Tokens::exchange(const pos::io::FetchCommand& command) {
  pos::json::Document fillings;
  pos::json::Document seals;
  if (!fillings.parse(command.fillings) || !seals.parse(command.seals)) return {400, "no JSON"};
  const Opened refresh = open(read_credential(fillings.root()["refresh_token"]));
  if (!refresh.problem.empty()) return {0, refresh.problem};
  if (refreshes.count(refresh.text) == 0) {
    ++refused;
    return {401, R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED",)"
                 R"("detail":"The refresh token is not valid."}]})"};
  }
  ++exchanged;
  const std::string number = std::to_string(next_++);
  std::string next_refresh = refresh.text;
  if (single_use) {
    refreshes.erase(refresh.text);
    next_refresh = "refresh-" + number;
    refreshes.insert(next_refresh);
  }
  pos::json::Writer reply;
  const auto put = [&](const char* name, const std::string& text) {
    reply.member(name, sealed(text, std::string(seals.root()[name].text())));
  };
  reply.begin_object();
  put("access_token", "access-" + number);
  put("refresh_token", next_refresh);
  reply.member("expires_at", "2027-01-15T12:00:00Z").end_object();
  return {200, reply.take()};
}

}  // namespace world
