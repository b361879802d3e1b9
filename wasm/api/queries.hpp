// GET /v1/orders, /v1/orders/{id}, /v1/accounts and /v1/status: what is where, and why.
#pragma once

#include <string>

#include "api/request.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "io/command.hpp"
#include "runtime/d1_exchange.hpp"

namespace pos::api {

/// The members of an account, from the columns of `@account_columns`.
void write_account_members(json::Writer& out, json::Value row);
/// One account as GET /v1/accounts shows it, from the columns of `@account_columns`.
void write_account(json::Writer& out, json::Value row);

// Where among those columns some of them are; account.read has one more behind them.
constexpr std::size_t account_token_version_at = 13;
constexpr std::size_t account_renewable_at = 16;
constexpr std::size_t account_is_asked_at = 19;

class Queries {
 public:
  Queries() = default;
  explicit Queries(Request&& request) : request_(std::move(request)) {}

  void start(io::Commands& out);
  void step(const io::Input& input, io::Commands& out);

  bool operator==(const Queries&) const = default;

 private:
  Request request_;
  runtime::D1Exchange dialogue_;
};

}  // namespace pos::api
