// POST /v1/accounts and what an operator does to one account: pause, resume, renew.
#pragma once

#include <string>

#include "api/request.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"

namespace pos::api {

class Accounts {
 public:
  Accounts() = default;
  explicit Accounts(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Accounts&) const = default;

 private:
  enum class Step : std::uint8_t { sealing = 0, looking = 1, writing = 2 };

  [[nodiscard]] bool read_body(json::Value body, io::Commands& out);
  void seal(io::Commands& out);
  void sealed(const io::Outcome& outcome, io::Commands& out);
  void put(std::int64_t version, io::Commands& out);
  void change(io::Commands& out);
  void answer_with(json::Value row, io::Commands& out) const;

  Request request_;
  runtime::D1Exchange dialogue_;
  Step step_ = Step::sealing;
  std::string actor_ = "operator";
  std::string reason_;
  std::string location_id_;
  std::string expires_at_;
  std::string access_token_;   // as it came, until it is sealed
  std::string refresh_token_;  // likewise; "" if there is none
  bool is_new_ = false;
};

}  // namespace pos::api
