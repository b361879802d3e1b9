// Which orders are taken for one sale, and which never are.
#include "audit/group/grouping.hpp"
#include "harness/duration.hpp"
#include "harness/test_scale.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

namespace grouping_test {

using pos::audit::Candidate;
using pos::audit::Confidence;
using pos::audit::Grouping;
using pos::audit::Key;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
constexpr std::int64_t window = 35 * minute;
constexpr std::int64_t noon = 1'760'000'000'000;

/// An order that has nothing but a content and a time.
struct Made {
  Key key;

  Made at(std::int64_t ms) const { return with(&Key::created_at_ms, noon + ms); }
  Made reference(std::int64_t name) const { return with(&Key::reference_hash, name); }
  Made metadata(std::int64_t name) const { return with(&Key::metadata_hash, name); }
  Made content(std::int64_t name) const { return with(&Key::content_hash, name); }
  Made table(std::int64_t name) const { return with(&Key::table_hash, name); }
  Made pos_sync(std::int64_t name) const {
    Made made = metadata(name);
    made.key.has_pos_sync = true;
    return made;
  }

 private:
  Made with(std::int64_t Key::*field, std::int64_t value) const {
    Made made = *this;
    made.key.*field = value;
    return made;
  }
};

const Made order = Made{{0, noon, 0, 0, false, 1, 0}};

/// Groups them; rows are their positions by time.
std::vector<Candidate> grouped(std::vector<Made> orders) {
  std::stable_sort(orders.begin(), orders.end(), [](const Made& a, const Made& b) {
    return a.key.created_at_ms < b.key.created_at_ms;
  });
  Grouping grouping(window);
  std::int64_t row = 0;
  for (Made each : orders) {
    each.key.row = row++;
    grouping.add(each.key);
  }
  return grouping.finish();
}

std::vector<Candidate> certain(std::vector<std::int64_t> rows) {
  return {{Confidence::certain, std::move(rows)}};
}
std::vector<Candidate> probable(std::vector<std::int64_t> rows) {
  return {{Confidence::probable, std::move(rows)}};
}
std::vector<Candidate> possible(std::vector<std::int64_t> rows) {
  return {{Confidence::possible, std::move(rows)}};
}
const std::vector<Candidate> none;

}  // namespace

TEST_CASE("the same reference_id on the same content is certain for as long as a retry may come") {
  CHECK(grouped({order.reference(7), order.reference(7).at(12 * hour)}) == certain({0, 1}));
  CHECK(grouped({order.reference(7), order.reference(7).at(12 * hour + 1)}) == possible({0, 1}));
  CHECK(grouped({order.reference(7).table(1), order.reference(7).table(2).at(minute)}) ==
        certain({0, 1}));
}

TEST_CASE("a ticket number that comes again with the same dish each day is refunded to nobody") {
  std::vector<Made> kiosk;
  for (int i = 0; i < 30; ++i) {
    for (int ticket = 1; ticket <= 3; ++ticket) {
      kiosk.push_back(order.reference(ticket).at(i * day + ticket * hour));
    }
  }
  CHECK(grouped(kiosk) == none);
  // A month later, by chance, at another table.
  CHECK(grouped({order.reference(7).table(1), order.reference(7).table(2).at(30 * day)}) ==
        possible({0, 1}));
}

TEST_CASE("the same metadata is certain, whatever the reference_ids") {
  CHECK(grouped({order.metadata(3).reference(7), order.metadata(3).reference(8).at(12 * hour)}) ==
        certain({0, 1}));
  CHECK(grouped({order.pos_sync(3), order.metadata(3).at(day)}) == certain({0, 1}));
}

TEST_CASE("an order id of another pusher that comes again the next day is not refunded") {
  CHECK(grouped({order.metadata(3), order.metadata(3).at(12 * hour + 1)}) == possible({0, 1}));
  CHECK(grouped({order.metadata(3).reference(7), order.metadata(3).reference(7).at(90 * day)}) ==
        possible({0, 1}));
  // Two of a day, and the same number with the same dish a day later.
  CHECK(grouped({order.metadata(3), order.metadata(3).at(hour), order.metadata(3).at(25 * hour)}) ==
        possible({0, 1, 2}));
  CHECK(grouped({order.metadata(3), order.metadata(3).at(25 * hour),
                 order.metadata(3).at(26 * hour)}) == possible({0, 1, 2}));
}

TEST_CASE("an order id that comes again takes no copy from the one that its reference_id names") {
  CHECK(grouped({order.metadata(3).reference(8), order.metadata(3).reference(7).at(25 * hour),
                 order.reference(7).at(26 * hour)}) == certain({1, 2}));
}

TEST_CASE("an id of our queue is one order, however late its copy came") {
  CHECK(grouped({order.metadata(3), order.metadata(3).at(day), order.pos_sync(3).at(2 * day)}) ==
        certain({0, 1, 2}));
  CHECK(grouped({order.pos_sync(3), order.metadata(3).at(day), order.metadata(3).at(2 * day)}) ==
        certain({0, 1, 2}));
}

TEST_CASE("our own key on other content is still the same order") {
  CHECK(grouped({order.pos_sync(3), order.pos_sync(3).content(2).at(day)}) == certain({0, 1}));
}

TEST_CASE("an order number of the restaurant's on other content is only possible") {
  CHECK(grouped({order.metadata(3), order.metadata(3).content(2).at(day)}) == possible({0, 1}));
  CHECK(grouped({order.pos_sync(3), order.metadata(3).content(2).at(day)}) == possible({0, 1}));
}

TEST_CASE("a second revision is a sale of its own, whatever its reference_id") {
  CHECK(grouped({order.pos_sync(3).reference(7), order.pos_sync(4).reference(7).at(day)}) == none);
  CHECK(grouped({order.pos_sync(3).reference(7),
                 order.pos_sync(4).reference(7).content(2).at(minute)}) == none);
}

TEST_CASE("a copy of the first revision is found beside the second one") {
  CHECK(grouped({order.pos_sync(3).reference(7), order.reference(7).at(minute),
                 order.pos_sync(4).reference(7).content(2).at(hour)}) == certain({0, 1}));
}

TEST_CASE("of which of two revisions an order without metadata is a copy is for a human to say") {
  CHECK(grouped({order.pos_sync(3).reference(7), order.reference(7).at(hour),
                 order.pos_sync(4).reference(7).at(2 * hour)}) == possible({0, 1, 2}));
}

TEST_CASE("two revisions that were doubled each are two groups") {
  const Made first = order.pos_sync(3).reference(7);
  const Made second = order.pos_sync(4).reference(7);
  CHECK(grouped({first, second.at(hour), first.at(2 * hour), second.at(3 * hour)}) ==
        std::vector<Candidate>{{Confidence::certain, {0, 2}}, {Confidence::certain, {1, 3}}});
}

TEST_CASE("a reference_id on other content is only possible") {
  CHECK(grouped({order.reference(7), order.reference(7).content(2).at(day)}) == possible({0, 1}));
}

TEST_CASE("a reference_id that begins anew identifies nothing") {
  const Made ticket = order.reference(12);
  // On the third day somebody orders what the first one had.
  CHECK(grouped({ticket, ticket.content(2).at(day), ticket.at(2 * day),
                 ticket.content(3).at(3 * day), ticket.content(4).at(4 * day)}) == none);
  // What looks the same and is near is what it is without any reference.
  CHECK(grouped({ticket.table(1), ticket.table(1).at(minute), ticket.content(2).at(day)})
            .front()
            .confidence == Confidence::probable);
  CHECK(grouped({ticket, ticket.at(minute), ticket.content(2).at(day)}) == possible({0, 1, 2}));
}

TEST_CASE(
    "at a place where numbers begin anew, none is believed that was seen on one content only") {
  std::vector<Made> orders;
  for (std::int64_t ticket = 1; ticket <= 10; ++ticket) {
    orders.push_back(order.reference(ticket).content(ticket + 1).at(ticket * hour));
    orders.push_back(order.reference(ticket).content(ticket + 100).at(ticket * hour + 2 * day));
  }
  const Made lucky = order.reference(50).content(99);
  orders.push_back(lucky.at(11 * hour));
  orders.push_back(lucky.at(14 * hour));
  CHECK(grouped(orders) == none);
  // With one ticket fewer it might be a place where ten orders were changed.
  orders.erase(orders.begin(), orders.begin() + 2);
  const std::vector<Candidate> found = grouped(orders);
  CHECK(found.size() == 10);
  CHECK(found.back().confidence == Confidence::certain);
}

TEST_CASE("where most references repeat one content, those that do not are changed orders") {
  std::vector<Made> orders;
  for (std::int64_t name = 1; name <= 10; ++name) {
    orders.push_back(order.reference(name).content(name + 1).at(name * hour));
    orders.push_back(order.reference(name).content(name + 100).at(name * hour + 2 * day));
    orders.push_back(order.reference(name + 50).content(name + 200).at(name * hour + 1));
    orders.push_back(order.reference(name + 50).content(name + 200).at((name + 4) * hour));
  }
  const std::vector<Candidate> found = grouped(orders);
  CHECK(found.size() == 20);
  CHECK(std::count_if(found.begin(), found.end(), [](const Candidate& each) {
          return each.confidence == Confidence::certain;
        }) == 10);
}

TEST_CASE("the same content at the same table within the window is probable") {
  CHECK(grouped({order.table(1), order.table(1).at(45'000)}) == probable({0, 1}));
  CHECK(grouped({order.table(1).reference(7), order.table(1).at(45'000)}) == probable({0, 1}));
  CHECK(grouped({order.table(1).reference(7), order.table(1).pos_sync(3).at(45'000)}) ==
        probable({0, 1}));
}

TEST_CASE("the window is inclusive to the millisecond") {
  CHECK(grouped({order.table(1), order.table(1).at(window)}) == probable({0, 1}));
  CHECK(grouped({order.table(1), order.table(1).at(window + 1)}) == none);
  CHECK(grouped({order, order.at(window)}) == possible({0, 1}));
  CHECK(grouped({order, order.at(window + 1)}) == none);
}

TEST_CASE("two guests who order the same at the same table an hour apart are two sales") {
  CHECK(grouped({order.table(1), order.table(1).at(hour)}) == none);
}

TEST_CASE(
    "each copy is within the window of the one before, as a cron of thirty minutes makes them") {
  CHECK(grouped({order.table(1), order.table(1).at(30 * minute), order.table(1).at(60 * minute)}) ==
        probable({0, 1, 2}));
}

TEST_CASE("three copies are one group") {
  CHECK(grouped({order.reference(7), order.reference(7).at(40'000),
                 order.reference(7).at(80'000)}) == certain({0, 1, 2}));
}

TEST_CASE("two rounds with references of their own are only possible") {
  CHECK(grouped({order.table(1).reference(7), order.table(1).reference(8).at(10 * minute)}) ==
        possible({0, 1}));
  CHECK(grouped({order.table(1).pos_sync(7), order.table(1).pos_sync(8).at(10 * minute)}) ==
        possible({0, 1}));
}

TEST_CASE("an order without a name between two that have different ones makes them no duplicates") {
  CHECK(grouped({order.table(1).reference(7), order.table(1).at(minute),
                 order.table(1).reference(8).at(2 * minute)}) == possible({0, 1, 2}));
}

TEST_CASE("what is certain stays so beside an order that fits two") {
  const Made one = order.table(1).reference(7);
  const Made other = order.table(1).reference(8);
  CHECK(grouped({one, one.at(minute), order.table(1).at(2 * minute), other.at(3 * minute),
                 other.at(4 * minute)}) ==
        std::vector<Candidate>{{Confidence::certain, {0, 1}}, {Confidence::certain, {3, 4}}});
}

TEST_CASE("copies that were sent with a new reference each time do not contradict themselves") {
  CHECK(grouped({order.table(1).metadata(3).reference(7),
                 order.table(1).metadata(3).reference(8).at(minute),
                 order.table(1).reference(7).content(2).at(day)})
            .front() == Candidate{Confidence::certain, {0, 1}});
  CHECK(grouped({order.table(1).metadata(3).reference(7),
                 order.table(1).metadata(3).reference(8).at(minute),
                 order.table(1).at(2 * minute)}) == probable({0, 1, 2}));
}

TEST_CASE("a certain group that something joins by its look is only probable") {
  CHECK(grouped({order.table(1).reference(7), order.table(1).reference(7).at(minute),
                 order.table(1).at(2 * minute)}) == probable({0, 1, 2}));
}

TEST_CASE("a look that more than ten orders share is a bestseller at the bar, not a duplicate") {
  std::vector<Made> orders;
  for (std::int64_t i = 0; i < 10; ++i) orders.push_back(order.table(1).at(i * minute));
  CHECK(grouped(orders).front().confidence == Confidence::probable);
  orders.push_back(order.table(1).at(10 * minute));
  CHECK(grouped(orders).front().confidence == Confidence::possible);
  // A name that all of them have is another thing.
  for (Made& each : orders) each = each.reference(7);
  CHECK(grouped(orders).front().confidence == Confidence::certain);
}

TEST_CASE("without a table the same content within the window is only possible") {
  CHECK(grouped({order, order.at(minute)}) == possible({0, 1}));
  CHECK(grouped({order.reference(7), order.reference(8).at(minute)}) == possible({0, 1}));
  CHECK(grouped({order.table(1), order.at(minute)}) == possible({0, 1}));
  CHECK(grouped({order.table(1), order.table(2).at(minute)}) == possible({0, 1}));
  CHECK(grouped({order.table(1), order.table(2).reference(7).at(minute)}) == possible({0, 1}));
}

TEST_CASE("two that differ in table and reference are two") {
  CHECK(grouped({order.table(1).reference(7), order.table(2).reference(8).at(minute)}) == none);
}

TEST_CASE("what may be a copy of two makes one possible group with both") {
  CHECK(grouped({order.table(1).reference(7), order.table(2).reference(8).at(minute),
                 order.at(2 * minute)}) == possible({0, 1, 2}));
  CHECK(grouped({order, order.table(1).reference(7).at(minute),
                 order.table(2).reference(8).at(2 * minute)}) == possible({0, 1, 2}));
}

TEST_CASE("an order is in one group: what is only possible waits until the surer one is repaired") {
  CHECK(grouped({order.table(1), order.table(1).at(minute), order.at(2 * minute)}) ==
        probable({0, 1}));
}

TEST_CASE("other content is another order") {
  CHECK(grouped({order.table(1), order.table(1).content(2).at(minute)}) == none);
}

TEST_CASE("no orders make no groups, and rows may have more than 32 bits") {
  CHECK(grouped({}) == none);
  Grouping grouping(window);
  Key key = order.reference(7).key;
  key.row = (std::int64_t{1} << 43) + 5;
  grouping.add(key);
  key.row = (std::int64_t{1} << 43) + 9;
  grouping.add(key);
  CHECK(grouping.finish() == certain({(std::int64_t{1} << 43) + 5, (std::int64_t{1} << 43) + 9}));
}

TEST_CASE("pages of rows are taken as D1 answers them") {
  pos::json::Document page;
  REQUIRE(
      page.parse("[[1,1760000000000,4503599627370495,0,0,9,5],"
                 "[4,1760000060000,4503599627370495,0,0,9,6]]"));
  pos::json::Document next;
  REQUIRE(next.parse("[[9,1760000070000,0,17,1,8,0],[11,1760000080000,0,17,1,7,0]]"));
  Grouping grouping(window);
  grouping.add_rows(page.root());
  grouping.add_rows(next.root());
  CHECK(grouping.size() == 4);
  CHECK(grouping.finish() ==
        std::vector<Candidate>{{Confidence::certain, {1, 4}}, {Confidence::certain, {9, 11}}});
}

// ---------------------------------------------------------------- the same rules, slow and plain

namespace {

/// Every rule as it is written down, each pair looked at, nothing kept.
class Plain {
 public:
  explicit Plain(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::vector<Candidate> groups() {
    const Links links = certain_links();
    const DisjointSets sure = closure(links);
    const DisjointSets alike = closure(links, look_links());
    std::vector<Candidate> found;
    std::vector<bool> taken(keys_.size());
    for (const Set& set : alike) {
      if (is_contrary(set, sure)) {
        for (const Set& part : parts_of(set, sure)) note(part, Confidence::certain, taken, found);
      } else {
        const bool by_look = parts_of(set, sure).size() > 1;
        note(set, by_look ? Confidence::probable : Confidence::certain, taken, found);
      }
    }
    for (const Set& set : closure(possible_links(taken))) {
      note(set, Confidence::possible, taken, found);
    }
    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return a.rows.front() < b.rows.front();
    });
    return found;
  }

 private:
  using Position = std::size_t;
  using Set = std::set<Position>;
  using DisjointSets = std::vector<Set>;
  using Links = std::vector<std::pair<Position, Position>>;

  template <typename Linked>
  Links pairs(Linked linked) const {
    Links links;
    for (Position i = 0; i < keys_.size(); ++i) {
      for (Position j = i + 1; j < keys_.size(); ++j) {
        if (linked(i, j)) links.emplace_back(i, j);
      }
    }
    return links;
  }

  DisjointSets closure(const Links& links, const Links& more = {}) const {
    std::vector<Position> label(keys_.size());
    for (Position i = 0; i < label.size(); ++i) label[i] = i;
    for (const Links* list : {&links, &more}) {
      for (const auto& [a, b] : *list) {
        const Position from = label[a];
        const Position to = label[b];
        std::replace(label.begin(), label.end(), from, to);
      }
    }
    std::vector<Set> by_label(keys_.size());
    for (Position i = 0; i < label.size(); ++i) by_label[label[i]].insert(i);
    DisjointSets sets;
    for (const Set& each : by_label) {
      if (!each.empty()) sets.push_back(each);
    }
    return sets;
  }

  void note(const Set& set, Confidence confidence, std::vector<bool>& taken,
            std::vector<Candidate>& found) const {
    if (set.size() < 2) return;
    found.push_back({confidence, {}});
    for (const Position i : set) {
      taken[i] = true;
      found.back().rows.push_back(keys_[i].row);
    }
  }

  bool parts(Position a, Position b) const {
    const std::int64_t one = keys_[a].metadata_hash;
    const std::int64_t other = keys_[b].metadata_hash;
    return one != 0 && other != 0 && one != other;
  }
  bool same(Position a, Position b, std::int64_t Key::*field) const {
    return keys_[a].*field != 0 && keys_[a].*field == keys_[b].*field;
  }
  bool differ(Position a, Position b, std::int64_t Key::*field) const {
    return keys_[a].*field != 0 && keys_[b].*field != 0 && keys_[a].*field != keys_[b].*field;
  }
  bool near(Position a, Position b) const {
    return std::abs(keys_[a].created_at_ms - keys_[b].created_at_ms) <= window;
  }
  bool same_content(Position a, Position b) const { return same(a, b, &Key::content_hash); }

  /// All that have a reference, in their order.
  std::vector<Position> of_reference(std::int64_t reference) const {
    std::vector<Position> found;
    for (Position i = 0; i < keys_.size(); ++i) {
      if (keys_[i].reference_hash == reference) found.push_back(i);
    }
    return found;
  }
  bool on_several(std::int64_t reference) const {
    const std::vector<Position> all = of_reference(reference);
    return std::any_of(all.begin(), all.end(), [&](Position i) {
      return !same_content(all.front(), i) && !parts(all.front(), i);
    });
  }
  bool recycles() const {
    std::set<std::int64_t> references;
    for (const Key& each : keys_) references.insert(each.reference_hash);
    references.erase(0);
    int several = 0;
    int one = 0;
    for (const std::int64_t each : references) {
      if (of_reference(each).size() > 1) ++(on_several(each) ? several : one);
    }
    return several >= 10 && several > one;
  }

  Links certain_links() const {
    const bool believes = !recycles();
    return pairs([&](Position i, Position j) {
      const bool ours = keys_[i].has_pos_sync && keys_[j].has_pos_sync;
      if (same(i, j, &Key::metadata_hash) && ours) return true;
      if (same(i, j, &Key::metadata_hash) && same_content(i, j) && !comes_again(i)) return true;
      return believes && same(i, j, &Key::reference_hash) && same_content(i, j) &&
             !on_several(keys_[i].reference_hash) && !is_torn(i);
    });
  }
  bool comes_again(Position of) const {
    std::vector<Position> bucket;
    for (Position i = 0; i < keys_.size(); ++i) {
      if (same(i, of, &Key::metadata_hash) && same_content(i, of)) bucket.push_back(i);
    }
    const bool of_ours = std::any_of(bucket.begin(), bucket.end(),
                                     [&](Position i) { return keys_[i].has_pos_sync; });
    return !of_ours && is_late(bucket);
  }
  bool is_late(const std::vector<Position>& bucket) const {
    for (std::size_t i = 1; i < bucket.size(); ++i) {
      const Key& before = keys_[bucket[i - 1]];
      if (keys_[bucket[i]].created_at_ms - before.created_at_ms > 12 * hour) return true;
    }
    return false;
  }
  bool is_torn(Position of) const {
    std::vector<Position> bucket = of_reference(keys_[of].reference_hash);
    for (const Position a : bucket) {
      for (const Position b : bucket) {
        if (same_content(a, of) && same_content(b, of) && parts(a, b)) return true;
      }
    }
    bucket.erase(std::remove_if(bucket.begin(), bucket.end(),
                                [&](Position i) { return !same_content(i, of); }),
                 bucket.end());
    return is_late(bucket);
  }
  Links look_links() const {
    return pairs([&](Position i, Position j) {
      return same_content(i, j) && same(i, j, &Key::table_hash) && near(i, j);
    });
  }

  static DisjointSets parts_of(const Set& set, const DisjointSets& sure) {
    DisjointSets found;
    for (const Set& each : sure) {
      if (set.count(*each.begin()) > 0) found.push_back(each);
    }
    return found;
  }
  bool is_contrary(const Set& set, const DisjointSets& sure) const {
    if (set.size() > 10) return true;
    for (const Position a : set) {
      for (const Position b : set) {
        if (parts(a, b)) return true;
      }
    }
    std::set<std::int64_t> references;
    for (const Set& part : parts_of(set, sure)) {
      const auto named = std::find_if(part.begin(), part.end(),
                                      [&](Position i) { return keys_[i].reference_hash != 0; });
      if (named != part.end()) references.insert(keys_[*named].reference_hash);
    }
    return references.size() > 1;
  }

  Links possible_links(const std::vector<bool>& taken) const {
    const bool recycled = recycles();
    return pairs([&](Position i, Position j) {
      if (taken[i] || taken[j]) return false;
      const bool two = differ(i, j, &Key::table_hash) && differ(i, j, &Key::reference_hash);
      if (same_content(i, j) && near(i, j) && !two) return true;
      if (same(i, j, &Key::metadata_hash)) return true;
      if (!same(i, j, &Key::reference_hash) || parts(i, j)) return false;
      for (Position k = i + 1; k < j; ++k) {
        if (!taken[k] && same(i, k, &Key::reference_hash)) return false;  // not the one before
      }
      const bool few = of_reference(keys_[i].reference_hash).size() <= 4;
      return near(i, j) || (few && !recycled);
    });
  }

  std::vector<Key> keys_;
};

std::vector<Key> history(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned end) { return static_cast<std::int64_t>(random() % end); };
  const unsigned contents = 1 + random() % 6;
  const unsigned references = 2 + random() % 14;
  const unsigned names = 2 + random() % 8;
  const bool dense = random() % 2 == 0;
  std::vector<Key> keys(random() % 60);
  std::int64_t at = noon;
  std::int64_t row = 0;
  for (Key& key : keys) {
    at += below(4) == 0 ? window + below(3) - 1 : below(dense ? 20 : 90) * minute;
    if (below(16) == 0) at += 12 * hour - 30 * minute;
    key.row = row += 1 + below(3);
    key.created_at_ms = at;
    key.reference_hash = below(2) * below(references);
    key.metadata_hash = below(4) == 0 ? below(names) : 0;
    key.has_pos_sync = key.metadata_hash != 0 && below(2) == 0;
    key.content_hash = 1 + below(contents);
    key.table_hash = below(4);
  }
  return keys;
}

}  // namespace

TEST_CASE("small histories are grouped as the rules say, pair by pair") {
  std::size_t found[3] = {};
  for (unsigned seed = 0; seed < effort::of(4000U); ++seed) {
    const std::vector<Key> keys = history(seed);
    Grouping grouping(window);
    for (const Key& each : keys) grouping.add(each);
    const std::vector<Candidate> groups = grouping.finish();
    for (const Candidate& each : groups) ++found[static_cast<std::size_t>(each.confidence)];
    CAPTURE(seed);
    REQUIRE(groups == Plain(keys).groups());
  }
  for (const std::size_t each : found) CHECK(each > effort::of(1000U));
}

TEST_CASE("the same dish at a table again hours later is no copy, whichever dish it is") {
  // What one pass has noted of a dish is nothing to the next one: it would be found by a few.
  for (std::int64_t dish = 1; dish <= 500; ++dish) {
    CAPTURE(dish);
    const Made one = order.content(dish).table(1 + dish % 7);
    const std::vector<Candidate> found =
        grouped({one, one.at(minute), one.at(5 * hour), one.at(5 * hour + minute)});
    REQUIRE(found.size() == 2);
    for (const Candidate& each : found) CHECK(each.rows.size() == 2);
  }
}

}  // namespace grouping_test
