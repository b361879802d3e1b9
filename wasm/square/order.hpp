// An order as the queue's payload version 1 describes it, checked and typed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pos::square {

/// What is done to each unit of a line: extra cheese, no onions.
struct Modifier {
  std::string name;
  std::string quantity = "1";  // of each unit of the line: digits, "0" to "999"
  std::int64_t unit_price = 0;
};

/// One line of an order. `unit_price` is in minor units of the order's currency.
struct Item {
  std::string name;
  std::string variation;
  std::string quantity;  // decimal text, as Square takes it (at most 12 characters)
  std::int64_t unit_price = 0;
  std::string tax_percentage;  // decimal text, "" for none
  std::string note;
  std::vector<Modifier> modifiers;
};

enum class PaymentType : std::uint8_t { cash = 0, external = 1 };

struct Payment {
  PaymentType type = PaymentType::external;
  std::string source;       // who took the money; of cash it may be empty
  std::int64_t amount = 0;  // minor units; equals the order's total
};

/// Payload version 1. All money is in minor units of `currency`.
struct Order {
  std::string currency;  // ISO 4217, three letters
  std::string placed_at;
  std::string table_id;
  std::vector<Item> items;
  bool tax_inclusive = true;
  std::int64_t discount = 0;
  std::int64_t service_charge = 0;
  std::int64_t tip = 0;
  std::int64_t total = 0;  // computed; equals the payload's total where it gives one
  std::optional<Payment> payment;
};

}  // namespace pos::square
