// What a restaurant is told about its duplicates: a text by a person who is sorry, in its language,
// with its own figures, and with nothing in it that is not so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "mail/money.hpp"

namespace pos::mail {

/// What was done about a restaurant's duplicates, of one currency.
struct Amends {
  std::string currency;
  std::int64_t orders = 0;    // that were booked although they stood there already
  std::int64_t fees = 0;      // that Square has taken for them, and keeps
  std::int64_t refunds = 0;   // payments whose money goes back …
  std::int64_t refunded = 0;  // … and how much that is
  std::int64_t records = 0;   // of cash and the like, where a refund is only bookkeeping
  std::int64_t recorded = 0;
  std::int64_t canceled = 0;  // unpaid orders
  std::int64_t listed = 0;    // disputed or too old: for the dispute fast track
  std::int64_t listed_amount = 0;
  std::int64_t stopped = 0;  // left alone, for a person to look at
  std::int64_t stopped_amount = 0;

  bool operator==(const Amends&) const = default;
};

/// Reads an object of what mail.wanting lists.
[[nodiscard]] Amends read_amends(json::Value value);

/// All that a letter is made from.
struct Facts {
  std::string name;  // of the restaurant; "" if it is unknown
  Language language = Language::english;
  std::vector<Amends> figures;  // one for each currency
  std::string first_date;       // of the duplicates, as 2026-09-03; "" if it is unknown
  std::string last_date;
  std::int64_t number = 1;  // which letter about the audit it is; from 2 on it tells only the rest
  std::int64_t months = 0;  // of our fee that are credited
  std::string signer;       // "" if MAIL_FROM has no name

  bool operator==(const Facts&) const = default;
};

struct Letter {
  std::string subject;  // one line
  std::string body;     // plain text

  bool operator==(const Letter&) const = default;
};

[[nodiscard]] Letter write_letter(const Facts& facts);

}  // namespace pos::mail
