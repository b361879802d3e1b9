#include "audit/group/evidence.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "audit/plan/plan.hpp"
#include "base/json/value.hpp"
#include "base/text.hpp"

namespace pos::audit {
namespace {

using json::Value;

// A table has its next round within the window. Two more orders of other dishes are guests of their
// own.
constexpr std::int64_t others_at_a_table = 2;

// What tills call orders that have no table, in small letters and without blanks and signs.
constexpr std::string_view names_of_no_table =
    "takeaway takeout togo pickup collection curbside drivethru drivethrough delivery counter bar "
    "walkin online phone phoneorder kiosk quicksale quickorder paket paketservis paketservisi "
    "gelal "
    "algötür kurye mitnehmen zummitnehmen außerhaus ausserhaus abholung lieferung theke aemporter "
    "àemporter emporter livraison parallevar llevar domicilio asporto daasporto consegna";

/// How two orders stand to each other in one thing.
enum class Between : std::uint8_t { unknown = 0, agree = 1, differ = 2 };

Between between(std::int64_t one, std::int64_t other) {
  if (one == 0 || other == 0) return Between::unknown;
  return one == other ? Between::agree : Between::differ;
}

Between between(std::string_view one, std::string_view other) {
  if (one.empty() || other.empty()) return Between::unknown;
  return one == other ? Between::agree : Between::differ;
}

/// A card that has paid, as far as Square tells of it.
struct Card {
  std::int64_t fingerprint = 0;
  std::string brand;
  std::string last_4;
};

/// A fingerprint is surer than what is printed on the card.
Between between(const Card& one, const Card& other) {
  const Between printed = between(one.fingerprint, other.fingerprint);
  if (printed != Between::unknown) return printed;
  const Between brand = between(one.brand, other.brand);
  const Between digits = between(one.last_4, other.last_4);
  if (brand == Between::differ || digits == Between::differ) return Between::differ;
  return brand == Between::agree && digits == Between::agree ? Between::agree : Between::unknown;
}

/// What is known of an order, beside what it holds.
struct Traits {
  std::vector<Card> cards;
  std::set<std::string> tenders;  // CARD, CASH, EXTERNAL, …
  std::set<std::int64_t> external_sales;
  std::set<std::int64_t> customers;
};

void add_tender(Traits& traits, std::string_view type, const Card& card, std::int64_t customer) {
  if (!type.empty()) traits.tenders.emplace(type);
  const bool is_known = card.fingerprint != 0 || !card.brand.empty() || !card.last_4.empty();
  if (is_known) traits.cards.push_back(card);
  if (customer != 0) traits.customers.insert(customer);
}

/// The payments say it; where there are none, the tenders that the order itself shows.
Traits traits_of(const Member& member) {
  Traits traits;
  if (member.sale.customer_hash != 0) traits.customers.insert(member.sale.customer_hash);
  bool any = false;
  for (const Tender& each : member.payments) {
    const square::PaymentSnapshot& payment = each.payment;
    // A refused payment moved no money.
    if (payment.status == "FAILED" || payment.status == "CANCELED") continue;
    any = true;
    const bool external = payment.source_type == "EXTERNAL";
    if (external && payment.instrument_hash != 0) {
      traits.external_sales.insert(payment.instrument_hash);
    }
    add_tender(traits, payment.source_type,
               {external ? 0 : payment.instrument_hash, payment.card_brand, payment.card_last_4},
               payment.customer_hash);
  }
  json::Document tenders;
  if (any || !tenders.parse(member.sale.tenders)) return traits;
  for (Value each = tenders.root().first(); each.present(); each = each.next()) {
    add_tender(
        traits, each.at(0).text(),
        {each.at(1).integer(), std::string(each.at(2).text()), std::string(each.at(3).text())},
        each.at(4).integer());
  }
  return traits;
}

/// A card of the one that none of the other can be is another guest's.
bool has_stranger(const std::vector<Card>& of, const std::vector<Card>& among) {
  return std::any_of(of.begin(), of.end(), [&](const Card& card) {
    return std::all_of(among.begin(), among.end(),
                       [&](const Card& each) { return between(card, each) == Between::differ; });
  });
}

Between between(const std::vector<Card>& one, const std::vector<Card>& other) {
  if (one.empty() || other.empty()) return Between::unknown;
  if (has_stranger(one, other) || has_stranger(other, one)) return Between::differ;
  const bool sure = std::all_of(one.begin(), one.end(), [&](const Card& card) {
    return std::any_of(other.begin(), other.end(),
                       [&](const Card& each) { return between(card, each) == Between::agree; });
  });
  return sure ? Between::agree : Between::unknown;
}

Between between(const std::set<std::string>& one, const std::set<std::string>& other) {
  if (one.empty() || other.empty()) return Between::unknown;
  return one == other ? Between::agree : Between::differ;
}

/// Two orders of one customer may show another one beside him, and two that share a sale of another
/// system are one sale there.
Between between_any(const std::set<std::int64_t>& one, const std::set<std::int64_t>& other) {
  if (one.empty() || other.empty()) return Between::unknown;
  const bool shares =
      std::any_of(one.begin(), one.end(), [&](std::int64_t each) { return other.count(each) > 0; });
  return shares ? Between::agree : Between::differ;
}

/// Compares each with each. What all agree in speaks for them, what two differ in against.
class Weighing {
 public:
  explicit Weighing(GroupEvidence& evidence) : evidence_(evidence) {}

  template <typename Compare>
  void weigh(const char* word, std::size_t count, Compare compare) {
    bool all_agree = true;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = i + 1; k < count; ++k) {
        const Between found = compare(i, k);
        if (found == Between::differ) {
          evidence_.speaks_against.emplace_back(word);
          return;
        }
        if (found == Between::unknown) all_agree = false;
      }
    }
    if (all_agree) evidence_.speaks_for.emplace_back(word);
  }

 private:
  GroupEvidence& evidence_;
};

/// In small letters, without what stands between words: "Take-Away!" is "takeaway". Digits stay,
/// for "Bar 3" may be a seat.
std::string folded_name(std::string_view name) {
  // A space that breaks no line, and dashes of Unicode.
  constexpr std::string_view signs[] = {"\xC2\xA0", "\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x93",
                                        "\xE2\x80\x94"};
  std::string out;
  while (!name.empty()) {
    const auto sign = std::find_if(std::begin(signs), std::end(signs), [&](std::string_view each) {
      return name.substr(0, each.size()) == each;
    });
    if (sign != std::end(signs)) {
      name.remove_prefix(sign->size());
      continue;
    }
    const char c = name.front();
    name.remove_prefix(1);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
    if (!letter && !is_digit(c) && !beyond_ascii) continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

}  // namespace

bool GroupEvidence::is_against(std::string_view word) const {
  return has_text(speaks_against, word);
}

bool GroupEvidence::contradicts(Bond bond) const {
  const bool guests = is_against("card") || is_against("tender") || is_against("customer");
  switch (bond) {
    case Bond::metadata:
      return false;
    case Bond::reference:
      return guests;
    case Bond::look:
      return guests || is_against("source") || is_against("external_sale") ||
             is_against("shared_table");
  }
  return true;
}

bool is_shared_table(const Member& member) {
  const std::string name = folded_name(member.sale.table_id);
  return !name.empty() &&
         (member.table_others >= others_at_a_table || has_word(names_of_no_table, name));
}

GroupEvidence evidence_of(const std::vector<Member>& members, std::int64_t window_ms) {
  std::vector<Traits> traits;
  traits.reserve(members.size());
  for (const Member& each : members) traits.push_back(traits_of(each));
  const auto sale = [&](std::size_t i) -> const square::OrderSnapshot& { return members[i].sale; };
  const bool shared = std::any_of(members.begin(), members.end(), is_shared_table);
  GroupEvidence out;
  Weighing each(out);
  const std::size_t count = members.size();
  each.weigh("metadata", count, [&](std::size_t a, std::size_t b) {
    return between(metadata_of(sale(a)), metadata_of(sale(b)));
  });
  each.weigh("reference_id", count, [&](std::size_t a, std::size_t b) {
    return between(sale(a).reference_id, sale(b).reference_id);
  });
  each.weigh("content", count, [&](std::size_t a, std::size_t b) {
    return between(sale(a).content, sale(b).content);
  });
  if (shared) {
    out.speaks_against.emplace_back("shared_table");
  } else {
    each.weigh("table", count, [&](std::size_t a, std::size_t b) {
      return between(sale(a).table_id, sale(b).table_id);
    });
  }
  each.weigh("time", count, [&](std::size_t a, std::size_t b) {
    if (b != a + 1) return Between::agree;
    const bool near = sale(b).created_at_ms - sale(a).created_at_ms <= window_ms;
    return near ? Between::agree : Between::differ;
  });
  each.weigh("card", count, [&](std::size_t a, std::size_t b) {
    return between(traits[a].cards, traits[b].cards);
  });
  each.weigh("tender", count, [&](std::size_t a, std::size_t b) {
    return between(traits[a].tenders, traits[b].tenders);
  });
  each.weigh("external_sale", count, [&](std::size_t a, std::size_t b) {
    return between_any(traits[a].external_sales, traits[b].external_sales);
  });
  each.weigh("customer", count, [&](std::size_t a, std::size_t b) {
    return between_any(traits[a].customers, traits[b].customers);
  });
  each.weigh("source", count, [&](std::size_t a, std::size_t b) {
    return between(sale(a).source_hash, sale(b).source_hash);
  });
  return out;
}

}  // namespace pos::audit
