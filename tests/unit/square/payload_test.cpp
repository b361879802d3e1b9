#include <doctest/doctest.h>

#include <string>

#include "square/payload.hpp"

namespace payload_test {

using pos::square::Order;
using pos::square::PaymentType;

namespace {

const std::string item = R"({"name":"Adana Kebabı","quantity":"2","unit_price":35000})";

std::string problems(const std::string& text, Order* out = nullptr) {
  pos::json::Document document;
  REQUIRE_MESSAGE(document.parse(text), document.error());
  Order order;
  const auto errors = pos::square::read_payload(document.root(), order);
  if (out != nullptr) *out = order;
  return pos::to_string(errors);
}

Order read(const std::string& text) {
  Order order;
  CHECK(problems(text, &order).empty());
  return order;
}

/// A payload of one item with more members behind it.
std::string with(const std::string& members) {
  return R"({"currency":"TRY","items":[)" + item + "]" + (members.empty() ? "" : ",") + members +
         "}";
}

/// A payload whose only item has these members.
std::string with_item(const std::string& members) {
  return R"({"currency":"TRY","items":[{)" + members + "}]}";
}

std::string quantity(const std::string& json) {
  return with_item(R"("name":"x","unit_price":1,"quantity":)" + json);
}

std::string tax(const std::string& json) {
  return with_item(R"("name":"x","quantity":"1","unit_price":1,"tax_percentage":)" + json);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("every field of a payload is read into its place") {
  const Order order = read(
      R"({"v":1,"currency":"TRY","placed_at":"2026-11-21T18:03:11Z","table_id":"7",
          "items":[{"name":"Adana Kebabı","quantity":"2","unit_price":35000,"tax_percentage":"10","note":"az acılı"}],
          "tax_inclusive":true,"discount":1000,"service_charge":500,"tip":300,"total":69500,
          "payment":{"type":"external","source":"thMenu","amount":69500}})");
  CHECK(order.currency == "TRY");
  CHECK(order.placed_at == "2026-11-21T18:03:11Z");
  CHECK(order.table_id == "7");
  REQUIRE(order.items.size() == 1);
  CHECK(order.items[0].name == "Adana Kebabı");
  CHECK(order.items[0].quantity == "2");
  CHECK(order.items[0].unit_price == 35000);
  CHECK(order.items[0].tax_percentage == "10");
  CHECK(order.items[0].note == "az acılı");
  CHECK(order.tax_inclusive);
  CHECK(order.discount == 1000);
  CHECK(order.service_charge == 500);
  CHECK(order.tip == 300);
  CHECK(order.total == 69500);
  REQUIRE(order.payment);
  CHECK(order.payment->type == PaymentType::external);
  CHECK(order.payment->source == "thMenu");
  CHECK(order.payment->amount == 69500);
}

TEST_CASE("the smallest payload is a currency and an item, and its total is computed") {
  const Order order = read(with(""));
  CHECK(order.total == 70000);
  CHECK(order.tax_inclusive);
  CHECK_FALSE(order.payment);
}

TEST_CASE("null for an optional field leaves it out") {
  const Order order = read(with(
      R"("v":null,"placed_at":null,"table_id":null,"tax_inclusive":null,"discount":null,
         "service_charge":null,"tip":null,"total":null,"payment":null)"));
  CHECK(order.total == 70000);
  CHECK(order.tax_inclusive);
  CHECK(read(with_item(
                 R"("name":"x","quantity":"1","unit_price":1,"tax_percentage":null,"note":null)"))
            .total == 1);
}

TEST_CASE("null for a required field is told as what it is") {
  CHECK(problems(R"({"currency":null,"items":null})") ==
        "currency: expected a currency code of ISO 4217 that Square takes, got null; "
        "items: expected 1 to 500 items, got null");
  CHECK(problems(with("\"payment\":{\"type\":null,\"amount\":70000}")) ==
        "payment.type: expected \"cash\" or \"external\", got null");
}

TEST_CASE("what is missing is named") {
  CHECK(problems("{}") ==
        "currency: expected a currency code of ISO 4217 that Square takes, got nothing; "
        "items: expected 1 to 500 items, got nothing");
  CHECK(problems(R"({"currency":"TRY","items":[{}]})") ==
        "items[0].name: expected text of 1 to 512 characters, got nothing; "
        "items[0].quantity: expected a decimal number, got nothing; "
        "items[0].unit_price: expected an integer number of minor units, got nothing");
}

TEST_CASE("an unknown field is refused by its name, wherever it stands") {
  CHECK(problems(with(R"("coupon":"X")")) == "coupon: unknown field");
  CHECK(problems(with(R"("coupon":null)")) == "coupon: unknown field");
  CHECK(problems(with_item(R"("name":"x","quantity":"1","unit_price":1,"sku":"7")")) ==
        "items[0].sku: unknown field");
  CHECK(problems(with(R"("payment":{"type":"cash","amount":70000,"card":"4111"})")) ==
        "payment.card: unknown field");
}

TEST_CASE("a wrong type is told with what was there") {
  const std::string text = R"({"currency":"TRY","items":[)" + item + "," + item +
                           R"(,{"name":7,"quantity":"1","unit_price":"35,00","note":[]}]})";
  CHECK(problems(text) ==
        "items[2].name: expected text of 1 to 512 characters, got 7; "
        "items[2].unit_price: expected an integer number of minor units, got \"35,00\"; "
        "items[2].note: expected text of at most 2000 characters, got an array");
  CHECK(problems(with(R"("total":700.5)")) ==
        "total: expected an integer number of minor units, got 700.5");
  CHECK(problems(with(R"("tax_inclusive":"yes")")) ==
        "tax_inclusive: expected true or false, got \"yes\"");
  CHECK(problems(with(R"("payment":true)")) == "payment: expected an object, got true");
  CHECK(problems(R"({"currency":"TRY","items":{"a":1}})") ==
        "items: expected 1 to 500 items, got an object");
  CHECK(problems(R"({"currency":"TRY","items":["döner"]})") ==
        "items[0]: expected an object, got \"döner\"");
  CHECK(problems("[]") == "payload: expected an object, got an array");
}

TEST_CASE("all that is wrong is told at once, in the payload's order") {
  CHECK(problems(R"({"tip":-1,"items":[{"quantity":"0","name":""}],"currency":"YTL"})") ==
        "tip: expected an integer number of minor units from 0 to 9007199254740991, got -1; "
        "items[0].quantity: expected a decimal number above 0 of at most 12 characters with at "
        "most 5 "
        "digits of fraction, got \"0\"; "
        "items[0].name: expected text of 1 to 512 characters, got \"\"; "
        "items[0].unit_price: expected an integer number of minor units, got nothing; "
        "currency: expected a currency code of ISO 4217 that Square takes, got \"YTL\"");
}

TEST_CASE("an error repeats no more of a payload than a line") {
  const std::string message = problems(with("\"table_id\":7,\"" + repeated("ş", 500) + "\":1"));
  CHECK(message.size() < 250);
  CHECK(problems(with(R"("tax_inclusive":")" + repeated("🥙", 500) + "\"")).size() < 150);
  std::string many = R"("k":1)";
  for (int i = 0; i < 200; ++i) many += ",\"k" + std::to_string(i) + "\":1";
  pos::json::Document document;
  REQUIRE(document.parse(with(many)));
  Order order;
  CHECK(read_payload(document.root(), order).size() == pos::max_field_errors);
}

TEST_CASE("only version 1 is read") {
  CHECK(problems(with(R"("v":1)")).empty());
  CHECK(problems(with(R"("v":2)")) == "v: expected 1, got 2");
  CHECK(problems(with(R"("v":"1")")) == "v: expected 1, got \"1\"");
}

TEST_CASE("a currency is one that people pay with") {
  for (const char* code : {"TRY", "EUR", "GBP", "USD", "JPY", "KWD", "SLE"}) {
    CHECK(
        problems(std::string(R"({"currency":")") + code + R"(","items":[)" + item + "]}").empty());
  }
  for (const char* code :
       {"try", "TL", "XXX", "XTS", "XAU", "ZWG", "HRK", "AB ", "RYA", "", "TRYX"}) {
    CHECK_FALSE(
        problems(std::string(R"({"currency":")") + code + R"(","items":[)" + item + "]}").empty());
  }
}

TEST_CASE("a quantity is a decimal as Square takes it") {
  for (const char* good :
       {"\"1\"", "\"0.5\"", "\"1.25000\"", "\"999999999999\"", "\"0.00001\"", "3"}) {
    CAPTURE(good);
    CHECK(problems(quantity(good)).empty());
  }
  for (const char* bad :
       {"\"0\"", "\"0.0\"", "\"-1\"", "\"1.\"", "\"1,5\"", "\"\"", "\"0.000001\"",
        "\"1234567890123\"", "1.5", "0", "-2", "true", "[]", "9007199254740993"}) {
    CAPTURE(bad);
    CHECK_FALSE(problems(quantity(bad)).empty());
  }
  CHECK(read(quantity("3")).items[0].quantity == "3");
  CHECK(read(quantity("\"2.00\"")).items[0].quantity == "2");
  CHECK(read(quantity("\"1.250\"")).items[0].quantity == "1.25");
}

TEST_CASE("a tax is a percentage from 0 to 100") {
  for (const char* good : {"\"10\"", "\"8.875\"", "\"100\"", "\"100.0\"", "\"0\"", "20"}) {
    CAPTURE(good);
    CHECK(problems(tax(good)).empty());
  }
  for (const char* bad :
       {"\"100.1\"", "\"101\"", "\"-1\"", "\"10%\"", "\" \"", "10.5", "\"12.34567890\""}) {
    CAPTURE(bad);
    CHECK_FALSE(problems(tax(bad)).empty());
  }
  CHECK(read(tax("\"10.00\"")).items[0].tax_percentage == "10");
  CHECK(read(tax("\"0.0\"")).items[0].tax_percentage.empty());
}

TEST_CASE("text is measured in characters, as Square measures it") {
  CHECK(problems(with(R"("table_id":")" + repeated("ş", 30) + "\"")).empty());
  CHECK(problems(with(R"("table_id":")" + repeated("ş", 31) + "\"")) ==
        "table_id: expected text of at most 30 characters, got 31 characters");
  const auto named = [](const std::string& name) {
    return with_item(R"("quantity":"1","unit_price":1,"name":")" + name + "\"");
  };
  CHECK(problems(named(repeated("🥙", 512))).empty());
  CHECK(problems(named(repeated("🥙", 513))) ==
        "items[0].name: expected text of 1 to 512 characters, got 513 characters");
  const std::string note = R"("name":"x","quantity":"1","unit_price":1,"note":")";
  CHECK(problems(with_item(note + repeated("n", 2000) + "\"")).empty());
  CHECK_FALSE(problems(with_item(note + repeated("n", 2001) + "\"")).empty());
}

TEST_CASE("an order has at most 10 different tax percentages") {
  const auto of = [](int rates) {
    std::string items;
    for (int i = 0; i < 2 * rates; ++i) {
      items += std::string(i == 0 ? "" : ",") +
               R"({"name":"x","quantity":"1","unit_price":1,"tax_percentage":)" +
               std::to_string(i % rates + 1) + "}";
    }
    return R"({"currency":"TRY","items":[)" + items + "]}";
  };
  CHECK(problems(of(10)).empty());
  CHECK(problems(of(11)) == "items: they have more than 10 different tax percentages");
}

TEST_CASE("an order has 1 to 500 items") {
  const auto of = [](int count) {
    std::string list = item;
    for (int i = 1; i < count; ++i) list += "," + item;
    return R"({"currency":"TRY","items":[)" + list + "]}";
  };
  CHECK(problems(R"({"currency":"TRY","items":[]})") == "items: expected 1 to 500 items, got 0");
  CHECK(problems(of(500)).empty());
  CHECK(problems(of(501)) == "items: expected 1 to 500 items, got 501");
}

TEST_CASE("a time is one of RFC 3339") {
  for (const char* good : {"2026-11-21T18:03:11Z", "2026-11-21t18:03:11.123456789+03:00",
                           "2024-02-29T23:59:60Z", "2000-02-29T00:00:00-12:30"}) {
    CAPTURE(good);
    CHECK(problems(with(std::string(R"("placed_at":")") + good + "\"")).empty());
  }
  for (const char* bad : {" ", "2026-11-21", "2026-11-21 18:03:11Z", "2026-11-21T18:03:11",
                          "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
                          "2026-11-21T24:00:00Z", "2026-11-21T18:60:11Z", "2026-11-21T18:03:11.Z",
                          "2026-11-21T18:03:11+3:00", "2026-11-21T18:03:11Zx", "2026-11-21T18:03Z",
                          "2026-1-21T18:03:11Z", "1764957791000", "2026-04-31T00:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(problems(with(std::string(R"("placed_at":")") + bad + "\"")).empty());
  }
  CHECK_FALSE(problems(with(R"("placed_at":1764957791)")).empty());
}

TEST_CASE("money is an integer that JSON tools hold exactly") {
  CHECK(problems(with(R"("service_charge":9007199254740992)")) ==
        "service_charge: expected an integer number of minor units from 0 to 9007199254740991, got "
        "9007199254740992");
  CHECK(problems(with(R"("discount":1e3)")) ==
        "discount: expected an integer number of minor units, got 1e3");
  CHECK(problems(with_item(R"("name":"x","quantity":"2","unit_price":9007199254740991)")) ==
        "items: they come to more than 9007199254740991");
  CHECK(problems(with(R"("service_charge":9007199254740991)")) ==
        "total: it is more than 9007199254740991");
}

TEST_CASE("a total that is given must be the computed one, and both are told") {
  CHECK(problems(with(R"("total":70000)")).empty());
  CHECK(problems(with(R"("total":69000)")) ==
        "total: expected the sum of what is listed, 70000, got 69000");
}

TEST_CASE("a discount is no more than what it is taken from") {
  CHECK(problems(with(R"("discount":70000)")).empty());
  CHECK(problems(with(R"("discount":70001)")) ==
        "discount: expected at most what the items come to, 70000, got 70001");
}

TEST_CASE("a payment pays the order and nothing else") {
  CHECK(problems(with(R"("payment":{"type":"cash","amount":70000})")).empty());
  CHECK(problems(with(R"("payment":{"type":"cash","amount":60000})")) ==
        "payment.amount: expected the total, 70000, got 60000");
  CHECK(problems(with(R"("payment":{"type":"card","amount":70000})")) ==
        "payment.type: expected \"cash\" or \"external\", got \"card\"");
  CHECK(problems(with(R"("payment":{"type":"cash"})")) ==
        "payment.amount: expected an integer number of minor units, got nothing");
}

TEST_CASE("an order that costs nothing is paid with nothing, and has no tip") {
  const auto free = [](const std::string& more) {
    return with(R"("discount":70000,"payment":{"type":"cash","amount":0})" + more);
  };
  const Order order = read(free(""));
  CHECK(order.total == 0);
  CHECK(order.payment);
  CHECK(problems(free(R"(,"tip":5)")) == "tip: expected 0 where the total is 0, got 5");
  CHECK(problems(with(R"("discount":70000,"payment":{"type":"cash","amount":1})")) ==
        "payment.amount: expected the total, 0, got 1");
}

TEST_CASE("an item has a variation and modifiers, each of them with a price") {
  const Order order = read(with_item(
      R"("name":"Adana","variation":"1.5 porsiyon","quantity":"2","unit_price":35000,"modifiers":[
         {"name":"Kaşar","quantity":"2","unit_price":1500},{"name":"Soğansız","unit_price":0},
         {"name":"Acı","quantity":0,"unit_price":700}])"));
  REQUIRE(order.items.size() == 1);
  CHECK(order.items[0].variation == "1.5 porsiyon");
  const auto& modifiers = order.items[0].modifiers;
  REQUIRE(modifiers.size() == 3);
  CHECK(modifiers[0].name == "Kaşar");
  CHECK(modifiers[0].quantity == "2");
  CHECK(modifiers[0].unit_price == 1500);
  CHECK(modifiers[1].quantity == "1");
  CHECK(modifiers[2].quantity == "0");
  CHECK(order.total == 2 * (35000 + 2 * 1500));
}

TEST_CASE("what is wrong with a modifier is told with its place") {
  const auto modified = [](const std::string& modifiers) {
    return with_item(R"("name":"x","quantity":"1","unit_price":1,"modifiers":)" + modifiers);
  };
  CHECK(problems(modified("null")).empty());
  CHECK(problems(modified("[]")).empty());
  CHECK(problems(modified("{}")) ==
        "items[0].modifiers: expected at most 100 modifiers, got an object");
  CHECK(problems(modified(R"([{"name":"a","unit_price":0},7])")) ==
        "items[0].modifiers[1]: expected an object, got 7");
  CHECK(problems(modified(R"([{"unit_price":-1,"quantity":"1.5","colour":"red"}])")) ==
        "items[0].modifiers[0].unit_price: expected an integer number of minor units from 0 to "
        "9007199254740991, got -1; "
        "items[0].modifiers[0].quantity: expected a whole number from 0 to 999, got \"1.5\"; "
        "items[0].modifiers[0].colour: unknown field; "
        "items[0].modifiers[0].name: expected text of 1 to 255 characters, got nothing");
  for (const char* good : {"0", "999", "\"7\""}) {
    CAPTURE(good);
    CHECK(
        problems(modified(std::string(R"([{"name":"a","unit_price":1,"quantity":)") + good + "}]"))
            .empty());
  }
  for (const char* bad : {"1000", "-1", "\"01\"", "\"\"", "1.0", "\"1.0\"", "true"}) {
    CAPTURE(bad);
    CHECK_FALSE(
        problems(modified(std::string(R"([{"name":"a","unit_price":1,"quantity":)") + bad + "}]"))
            .empty());
  }
  const auto many = [&](int count) {
    return modified("[" + repeated(R"({"name":"a","unit_price":0},)", count - 1) +
                    R"({"name":"a","unit_price":0}])");
  };
  CHECK(problems(many(100)).empty());
  CHECK(problems(many(101)) == "items[0].modifiers: expected at most 100 modifiers, got 101");
}

TEST_CASE("an order has at most 2000 modifiers, for its body grows faster than its payload") {
  const std::string modifiers =
      "[" + repeated(R"({"name":"a","unit_price":0},)", 99) + R"({"name":"a","unit_price":0}])";
  const std::string full =
      R"({"name":"x","quantity":"1","unit_price":1,"modifiers":)" + modifiers + "}";
  const std::string items = full + repeated("," + full, 19);
  CHECK(problems(R"({"currency":"TRY","items":[)" + items + "]}").empty());
  CHECK(problems(R"({"currency":"TRY","items":[)" + items + R"(,{"name":"x","quantity":"1",)" +
                 R"("unit_price":1,"modifiers":[{"name":"a","unit_price":0}]}]})") ==
        "items: they have more than 2000 modifiers");
}

TEST_CASE("an external payment says who took the money") {
  CHECK(
      problems(with(R"("payment":{"type":"external","amount":70000})")) ==
      "payment.source: expected text of 1 to 255 characters for an external payment, got nothing");
  CHECK(problems(with(R"("payment":{"type":"external","amount":70000,"source":""})")) ==
        "payment.source: expected text of 1 to 255 characters for an external payment, got \"\"");
  CHECK(problems(with(R"("payment":{"type":"external","amount":70000,"source":7})")) ==
        "payment.source: expected text of at most 255 characters, got 7");
  CHECK_FALSE(
      problems(with(R"("payment":{"source":"","amount":70000,"type":"external"})")).empty());
}

TEST_CASE("a source beside cash does not cost the sale: it is what the payment is noted as") {
  const Order noted = read(with(R"("payment":{"type":"cash","amount":70000,"source":"till"})"));
  REQUIRE(noted.payment);
  CHECK(noted.payment->source == "till");
  CHECK(problems(with(R"("payment":{"type":"cash","amount":70000,"source":"till"})")).empty());
  CHECK(problems(with(R"("payment":{"type":"cash","amount":70000,"source":null})")).empty());
  CHECK(problems(with(R"("payment":{"type":"cash","amount":70000,"source":""})")).empty());
  CHECK_FALSE(problems(with(R"("payment":{"type":"cash","amount":70000,"source":7})")).empty());
  CHECK_FALSE(problems(with(R"("payment":{"type":"cash","amount":70000,"source":")" +
                            repeated("s", 256) + "\"}"))
                  .empty());
}

TEST_CASE("what says nothing costs no sale: empty text, no discount, no charge, no tip") {
  CHECK(problems(with(R"("placed_at":"","table_id":"","discount":0,"service_charge":0,"tip":0)"))
            .empty());
  CHECK(problems(with_item(R"("name":"x","quantity":"1","unit_price":1,"tax_percentage":"",)"
                           R"("note":"","variation":"","modifiers":[])"))
            .empty());
  CHECK(read(with(R"("placed_at":"")")).placed_at.empty());
  CHECK(read(tax("\"\"")).items[0].tax_percentage.empty());
}

TEST_CASE("a tip without a payment would never reach Square, so it is refused") {
  CHECK(problems(with(R"("tip":500)")) == "tip: expected 0 without a payment, got 500");
  CHECK(problems(with(R"("tip":500,"payment":{"type":"cash","amount":70000})")).empty());
  CHECK(problems(with(R"("tip":9007199254740991,"payment":{"type":"cash","amount":70000})")) ==
        "tip: with the total it is more than 9007199254740991");
}

}  // namespace payload_test
