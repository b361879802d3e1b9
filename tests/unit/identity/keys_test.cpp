#include <doctest/doctest.h>

#include <set>
#include <string>

#include "identity/keys.hpp"

namespace keys_test {

using pos::canonical_string;
using pos::claim_key;
using pos::idempotency_key;
using pos::Identity;
using pos::Operation;
using pos::reference_id;

TEST_CASE("a retry after a lost reply carries the same key") {
  const Identity first{"A-1001", "square", 1};
  const Identity retried{"A-1001", "square", 1};
  CHECK(idempotency_key(first, Operation::order) == idempotency_key(retried, Operation::order));
  CHECK(idempotency_key(first, Operation::order) == "posSync:A-1001:square");
}

TEST_CASE("an order, its payment and its refund have keys of their own") {
  const Identity identity{"7", "square", 1};
  CHECK(idempotency_key(identity, Operation::order) == "posSync:7:square");
  CHECK(idempotency_key(identity, Operation::payment) == "posSync:7:square:payment");
  CHECK(idempotency_key(identity, Operation::refund) == "posSync:7:square:refund");
  CHECK(idempotency_key(identity, Operation::cancel) == "posSync:7:square:cancel");
}

TEST_CASE("a deliberate re-push has a new key, and the first push keeps the old one") {
  CHECK(idempotency_key({"7", "square", 1}, Operation::order) == "posSync:7:square");
  CHECK(idempotency_key({"7", "square", 2}, Operation::order) == "posSync:7:square:r2");
  CHECK(idempotency_key({"7", "square", 2}, Operation::payment) == "posSync:7:square:payment:r2");
  CHECK(idempotency_key({"7", "square", 3}, Operation::refund) == "posSync:7:square:refund:g3");
  CHECK(idempotency_key({"7", "square", 2}, Operation::cancel) == "posSync:7:square:cancel:g2");
}

TEST_CASE("no key is longer than 45 characters, and all are ASCII") {
  for (std::size_t size = 1; size <= 200; ++size) {
    for (const std::string& id : {std::string(size, 'x'), std::string(size, '\xc5')}) {
      for (const Operation operation :
           {Operation::order, Operation::payment, Operation::refund, Operation::cancel}) {
        const std::string key = idempotency_key({id, "square", 1}, operation);
        CHECK(key.size() <= 45);
        for (const char c : key) CHECK((c > 0x20 && c < 0x7f));
      }
    }
  }
}

TEST_CASE("a key is readable up to 45 characters and a hash beyond them") {
  const std::string fits(30, 'x');
  CHECK(idempotency_key({fits, "square", 1}, Operation::order) == "posSync:" + fits + ":square");
  const std::string hashed = idempotency_key({fits + "x", "square", 1}, Operation::order);
  CHECK(hashed.size() == 45);
  CHECK(hashed.find(':', 8) == std::string::npos);
}

TEST_CASE("two identities never share a canonical string") {
  const Identity identities[] = {{"a:b", "c", 1},  {"a", "b:c", 1},       {"a%3Ab", "c", 1},
                                 {"a", "c", 1},    {"a", "c:payment", 1}, {"a", "c%3Apayment", 1},
                                 {"a", "c:r2", 1}, {"a", "c", 2},         {"a ", "c", 1},
                                 {"a%20", "c", 1}, {"\xc3\xa4", "c", 1},  {"%C3%A4", "c", 1}};
  std::set<std::string> strings;
  for (const Identity& identity : identities) {
    CHECK(strings.insert(canonical_string(identity, Operation::order)).second);
    CHECK(strings.insert(canonical_string(identity, Operation::payment)).second);
    CHECK(strings.insert(canonical_string(identity, Operation::refund)).second);
  }
}

TEST_CASE("the canonical string encodes blanks, percent, colon and everything that is not ASCII") {
  CHECK(canonical_string({"a b%c:d\x7f", "square", 1}, Operation::order) ==
        "posSync:a%20b%25c%3Ad%7F:square");
  CHECK(canonical_string({"ş", "square", 1}, Operation::order) == "posSync:%C5%9F:square");
  CHECK(canonical_string({"~!/+\"", "square", 1}, Operation::order) == "posSync:~!/+\":square");
}

TEST_CASE("a claim key has no day and no revision in it") {
  CHECK(claim_key("A-1001", "square") == "pos-sync:A-1001:square");
}

TEST_CASE("a claim key encodes what two nested SQL replaces encode, and no more") {
  CHECK(claim_key("a:b%", "sq:1") == "pos-sync:a%3Ab%25:sq%3A1");
  CHECK(claim_key("a%3Ab", "square") == "pos-sync:a%253Ab:square");
  CHECK(claim_key("şiş 7", "square") == "pos-sync:şiş 7:square");
}

TEST_CASE("Square shows the order id itself where it can") {
  CHECK(reference_id({"A 1001", "square", 1}) == "A 1001");
  CHECK(reference_id({std::string(40, 'x'), "square", 2}) == std::string(40, 'x'));
}

TEST_CASE("a reference that does not fit is a hash that differs by revision") {
  const std::string id(41, 'x');
  CHECK(reference_id({id, "square", 1}).size() == 40);
  CHECK(reference_id({id, "square", 1}) != reference_id({id, "square", 2}));
  CHECK(reference_id({"ş", "square", 1}).substr(0, 8) == "posSync:");
  CHECK(reference_id({"tab\t", "square", 1}).substr(0, 8) == "posSync:");
}

}  // namespace keys_test
