// What two sides of books say of each other: every difference has its reason, to the minor unit.
#include <doctest/doctest.h>

#include <random>

#include "harness/duration.hpp"
#include "harness/test_scale.hpp"
#include "identity/keys.hpp"
#include "reconcile/comparison.hpp"
#include "reconcile/report.hpp"

namespace books_test {

using pos::reconcile::Books;
using pos::reconcile::Known;
using pos::reconcile::Line;
using pos::reconcile::LocalOrder;
using pos::reconcile::Period;
using pos::reconcile::Reason;
using pos::reconcile::SquareOrder;
using pos::reconcile::Sums;

namespace {
using duration::day;
using duration::hour;

/// Three days of UTC, from the first of them on.
Period three_days() {
  return {{"2026-11-21", "2026-11-22", "2026-11-23"}, {0, day, 2 * day}, 0, 3 * day, "TRY"};
}

Sums figures(std::int64_t gross, std::int64_t vat) { return {1, gross, {{"10", vat}}}; }

LocalOrder sale(const std::string& id, std::int64_t at_ms = 12 * hour, std::int64_t gross = 1100) {
  LocalOrder ours;
  ours.order_id = id;
  ours.at_ms = at_ms;
  ours.pays = true;
  ours.has_figures = true;
  ours.currency = "TRY";
  ours.figures = figures(gross, gross / 11);
  ours.otherwise = ours.figures;
  return ours;
}

SquareOrder order(const std::string& id, const std::string& reference,
                  std::int64_t at_ms = 12 * hour, std::int64_t gross = 1100) {
  SquareOrder theirs;
  theirs.id = id;
  theirs.created_at_ms = at_ms;
  theirs.kind = "sale";
  theirs.paid = true;
  theirs.reference_id = reference;
  theirs.currency = "TRY";
  theirs.sold = figures(gross, gross / 11);
  return theirs;
}

Books compare(const std::vector<LocalOrder>& ours, const std::vector<SquareOrder>& theirs) {
  const auto all = pos::reconcile::compare(three_days(), ours, theirs);
  if (all.empty()) return {};
  REQUIRE(all.size() == 1);
  const Books& books = all.at("TRY");
  CHECK(books.explained());
  return books;
}

/// The one line that there is.
Line only_line(const Books& books) {
  REQUIRE(books.lines.size() == 1);
  return books.lines.front();
}

}  // namespace

TEST_CASE("an order that stands once at Square as it was sold makes no line") {
  const Books books = compare({sale("A")}, {order("S1", "A")});
  CHECK(books.lines.empty());
  CHECK(books.days[0].ours == figures(1100, 100));
  CHECK(books.days[0].square == figures(1100, 100));
}

TEST_CASE("each copy that stands besides the one that counts is a duplicate, with its VAT") {
  const Books books =
      compare({sale("A")}, {order("S2", "A", 13 * hour), order("S1", "A"), order("S3", "A", day)});
  REQUIRE(books.lines.size() == 2);
  CHECK(books.lines[0].reason == Reason::duplicate);
  CHECK(books.lines[0].external_order_id == "S2");  // the earliest stays
  CHECK(books.lines[0].figures == figures(1100, 100));
  CHECK(books.lines[0].detail == "a copy of S1");
  CHECK(books.lines[1].external_order_id == "S3");
  CHECK(books.lines[1].day == 1);  // where Square's own reports show it
  CHECK(books.total().difference() == Sums{2, 2200, {{"10", 200}}});
}

TEST_CASE("the copy that stays is the one that was approved, else the one our books name") {
  LocalOrder ours = sale("A");
  ours.external_order_id = "S2";
  SquareOrder first = order("S1", "A");
  SquareOrder second = order("S2", "A", 13 * hour);
  SquareOrder third = order("S3", "A", 14 * hour);
  CHECK(compare({ours}, {first, second, third}).lines[0].detail == "a copy of S2");
  third.group = "S3";
  first.group = second.group = "S3";
  first.is_duplicate = second.is_duplicate = true;
  CHECK(compare({ours}, {first, second, third}).lines[0].detail == "a copy of S3");
}

TEST_CASE("copies that were refunded or canceled make no line, whichever of them it was") {
  SquareOrder refunded = order("S1", "A");
  refunded.refunded = 1100;
  SquareOrder canceled = order("S2", "A");
  canceled.kind = "canceled";
  canceled.paid = false;
  SquareOrder unpaid = order("S4", "A");
  unpaid.paid = false;
  LocalOrder ours = sale("A");
  ours.external_order_id = "S1";
  CHECK(compare({ours}, {refunded, canceled, unpaid, order("S3", "A")}).lines.empty());
}

TEST_CASE("what is sold and stands nowhere is missing; a canceled order is named") {
  Line line = only_line(compare({sale("A")}, {}));
  CHECK(line.reason == Reason::missing);
  CHECK(line.order_id == "A");
  CHECK(line.figures == Sums{-1, -1100, {{"10", -100}}});
  SquareOrder canceled = order("S1", "A");
  canceled.kind = "canceled";
  line = only_line(compare({sale("A")}, {canceled}));
  CHECK(line.reason == Reason::missing);
  CHECK(line.detail == "it was canceled at Square");
  CHECK(line.external_order_id == "S1");
}

TEST_CASE("an order that nobody has paid at Square is open, whether or not it was to be paid") {
  SquareOrder unpaid = order("S1", "A");
  unpaid.paid = false;
  LocalOrder ours = sale("A");
  CHECK(only_line(compare({ours}, {unpaid})).reason == Reason::open);
  ours.pays = false;
  const Line line = only_line(compare({ours}, {unpaid}));
  CHECK(line.reason == Reason::open);
  CHECK(line.figures == Sums{-1, -1100, {{"10", -100}}});
  CHECK(line.detail == "nobody paid it");
}

TEST_CASE("a refund takes its part of the VAT, rounded half to even, and the tip last") {
  SquareOrder theirs = order("S1", "A", 12 * hour, 1000);
  theirs.sold.vat = {{"10", 25}, {"20", 35}};
  theirs.tip = 200;
  theirs.refunded = 500;
  CHECK(theirs.standing() == Sums{1, 500, {{"10", 13}, {"20", 17}}});  // 12.5 and 17.5 go
  theirs.refunded = 1000;
  CHECK(theirs.standing() == Sums{});
  theirs.refunded = 1200;
  CHECK(theirs.standing() == Sums{});
  theirs.refunded = 999;
  CHECK(theirs.standing().orders == 1);
  LocalOrder ours = sale("A", 12 * hour, 1000);
  ours.figures.vat = ours.otherwise.vat = theirs.sold.vat;
  theirs.refunded = 500;
  const Line line = only_line(compare({ours}, {theirs}));
  CHECK(line.reason == Reason::refunded);
  CHECK(line.figures == Sums{0, -500, {{"10", -12}, {"20", -18}}});
  theirs.refunded = 1200;
  CHECK(only_line(compare({ours}, {theirs})).figures ==
        Sums{-1, -1000, {{"10", -25}, {"20", -35}}});
}

TEST_CASE("an order around midnight counts on the day it was placed, on both sides") {
  const Books books = compare({sale("A", day - 1)}, {order("S1", "A", day + hour)});
  CHECK(books.lines.empty());
  CHECK(books.days[0].square.orders == 1);
  CHECK(books.days[1].square.orders == 0);
  // Of a day that is not asked about, nothing counts; but its copy of today does.
  const Books after = compare({sale("A", -1)}, {order("S1", "A", 1), order("S2", "A", 2)});
  CHECK(after.days[0].ours.orders == 0);
  CHECK(only_line(after).external_order_id == "S2");
}

TEST_CASE("an order of Square's that is none of ours is unknown") {
  const Line line = only_line(compare({}, {order("S1", "walk-in", 2 * day)}));
  CHECK(line.reason == Reason::unknown);
  CHECK(line.day == 2);
  CHECK(line.detail == "no order of ours");
  SquareOrder unpaid = order("S2", "walk-in");
  unpaid.paid = false;
  CHECK(compare({}, {unpaid}).lines.empty());
}

TEST_CASE("an order of ours in doubt does not count, but says why Square's does") {
  LocalOrder ours = sale("A");
  ours.known = Known::in_doubt;
  ours.note = "failed, unknown: timeout";
  const Books books = compare({ours}, {order("S1", "A"), order("S2", "A")});
  REQUIRE(books.lines.size() == 2);
  CHECK(books.lines[0].reason == Reason::duplicate);
  CHECK(books.lines[1].reason == Reason::unknown);
  CHECK(books.lines[1].detail == "our order is in doubt: failed, unknown: timeout");
  CHECK(books.days[0].ours == Sums{});
  ours.known = Known::unsold;
  CHECK(only_line(compare({ours}, {order("S1", "A")})).detail ==
        "our order is not sold: failed, unknown: timeout");
}

TEST_CASE("sums that differ are told apart from what was given back") {
  SquareOrder theirs = order("S1", "A", 12 * hour, 2200);
  theirs.refunded = 1100;
  const Books books = compare({sale("A")}, {theirs});
  REQUIRE(books.lines.size() == 2);
  CHECK(books.lines[0].reason == Reason::refunded);
  CHECK(books.lines[0].figures == Sums{0, -1100, {{"10", -100}}});
  CHECK(books.lines[1].reason == Reason::unknown);
  CHECK(books.lines[1].figures == Sums{0, 1100, {{"10", 100}}});
  CHECK(books.lines[1].detail ==
        "the sums differ: ours 1100 TRY with VAT 100, Square's 2200 TRY with VAT 200");
}

TEST_CASE(
    "metadata of another order outweighs a reference; without metadata the reference counts") {
  SquareOrder ours_by_key = order("S1", "other");
  ours_by_key.pos_sync = pos::idempotency_key({"A", "square", 1}, pos::Operation::order);
  CHECK(compare({sale("A")}, {ours_by_key}).lines.empty());
  SquareOrder another = order("S2", "A");
  another.pos_sync = "posSync:B:square";
  CHECK(compare({sale("A")}, {another}).lines.size() == 2);  // missing, and unknown
  SquareOrder by_order_id = order("S3", "");
  by_order_id.order_key = "A";
  CHECK(compare({sale("A")}, {by_order_id}).lines.empty());
  SquareOrder by_id = order("S4", "");
  LocalOrder named = sale("A");
  named.external_order_id = "S4";
  CHECK(compare({named}, {by_id}).lines.empty());
}

TEST_CASE("a later revision is a sale of its own") {
  LocalOrder second = sale("A");
  second.revision = 2;
  SquareOrder first_there = order("S1", "A");
  SquareOrder second_there = order("S2", "A");
  second_there.pos_sync = pos::idempotency_key({"A", "square", 2}, pos::Operation::order);
  CHECK(compare({sale("A"), second}, {first_there, second_there}).lines.empty());
  SquareOrder second_by_key = order("S3", "");
  second_by_key.order_key = "A#r2";
  CHECK(compare({sale("A"), second}, {first_there, second_by_key}).lines.empty());
}

TEST_CASE("what an audit calls a duplicate is one although no order of ours is like it") {
  SquareOrder kept = order("S1", "");
  SquareOrder copy = order("S2", "", 13 * hour);
  kept.group = copy.group = "g1";
  copy.is_duplicate = true;
  const Books books = compare({}, {kept, copy});
  REQUIRE(books.lines.size() == 2);
  CHECK(books.lines[0].reason == Reason::duplicate);
  CHECK(books.lines[0].external_order_id == "S2");
  CHECK(books.lines[1].reason == Reason::unknown);
  // Of a sale that counts already, all others are copies, also one without a reference.
  kept.reference_id = "A";
  CHECK(only_line(compare({sale("A")}, {kept, copy})).external_order_id == "S2");
  // Whoever gave back the other one has left one that stands: it is no duplicate any more.
  kept.reference_id = "";
  kept.refunded = 1100;
  CHECK(only_line(compare({}, {kept, copy})).reason == Reason::unknown);
  kept.reference_id = "A";
  CHECK(compare({sale("A")}, {kept, copy}).lines.empty());
}

TEST_CASE("a refund that is under way leaves its copy standing, and is told of") {
  SquareOrder copy = order("S2", "A", 13 * hour);
  copy.pending = 1100;
  CHECK(only_line(compare({sale("A")}, {order("S1", "A"), copy})).detail ==
        "a copy of S1; a refund of 1100 TRY is under way");
}

TEST_CASE("a sale whose content nobody can read any more is as large as what stands for it") {
  LocalOrder ours = sale("A");
  ours.has_figures = false;
  ours.currency = "";
  const Books books = compare({ours}, {order("S1", "A")});
  CHECK(books.lines.empty());
  CHECK(books.days[0].ours == figures(1100, 100));
  CHECK(only_line(compare({ours}, {})).figures == Sums{-1, 0, {}});
}

TEST_CASE("what an older pusher rounded at each line is no difference") {
  LocalOrder ours = sale("A");
  ours.otherwise = figures(1100, 99);
  SquareOrder theirs = order("S1", "A");
  theirs.sold = figures(1100, 99);
  CHECK(compare({ours}, {theirs}).lines.empty());
  theirs.sold = figures(1100, 98);
  CHECK(only_line(compare({ours}, {theirs})).reason == Reason::unknown);
}

TEST_CASE("amounts of two currencies are never added up") {
  SquareOrder theirs = order("S1", "A");
  theirs.currency = "EUR";
  const auto all = pos::reconcile::compare(three_days(), {sale("A")}, {theirs});
  REQUIRE(all.size() == 2);
  for (const auto& [currency, books] : all) {
    CHECK(books.explained());
    CHECK(only_line(books).reason == Reason::unknown);
    CHECK(books.lines[0].currency == currency);
  }
  CHECK(all.at("EUR").total().difference().gross == 1100);
  CHECK(all.at("TRY").total().difference().gross == -1100);
}

TEST_CASE("lines that do not add up are not called an explanation") {
  Books books = compare({sale("A")}, {});
  books.lines[0].figures.vat["10"] += 1;
  CHECK_FALSE(books.explained());
  books.lines[0].figures.vat["10"] -= 1;
  CHECK(books.explained());
  books.lines[0].day = 1;
  CHECK_FALSE(books.explained());
}

namespace {

/// A history in which everything happens.
struct History {
  std::mt19937_64 random;
  std::vector<LocalOrder> ours;
  std::vector<SquareOrder> theirs;

  explicit History(std::uint64_t seed) : random(seed) {
    const std::int64_t orders = below(12);
    for (std::int64_t i = 0; i < orders; ++i) sell("o" + std::to_string(i));
    const std::int64_t others = below(5);
    for (std::int64_t i = 0; i < others; ++i) stand(one_in(2) ? "x" : "");
    // Audits see groups wherever they like.
    for (SquareOrder& each : theirs) {
      if (!one_in(3)) continue;
      each.group = "g" + std::to_string(below(3));
      each.is_duplicate = one_in(2);
    }
  }

  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  }
  bool one_in(std::int64_t chances) { return below(chances) == 0; }
  std::int64_t moment() { return below(5 * day) - day; }

  Sums draw() {
    Sums drawn{1, below(5000), {}};
    if (one_in(2)) drawn.vat["10"] = drawn.gross / 11 + 1;
    if (one_in(3)) drawn.vat["20"] = drawn.gross / 7 + 1;
    return drawn;
  }

  void sell(const std::string& id) {
    LocalOrder made = sale(id, moment());
    made.known = static_cast<Known>(one_in(4) ? below(3) : 0);
    made.has_figures = !one_in(6);
    made.currency = !made.has_figures ? "" : one_in(8) ? "EUR" : "TRY";
    made.revision = one_in(6) ? 2 : 1;
    made.figures = draw();
    made.otherwise = one_in(4) ? draw() : made.figures;
    const std::int64_t copies = below(4);
    const std::size_t first = theirs.size();
    for (std::int64_t i = 0; i < copies; ++i) {
      SquareOrder& copy = stand(made.revision == 1 ? id : "");
      copy.created_at_ms = made.at_ms + below(day);
      if (made.revision == 2 || one_in(4)) copy.order_key = made.revision == 2 ? id + "#r2" : id;
      if (!one_in(4)) copy.sold = one_in(4) ? made.otherwise : made.figures;
    }
    if (copies > 0 && one_in(2)) made.external_order_id = theirs[first].id;
    if (one_in(9)) made.external_order_id = "gone";
    ours.push_back(made);
  }

  SquareOrder& stand(const std::string& reference) {
    SquareOrder made = order("S" + std::to_string(theirs.size()), reference, moment());
    made.sold = draw();
    made.currency = one_in(9) ? "EUR" : "TRY";
    made.kind = one_in(8) ? "canceled" : one_in(9) ? "draft" : "sale";
    made.paid = !one_in(5);
    made.tip = one_in(3) ? below(300) : 0;
    if (one_in(3)) made.refunded = below(made.sold.gross + made.tip + 1);
    if (one_in(4)) made.refunded = made.sold.gross + made.tip;
    theirs.push_back(made);
    return theirs.back();
  }
};

}  // namespace

TEST_CASE("whatever has happened, the lines of each day add up to its difference") {
  std::size_t lines = 0;
  for (std::uint64_t seed = 1; seed <= effort::of(20'000U); ++seed) {
    const History history(seed);
    Sums square;
    Sums sold;
    for (const auto& [currency, books] :
         pos::reconcile::compare(three_days(), history.ours, history.theirs)) {
      CAPTURE(seed);
      REQUIRE(books.explained());
      square += books.total().square;
      sold += books.total().ours;
      lines += books.lines.size();
      for (const Line& each : books.lines) {
        REQUIRE(each.currency == currency);
        REQUIRE_FALSE(each.figures == Sums{});
      }
    }
    // Nothing of Square's counts twice, and all of ours counts once.
    std::int64_t standing = 0;
    for (const SquareOrder& each : history.theirs) standing += each.standing().orders;
    REQUIRE(square.orders <= standing);
    std::int64_t of_these_days = 0;
    for (const LocalOrder& each : history.ours) {
      if (each.known == Known::sold && three_days().day_of(each.at_ms) >= 0) ++of_these_days;
    }
    REQUIRE(sold.orders == of_these_days);
  }
  CHECK(lines > effort::of(50'000U));
}

TEST_CASE("after every copy but the one that counts is given back, no duplicate is left") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    History history(seed);
    for (int round = 0; round < 2; ++round) {
      for (const auto& [currency, books] :
           pos::reconcile::compare(three_days(), history.ours, history.theirs)) {
        for (const Line& each : books.lines) {
          if (each.reason != Reason::duplicate) continue;
          INFO("seed ", seed);
          REQUIRE(round == 0);
          for (SquareOrder& copy : history.theirs) {
            if (copy.id == each.external_order_id) copy.refunded = copy.sold.gross + copy.tip + 1;
          }
        }
      }
    }
  }
}

namespace {

/// All lines, each with its reason, its order at Square and its detail.
std::string told_by(const Books& books) {
  std::string all;
  for (const Line& each : books.lines) {
    all += std::string(to_string(each.reason)) + " " + each.external_order_id +
           (each.detail.empty() ? "" : ": ") + each.detail + "\n";
  }
  return all;
}

/// Of two copies of A, the first one with what is better of it, the second with all that is less.
std::string copies(void (*better)(LocalOrder&, SquareOrder&, SquareOrder&)) {
  LocalOrder ours = sale("A");
  SquareOrder first = order("S8", "A", 14 * hour);
  SquareOrder second = order("S2", "A", 13 * hour);
  better(ours, first, second);
  const std::string told = told_by(compare({ours}, {first, second}));
  CHECK(told == told_by(compare({ours}, {second, first})));
  return told;
}

}  // namespace

TEST_CASE("which copy stands for a sale is decided by one thing after the other, none skipped") {
  const auto survives = [](SquareOrder& survivor, SquareOrder& duplicate) {
    survivor.group = duplicate.group = "g";
    duplicate.is_duplicate = true;
  };
  static constexpr auto group = survives;
  // One that stands, before a sale that was given back.
  CHECK(copies([](LocalOrder& ours, SquareOrder& first, SquareOrder& second) {
          group(second, first);
          first.refunded = 1;
          second.refunded = 1100;
          ours.external_order_id = second.id;
        }) == "refunded S8: 1 TRY was given back in part\n");
  // Where none stands: a sale, before what is none.
  for (const char* kind : {"canceled", "return", "draft"}) {
    static std::string other;
    other = kind;
    CHECK(copies([](LocalOrder& ours, SquareOrder& first, SquareOrder& second) {
            group(second, first);
            first.refunded = 1100;
            second.kind = other;
            ours.external_order_id = second.id;
          }) == "refunded S8: 1100 TRY was given back\n");
  }
  // The one that was chosen to stay.
  CHECK(copies([](LocalOrder& ours, SquareOrder& first, SquareOrder& second) {
          group(first, second);
          first.refunded = 1;
          ours.external_order_id = second.id;
        }) == "duplicate S2: a copy of S8\nrefunded S8: 1 TRY was given back in part\n");
  // The one that our books name.
  CHECK(copies([](LocalOrder& ours, SquareOrder& first, SquareOrder&) {
          first.refunded = 1;
          ours.external_order_id = first.id;
        }) == "duplicate S2: a copy of S8\nrefunded S8: 1 TRY was given back in part\n");
  // The one of which nothing was given back.
  CHECK(copies([](LocalOrder&, SquareOrder&, SquareOrder& second) { second.refunded = 1; }) ==
        "duplicate S2: a copy of S8\n");
  // The earliest, and of one time the one with the lesser id.
  CHECK(copies([](LocalOrder&, SquareOrder& first, SquareOrder&) {
          first.created_at_ms = 13 * hour - 1;
        }) == "duplicate S2: a copy of S8\n");
  CHECK(copies([](LocalOrder&, SquareOrder& first, SquareOrder&) {
          first.created_at_ms = 13 * hour;
        }) == "duplicate S8: a copy of S2\n");
}

TEST_CASE("lines come by day, then by reason, then by our order, then by Square's") {
  const auto copy_of = [](const char* ours, const char* theirs, std::int64_t at_ms) {
    return order(theirs, ours, at_ms);
  };
  const std::vector<LocalOrder> ours = {sale("B", hour), sale("A", hour), sale("C", day),
                                        sale("D", hour)};
  const std::vector<SquareOrder> theirs = {
      copy_of("B", "S0", 0),     copy_of("B", "S3", 2 * hour), copy_of("B", "S1", 3 * hour),
      copy_of("A", "S4", 0),     copy_of("A", "S5", 2 * hour), copy_of("C", "S6", 0),
      copy_of("C", "S2", 1),     copy_of("C", "T1", day + 2),  order("S7", "", hour),
      order("R1", "", 2 * hour),
  };
  std::string all;
  for (const Line& each : compare(ours, theirs).lines) {
    all += std::to_string(each.day) + " " + to_string(each.reason) + " " + each.order_id + " " +
           each.external_order_id + "\n";
  }
  CHECK(all ==
        "0 duplicate A S5\n0 duplicate B S1\n0 duplicate B S3\n0 duplicate C S2\n"
        "0 missing D \n0 unknown  R1\n0 unknown  S7\n1 duplicate C T1\n");
}

TEST_CASE("books of which one currency does not add up are not called explained") {
  const auto explained = [](bool lira, bool euro) {
    SquareOrder theirs = order("S1", "A");
    theirs.currency = "EUR";
    auto all = pos::reconcile::compare(three_days(), {sale("A")}, {theirs});
    REQUIRE(all.size() == 2);
    if (!lira) all["TRY"].lines[0].figures.gross += 1;
    if (!euro) all["EUR"].lines[0].figures.gross += 1;
    const std::string body = json_of({}, three_days(), all);
    const bool yes = body.find(R"("explained":true})") != std::string::npos;
    CHECK(yes != (body.find(R"("explained":false})") != std::string::npos));
    return yes;
  };
  CHECK(explained(true, true));
  CHECK_FALSE(explained(false, true));
  CHECK_FALSE(explained(true, false));
  CHECK_FALSE(explained(false, false));
}

}  // namespace books_test
