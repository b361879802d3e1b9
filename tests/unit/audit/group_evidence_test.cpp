// What speaks against a group is used: two guests are never one sale because they look alike.
#include "audit/group/evidence.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "audit/plan/plan.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"

namespace group_evidence_test {

using pos::audit::Confidence;
using pos::audit::Member;
using pos::audit::Plan;
using pos::audit::Tender;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
constexpr std::int64_t noon = 1'760'000'000'000;

/// A dish at table T5, paid by a card of which nothing is known, without any name.
Member dish(const std::string& id, std::int64_t at_ms = 0) {
  Member member;
  member.sale.id = id;
  member.sale.created_at_ms = noon + at_ms;
  member.sale.kind = "sale";
  member.sale.state = "COMPLETED";
  member.sale.paid = true;
  member.sale.table_id = "T5";
  member.sale.total = 7000;
  member.sale.currency = "TRY";
  member.sale.content = "kebap";
  Tender tender;
  tender.payment.id = "P" + id;
  tender.payment.created_at_ms = member.sale.created_at_ms;
  tender.payment.status = "COMPLETED";
  tender.payment.source_type = "CARD";
  tender.payment.amount = 7000;
  member.payments.push_back(tender);
  return member;
}

using Change = std::function<void(Member&)>;

Change card(std::int64_t fingerprint, const char* brand, const char* last_4) {
  return [=](Member& member) {
    member.payments.front().payment.instrument_hash = fingerprint;
    member.payments.front().payment.card_brand = brand;
    member.payments.front().payment.card_last_4 = last_4;
  };
}
Change source_type(const char* type) {
  return [=](Member& member) { member.payments.front().payment.source_type = type; };
}
Change table(const char* name, std::int64_t others = 0) {
  return [=](Member& member) {
    member.sale.table_id = name;
    member.table_others = others;
  };
}

std::optional<Plan> planned(std::vector<Member> members, Confidence confidence) {
  return pos::audit::make_plan(confidence, std::move(members), {35 * minute, noon + day});
}

/// Two orders twelve minutes apart, each with a change of its own.
Plan pair(const Change& one, const Change& other, const Change& both = {},
          Confidence confidence = Confidence::probable) {
  std::vector<Member> members = {dish("A"), dish("B", 12 * minute)};
  if (both) {
    both(members[0]);
    both(members[1]);
  }
  if (one) one(members[0]);
  if (other) other(members[1]);
  const auto plan = planned(std::move(members), confidence);
  REQUIRE(plan);
  return *plan;
}

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_against(const Plan& plan, const std::string& word) {
  return has(plan.evidence.speaks_against, word) && !has(plan.evidence.speaks_for, word);
}
bool is_for(const Plan& plan, const std::string& word) {
  return has(plan.evidence.speaks_for, word) && !has(plan.evidence.speaks_against, word);
}
bool is_silent(const Plan& plan, const std::string& word) {
  return !has(plan.evidence.speaks_for, word) && !has(plan.evidence.speaks_against, word);
}

const Change same_reference = [](Member& member) { member.sale.reference_id = "A1"; };
const Change same_key = [](Member& member) { member.sale.pos_sync = "posSync:A1:square"; };

}  // namespace

TEST_CASE("two guests with the same dish who pay with two cards are not refunded one of them") {
  for (const auto& [one, other] : std::vector<std::pair<Change, Change>>{
           {card(1, "VISA", "1111"), card(2, "VISA", "1111")},
           {card(0, "VISA", "1111"), card(0, "MASTERCARD", "1111")},
           {card(0, "VISA", "1111"), card(0, "VISA", "4242")},
           {card(0, "", "1111"), card(0, "VISA", "4242")},
           {card(0, "VISA", ""), card(5, "AMEX", "")}}) {
    const Plan plan = pair(one, other);
    CHECK(plan.confidence == Confidence::possible);
    CHECK(is_against(plan, "card"));
  }
}

TEST_CASE("one card that paid twice speaks for a duplicate, and what is not known says nothing") {
  const Plan same = pair(card(1, "VISA", "1111"), card(1, "VISA", "9999"));
  CHECK(same.confidence == Confidence::probable);
  CHECK(is_for(same, "card"));
  CHECK(is_for(pair(card(0, "VISA", "1111"), card(7, "VISA", "1111")), "card"));
  for (const auto& [one, other] :
       std::vector<std::pair<Change, Change>>{{card(1, "VISA", "1111"), Change{}},
                                              {Change{}, Change{}},
                                              {card(1, "", ""), card(0, "VISA", "1111")},
                                              {card(0, "VISA", ""), card(0, "VISA", "1111")}}) {
    const Plan plan = pair(one, other);
    CHECK(plan.confidence == Confidence::probable);
    CHECK(is_silent(plan, "card"));
  }
}

TEST_CASE("a dish that was paid in cash and one by card are two guests'") {
  const Plan plan = pair(source_type("CASH"), source_type("CARD"));
  CHECK(plan.confidence == Confidence::possible);
  CHECK(is_against(plan, "tender"));
  CHECK(is_for(pair(source_type("CASH"), source_type("CASH")), "tender"));
  const Plan unknown = pair(source_type(""), source_type("CARD"));
  CHECK(unknown.confidence == Confidence::probable);
  CHECK(is_silent(unknown, "tender"));
}

TEST_CASE("a payment that was refused says nothing of who paid") {
  const Change refused = [](Member& member) {
    Tender tender = member.payments.front();
    tender.payment.id = "refused";
    tender.payment.status = "FAILED";
    tender.payment.source_type = "WALLET";
    tender.payment.instrument_hash = 9;
    member.payments.push_back(tender);
  };
  const Plan plan = pair(refused, {}, card(1, "VISA", "1111"));
  CHECK(plan.confidence == Confidence::probable);
  CHECK(is_for(plan, "card"));
  CHECK(is_for(plan, "tender"));
}

TEST_CASE("a bill that two cards have split is not the one that one of them has paid") {
  const Change split = [](Member& member) {
    Tender tender = member.payments.front();
    tender.payment.id = "second";
    tender.payment.instrument_hash = 2;
    member.payments.push_back(tender);
  };
  CHECK(is_against(pair(split, {}, card(1, "VISA", "1111")), "card"));
  CHECK(is_against(pair({}, split, card(1, "VISA", "1111")), "card"));
}

TEST_CASE("where no payment is listed, the order's own tenders say who paid") {
  const auto shows = [](const char* tenders) {
    return Change([tenders](Member& member) {
      member.payments.clear();
      member.sale.tenders = tenders;
    });
  };
  CHECK(is_against(
      pair(shows(R"([["CARD",1,"VISA","1111",0]])"), shows(R"([["CARD",2,"VISA","1111",0]])")),
      "card"));
  // Each thing that a card is known by is read in its own place.
  CHECK(is_against(
      pair(shows(R"([["CARD",0,"VISA","1111",0]])"), shows(R"([["CARD",0,"AMEX","1111",0]])")),
      "card"));
  CHECK(is_against(
      pair(shows(R"([["CARD",0,"VISA","1111",0]])"), shows(R"([["CARD",0,"VISA","4242",0]])")),
      "card"));
  CHECK(is_for(
      pair(shows(R"([["CARD",0,"VISA","1111",0]])"), shows(R"([["CARD",0,"VISA","1111",0]])")),
      "card"));
  CHECK(is_silent(pair(shows(R"([["CARD",0,"VISA","",0]])"), shows(R"([["CARD",0,"VISA","",0]])")),
                  "card"));
  CHECK(
      is_for(pair(shows(R"([["CARD",0,"","",4]])"), shows(R"([["CASH",0,"","",4]])")), "customer"));
  CHECK(is_against(pair(shows(R"([["CARD",0,"","",0]])"), shows(R"([["CASH",0,"","",0]])")),
                   "tender"));
  CHECK(is_against(pair(shows(R"([["CARD",0,"","",4]])"), shows(R"([["CARD",0,"","",5]])")),
                   "customer"));
}

TEST_CASE("two customers are two guests, and one who is known of one order only is no evidence") {
  const auto customer = [](std::int64_t name) {
    return Change([name](Member& member) { member.sale.customer_hash = name; });
  };
  const auto payer = [](std::int64_t name) {
    return Change([name](Member& member) { member.payments.front().payment.customer_hash = name; });
  };
  const Plan two = pair(customer(1), customer(2));
  CHECK(two.confidence == Confidence::possible);
  CHECK(is_against(two, "customer"));
  CHECK(is_against(pair(payer(1), customer(2)), "customer"));
  CHECK(is_for(pair(payer(1), customer(1)), "customer"));
  CHECK(pair(customer(1), {}).confidence == Confidence::probable);
}

TEST_CASE("what two programs have made is not one program's retry, if only the look is the same") {
  const auto source = [](std::int64_t name) {
    return Change([name](Member& member) { member.sale.source_hash = name; });
  };
  const Plan plan = pair(source(1), source(2));
  CHECK(plan.confidence == Confidence::possible);
  CHECK(is_against(plan, "source"));
  CHECK(pair(source(1), {}).confidence == Confidence::probable);
  CHECK(is_for(pair(source(1), source(1)), "source"));
  // An old pusher and ours have names of their own, and one order id.
  CHECK(pair(source(1), source(2), same_reference, Confidence::certain).confidence ==
        Confidence::certain);
}

TEST_CASE("two sales of a delivery service are not one, though they hold the same dish") {
  const auto sale_of = [](std::int64_t name) {
    return Change([name](Member& member) {
      member.payments.front().payment.source_type = "EXTERNAL";
      member.payments.front().payment.instrument_hash = name;
    });
  };
  const Plan two = pair(sale_of(1), sale_of(2));
  CHECK(two.confidence == Confidence::possible);
  CHECK(is_against(two, "external_sale"));
  CHECK(is_silent(two, "card"));
  CHECK(is_for(pair(sale_of(1), sale_of(1)), "external_sale"));
  CHECK(is_silent(pair(sale_of(1), sale_of(0)), "external_sale"));
  CHECK(pair(sale_of(1), sale_of(0)).confidence == Confidence::probable);
  // A pusher may have made a new id with each try.
  CHECK(pair(sale_of(1), sale_of(2), same_reference, Confidence::certain).confidence ==
        Confidence::certain);
}

TEST_CASE("a name that several orders bear at one time is no table") {
  CHECK(pair({}, {}, table("T5", 1)).confidence == Confidence::probable);
  CHECK(is_for(pair({}, {}, table("T5", 1)), "table"));
  for (const Plan& plan :
       {pair({}, {}, table("Hall", 2)), pair(table("Hall", 2), table("Hall", 0))}) {
    CHECK(plan.confidence == Confidence::possible);
    CHECK(is_against(plan, "shared_table"));
    CHECK(is_silent(plan, "table"));
  }
  for (const char* name : {"Takeaway", "TAKE AWAY", "To go", "Delivery", "Gel al", "bar"}) {
    CHECK(pair({}, {}, table(name)).confidence == Confidence::possible);
  }
  for (const char* name : {"Bar 3", "Table 12", "Terrace", "go"}) {
    CHECK(pair({}, {}, table(name)).confidence == Confidence::probable);
  }
}

TEST_CASE("a key of ours is not contradicted by another card or cash: one order was sold") {
  const Change cash = source_type("CASH");
  const Change other_card = card(2, "AMEX", "0005");
  for (const Change& change : {cash, other_card, table("Takeaway", 5)}) {
    const Plan plan = pair(card(1, "VISA", "1111"), change, same_key, Confidence::certain);
    CHECK(plan.confidence == Confidence::certain);
    CHECK(plan.because == "metadata");
    CHECK_FALSE(plan.evidence.speaks_against.empty());
    CHECK(is_for(plan, "metadata"));
  }
}

TEST_CASE("a bill that two guests have split is not one sale because the till calls it one order") {
  const Change bill = [](Member& member) { member.sale.order_key = "bill-17"; };
  const Plan split =
      pair(card(1, "VISA", "1111"), card(2, "AMEX", "0005"), bill, Confidence::certain);
  CHECK(split.confidence == Confidence::possible);
  CHECK(split.because == "metadata");
  CHECK(is_for(split, "metadata"));
  CHECK(pair({}, source_type("CASH"), bill, Confidence::certain).confidence ==
        Confidence::possible);
  CHECK(pair({}, {}, bill, Confidence::certain).confidence == Confidence::certain);
}

TEST_CASE("a name that says that there is no table says so with any signs, and in any spelling") {
  for (const char* name :
       {"Take-Away", "TAKE AWAY!", "To Go.", "Take\u00A0Away", "Take\u2013Out", "walk_in",
        "Drive-Thru", "Phone order", "Außer Haus", "Abholung", "Theke", "Gel-Al",
        // Several signs in a row, and signs in front and at the end.
        "Take\u00A0\u2013\u00A0Away", "\u2014Take\u2010\u2011Out\u2014", "\u00A0\u00A0Bar\u00A0"}) {
    CAPTURE(std::string(name));
    const Plan plan = pair({}, {}, table(name));
    CHECK(plan.confidence == Confidence::possible);
    CHECK(is_against(plan, "shared_table"));
  }
  for (const char* name : {"Bar 3", "T-5", "Terrace", "!"}) {
    CAPTURE(std::string(name));
    CHECK(pair({}, {}, table(name)).confidence == Confidence::probable);
  }
}

TEST_CASE("a reference that two guests have paid for may be a ticket number that came again") {
  for (const auto& [one, other] : std::vector<std::pair<Change, Change>>{
           {card(1, "VISA", "1111"), card(2, "VISA", "1111")},
           {source_type("CASH"), source_type("CARD")},
           {[](Member& member) { member.sale.customer_hash = 1; },
            [](Member& member) { member.sale.customer_hash = 2; }}}) {
    const Plan plan = pair(one, other, same_reference, Confidence::certain);
    CHECK(plan.confidence == Confidence::possible);
    CHECK(plan.because == "reference_id");
    CHECK(is_for(plan, "reference_id"));
  }
}

TEST_CASE("of three copies one that another card has paid makes the group a person's") {
  std::vector<Member> members = {dish("A"), dish("B", minute), dish("C", 2 * minute)};
  card(1, "VISA", "1111")(members[0]);
  card(1, "VISA", "1111")(members[1]);
  card(2, "VISA", "1111")(members[2]);
  const auto plan = planned(members, Confidence::probable);
  REQUIRE(plan);
  CHECK(plan->confidence == Confidence::possible);
}

TEST_CASE("each thing that two orders differ in is said, and each that they agree in") {
  const Plan plan = pair(
      same_reference,
      [](Member& member) {
        member.sale.reference_id = "A2";
        member.payments.front().payment.source_type = "CASH";
      },
      {}, Confidence::possible);
  CHECK(plan.evidence.speaks_for == std::vector<std::string>{"content", "table", "time"});
  CHECK(plan.evidence.speaks_against == std::vector<std::string>{"reference_id", "tender"});
  const Plan known = pair({}, {}, [](Member& member) { member.known = true; });
  CHECK(is_against(known, "queue"));
  CHECK(known.confidence == Confidence::possible);
}

TEST_CASE("an order that lacks what is compared is in no group, whatever else is the same") {
  std::vector<Member> members = {dish("A"), dish("B", minute)};
  for (Member& each : members) {
    same_key(each);
    each.sale.missing = "total_money line_items";
    each.sale.content.clear();
  }
  CHECK_FALSE(planned(members, Confidence::certain));
}

// ---- from Square to the plan ----

namespace {

world::AuditSquare::Sold sold(const std::string& id, std::int64_t at_ms) {
  world::AuditSquare::Sold sale;
  sale.id = id;
  sale.at_ms = at_ms;
  return sale;
}

/// Reads it all, and returns what the audit shows.
std::string shown(world::AuditWorld& world, const std::string& query = "{}") {
  const auto made = world.ask(
      "audits.create", R"({"id":"a1","provider":"square","from":"2026-08-01","to":"2026-08-03"})");
  CAPTURE(made.body);
  REQUIRE(made.status < 300);
  world.read_all();
  return world.ask("audits.show", "", "a1", query).body;
}

constexpr std::int64_t august = 1'785'542'400'000;  // 2026-08-01

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("two takeaway guests with cards of their own are shown as possible, with the reasons") {
  world::AuditWorld world;
  int number = 0;
  for (const char* id : {"A", "B"}) {
    world::AuditSquare::Sold sale = sold(id, august + hour + number * 12 * minute);
    sale.table = "Takeaway";
    world.square.sell(sale);
    replace(world.square.payments.back().json, R"("source_type":"CARD")",
            std::string(R"("source_type":"CARD","card_details":{"card":{"card_brand":")") +
                (number == 0 ? "VISA" : "MASTERCARD") + R"(","last_4":"111)" +
                std::to_string(number) + R"("}})");
    ++number;
  }
  const std::string body = shown(world);
  CHECK(body.find(R"("confidence":"possible")") != std::string::npos);
  CHECK(body.find(R"("for":["content","time","tender"],"against":["shared_table","card"])") !=
        std::string::npos);
  const std::string csv = world.ask("audits.show", "", "a1", R"({"format":"csv"})").body;
  CHECK(csv.find("content time tender") != std::string::npos);
  CHECK(csv.find("shared_table card") != std::string::npos);
}

TEST_CASE(
    "a table at which other dishes are sold within the window differs from a name that many "
    "tickets bear") {
  for (const int others : {1, 2}) {
    world::AuditWorld world;
    world.square.sell(sold("A", august + hour));
    world.square.sell(sold("B", august + hour + minute));
    for (int i = 0; i < others; ++i) {
      world::AuditSquare::Sold other = sold("C" + std::to_string(i), august + hour + 20 * minute);
      other.item = "Dish " + std::to_string(i);
      world.square.sell(other);
    }
    // What comes later, or at another table, is no guest beside these.
    world::AuditSquare::Sold later = sold("D", august + 2 * hour);
    later.item = "Tea";
    world.square.sell(later);
    world::AuditSquare::Sold elsewhere = sold("E", august + hour);
    elsewhere.item = "Soup";
    elsewhere.table = "8";
    world.square.sell(elsewhere);
    const std::string body = shown(world);
    CAPTURE(others);
    const bool is_probable = body.find(R"("confidence":"probable")") != std::string::npos;
    CHECK(is_probable == (others == 1));
  }
}

TEST_CASE("orders without a total or lines are listed as not comparable, and never grouped") {
  world::AuditWorld world;
  const std::vector<std::pair<std::string, std::string>> cuts = {
      {R"(,"total_money":{"amount":50000,"currency":"TRY"})", ""},
      {R"("line_items":[)", R"("lines":[)"},
      {R"("quantity":"1")", R"("amount":"1")"},
      {R"("total_money":{"amount":50000,"currency":"TRY"})", R"("total_money":{"amount":50000})"},
      {R"("location_id":"L1",)", ""},
      {R"("created_at":)", R"("made_at":)"}};
  std::int64_t at_ms = august + hour;
  for (const auto& [from, to] : cuts) {
    // Twice the same, a minute apart, at one table, under one reference.
    for (int copy = 0; copy < 2; ++copy) {
      world::AuditSquare::Sold sale = sold("X" + std::to_string(at_ms), at_ms);
      sale.paid = false;
      sale.state = "OPEN";
      sale.reference = "R" + std::to_string(&from - &cuts.front().first);
      world.square.sell(sale);
      replace(world.square.orders.back().json, from, to);
      at_ms += minute;
    }
    at_ms += 2 * hour;
  }
  const std::string body = shown(world);
  CHECK(body.find(R"("groups":[])") != std::string::npos);
  CHECK(body.find(R"("not_comparable":12)") != std::string::npos);
  const std::string list = world.ask("audits.show", "", "a1", R"({"list":"not_comparable"})").body;
  CAPTURE(list);
  CHECK(count(list, R"("order_id":)") == 12);
  for (const char* missing :
       {"total_money", "line_items", "currency", "location_id", "created_at"}) {
    CHECK(list.find(std::string(R"("missing":")") + missing + "\"") != std::string::npos);
  }
  CHECK(count(list, R"("total":null)") == 2);
  CHECK(count(list, R"("created_at":null)") == 2);
  const std::string csv =
      world.ask("audits.show", "", "a1", R"({"list":"not_comparable","format":"csv"})").body;
  CHECK(count(csv, "\n") == 13);
}

TEST_CASE("28250 and 1200 are not the same amount because Square says neither") {
  world::AuditWorld world;
  int number = 0;
  for (const std::int64_t total : {28250, 1200}) {
    world::AuditSquare::Sold sale =
        sold("V" + std::to_string(total), august + hour + number * minute);
    sale.total = total;
    sale.paid = false;
    sale.state = "OPEN";
    world.square.sell(sale);
    std::string& json = world.square.orders.back().json;
    replace(json, R"("total_money")", R"("v1_total_money")");
    replace(json, R"("line_items")", R"("v1_line_items")");
    ++number;
  }
  const std::string body = shown(world);
  CHECK(body.find(R"("groups":[])") != std::string::npos);
  CHECK(body.find(R"("not_comparable":2)") != std::string::npos);
}

TEST_CASE("a time that is too far from the order before speaks against a copy, and no other does") {
  const auto times = [](const std::vector<std::int64_t>& at) {
    std::vector<Member> members;
    for (const std::int64_t each : at) {
      members.push_back(dish(std::string(1, static_cast<char>('A' + members.size())), each));
      same_key(members.back());
    }
    return pos::audit::evidence_of(members, 35 * minute);
  };
  const auto speaks = [&](const std::vector<std::int64_t>& at) {
    const auto found = times(at);
    CHECK(has(found.speaks_for, "time") != has(found.speaks_against, "time"));
    return has(found.speaks_for, "time");
  };
  CHECK(speaks({0, 35 * minute}));
  CHECK_FALSE(speaks({0, 35 * minute + 1}));
  CHECK(speaks({0, 35 * minute, 70 * minute, 105 * minute}));
  CHECK_FALSE(speaks({0, 36 * minute, 70 * minute}));
  CHECK_FALSE(speaks({0, 35 * minute, 71 * minute}));
}

}  // namespace group_evidence_test
