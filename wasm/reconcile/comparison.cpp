#include "reconcile/comparison.hpp"

#include <algorithm>
#include <utility>

#include "base/decimal.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"
#include "identity/keys.hpp"

namespace pos::reconcile {
namespace {

constexpr std::ptrdiff_t none = -1;

void add(square::Vat& vat, std::string_view rate, std::int64_t amount) {
  if (amount == 0) return;
  const auto place = vat.try_emplace(std::string(rate), 0).first;
  place->second += amount;
  if (place->second == 0) vat.erase(place);
}

std::string money(std::int64_t amount, const std::string& currency) {
  return concat(amount, " ", currency);
}

/// Puts every order of either side in its place, and writes a line for each difference.
class Comparison {
 public:
  Comparison(const Period& period, const std::vector<LocalOrder>& ours,
             const std::vector<SquareOrder>& theirs)
      : period_(period), ours_(ours), theirs_(theirs), match_(matches(ours, theirs)) {}

  ComparisonByCurrency make() {
    gather();
    for (std::size_t i = 0; i < ours_.size(); ++i) choose(i);
    for (auto& [name, members] : groups_) keep_one_of(members);
    for (std::size_t i = 0; i < ours_.size(); ++i) book_ours(i);
    for (std::size_t i = 0; i < theirs_.size(); ++i) {
      if (!is_chosen_[i]) book_theirs(i);
    }
    for (auto& [currency, books] : all_) sort(books);
    return std::move(all_);
  }

 private:
  using Places = std::vector<std::size_t>;

  void gather() {
    copies_.resize(ours_.size());
    chosen_.assign(ours_.size(), none);
    is_chosen_.assign(theirs_.size(), false);
    is_copy_.assign(theirs_.size(), false);
    is_unsold_.assign(theirs_.size(), false);
    standing_.reserve(theirs_.size());
    for (std::size_t i = 0; i < theirs_.size(); ++i) {
      const SquareOrder& each = theirs_[i];
      standing_.push_back(each.standing());
      if (match_[i] != none) copies_[static_cast<std::size_t>(match_[i])].push_back(i);
      if (!each.group.empty()) groups_[each.group].push_back(i);
    }
  }

  [[nodiscard]] bool stands(std::size_t i) const { return standing_[i].orders > 0; }

  /// Of two copies, whether the first is rather the one that stays: the one that stands, that was
  /// chosen to, that our books name, of which nothing was given back, that came first.
  [[nodiscard]] bool rather(const LocalOrder* ours, std::size_t a, std::size_t b) const {
    const auto rank = [&](std::size_t i) {
      const SquareOrder& each = theirs_[i];
      const bool survivor = !each.group.empty() && !each.is_duplicate;
      const bool named = ours != nullptr && each.id == ours->external_order_id;
      return (stands(i) ? 0 : 16) + (each.kind == "sale" ? 0 : 8) + (survivor ? 0 : 4) +
             (named ? 0 : 2) + (each.refunded == 0 ? 0 : 1);
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (theirs_[a].created_at_ms != theirs_[b].created_at_ms) {
      return theirs_[a].created_at_ms < theirs_[b].created_at_ms;
    }
    return theirs_[a].id < theirs_[b].id;
  }

  [[nodiscard]] std::ptrdiff_t best_of(const LocalOrder* ours, const Places& copies) const {
    std::ptrdiff_t best = none;
    for (const std::size_t each : copies) {
      if (best == none || rather(ours, each, static_cast<std::size_t>(best))) {
        best = static_cast<std::ptrdiff_t>(each);
      }
    }
    return best;
  }

  /// Decides which order of Square's stands for one of ours.
  void choose(std::size_t i) {
    const LocalOrder& ours = ours_[i];
    Places copies = copies_[i];
    std::ptrdiff_t best = best_of(&ours, copies);
    if (best != none && !stands(static_cast<std::size_t>(best))) {
      // None of its own stands; but an audit may know another that was kept in its stead.
      for (const std::size_t copy : copies_[i]) {
        if (theirs_[copy].group.empty()) continue;
        for (const std::size_t other : groups_[theirs_[copy].group]) {
          if (match_[other] == none && !is_chosen_[other]) copies.push_back(other);
        }
      }
      best = best_of(&ours, copies);
    }
    if (best == none) return;
    chosen_[i] = best;
    is_chosen_[static_cast<std::size_t>(best)] = true;
  }

  /// Of a group that an audit found, one is no duplicate: one that is ours, else the one that was
  /// to stay, if they still stand.
  void keep_one_of(const Places& members) {
    const auto is_ours = [&](std::size_t i) { return is_chosen_[i] && stands(i); };
    const bool has_ours = std::any_of(members.begin(), members.end(), is_ours);
    const std::ptrdiff_t best = has_ours ? none : best_of(nullptr, members);
    for (const std::size_t each : members) {
      const bool stays = static_cast<std::ptrdiff_t>(each) == best || is_chosen_[each];
      if (!stays) is_copy_[each] = true;
    }
  }

  void book_ours(std::size_t i) {
    const LocalOrder& ours = ours_[i];
    if (ours.known != Known::sold) return unchoose_unsold(i);
    const std::ptrdiff_t day = period_.day_of(ours.at_ms);
    if (day == none) return;
    const SquareOrder* theirs =
        chosen_[i] == none ? nullptr : &theirs_[static_cast<std::size_t>(chosen_[i])];
    const Sums figures = figures_of(ours, theirs);
    const std::string& currency = currency_of(ours, theirs);
    at(currency, day).ours += figures;
    if (theirs == nullptr) {
      return line(day, currency, Reason::missing, &ours, nullptr, Sums{} - figures,
                  "nothing of it stands at Square");
    }
    if (currency != theirs->currency) return book_other_currency(i, day, currency, figures);
    const Sums& standing = standing_[static_cast<std::size_t>(chosen_[i])];
    at(currency, day).square += standing;
    explain(ours, *theirs, day, figures, standing);
  }

  /// What our ledger says; where it is unreadable, what exists at Square.
  static Sums figures_of(const LocalOrder& ours, const SquareOrder* theirs) {
    if (!ours.has_figures) {
      Sums one = theirs == nullptr ? Sums{} : theirs->sold;
      one.orders = 1;
      return one;
    }
    return theirs != nullptr && theirs->sold == ours.otherwise ? ours.otherwise : ours.figures;
  }

  [[nodiscard]] const std::string& currency_of(const LocalOrder& ours,
                                               const SquareOrder* theirs) const {
    if (!ours.currency.empty()) return ours.currency;
    return theirs == nullptr ? period_.currency : theirs->currency;
  }

  void explain(const LocalOrder& ours, const SquareOrder& theirs, std::ptrdiff_t day,
               const Sums& figures, const Sums& standing) {
    const std::string& currency = theirs.currency;
    if (standing.orders == 0) {
      const Sums all = Sums{} - figures;
      if (theirs.kind != "sale") {
        return line(
            day, currency, Reason::missing, &ours, &theirs, all,
            theirs.kind == "canceled" ? "it was canceled at Square" : "it is no sale at Square");
      }
      if (!theirs.paid) {
        return line(day, currency, Reason::open, &ours, &theirs, all,
                    ours.pays ? "its payment was asked for, and is not there" : "nobody paid it");
      }
      return line(day, currency, Reason::refunded, &ours, &theirs, all,
                  concat(money(theirs.refunded, currency), " was given back"));
    }
    if (theirs.sold != figures) {
      line(day, currency, Reason::unknown, &ours, &theirs, theirs.sold - figures,
           concat("the sums differ: ours ", money(figures.gross, currency), " with VAT ",
                  figures.vat_total(), ", Square's ", money(theirs.sold.gross, currency),
                  " with VAT ", theirs.sold.vat_total()));
    }
    if (standing != theirs.sold) {
      line(day, currency, Reason::refunded, &ours, &theirs, standing - theirs.sold,
           concat(money(theirs.refunded, currency), " was given back in part"));
    }
  }

  void book_other_currency(std::size_t i, std::ptrdiff_t day, const std::string& currency,
                           const Sums& figures) {
    const auto place = static_cast<std::size_t>(chosen_[i]);
    const SquareOrder& theirs = theirs_[place];
    const std::string detail =
        concat("the currencies differ: ours ", currency, ", Square's ", theirs.currency);
    line(day, currency, Reason::unknown, &ours_[i], &theirs, Sums{} - figures, detail);
    if (!stands(place)) return;
    at(theirs.currency, day).square += standing_[place];
    line(day, theirs.currency, Reason::unknown, &ours_[i], &theirs, standing_[place], detail);
  }

  /// What is not sold counts on Square's side alone.
  void unchoose_unsold(std::size_t i) {
    if (chosen_[i] == none) return;
    const auto place = static_cast<std::size_t>(chosen_[i]);
    is_chosen_[place] = false;
    is_unsold_[place] = true;
  }

  /// An order of Square's that stands for no sale of ours.
  void book_theirs(std::size_t i) {
    const SquareOrder& theirs = theirs_[i];
    const std::ptrdiff_t day = period_.day_of(theirs.created_at_ms);
    if (day == none || !stands(i)) return;
    at(theirs.currency, day).square += standing_[i];
    const LocalOrder* ours =
        match_[i] == none ? nullptr : &ours_[static_cast<std::size_t>(match_[i])];
    const bool of_sale = ours != nullptr && !is_unsold_[i];
    const bool copy = of_sale || is_copy_[i];
    line(day, theirs.currency, copy ? Reason::duplicate : Reason::unknown, ours, &theirs,
         standing_[i], detail_of(i, ours, copy));
  }

  [[nodiscard]] std::string detail_of(std::size_t i, const LocalOrder* ours, bool copy) const {
    const SquareOrder& theirs = theirs_[i];
    std::string text;
    if (copy) {
      const std::ptrdiff_t kept =
          match_[i] == none ? none : chosen_[static_cast<std::size_t>(match_[i])];
      text = kept == none ? concat("a copy, as the audit says")
                          : concat("a copy of ", theirs_[static_cast<std::size_t>(kept)].id);
    } else if (ours == nullptr) {
      text = "no order of ours";
    } else {
      text = ours->known == Known::in_doubt ? "our order is in doubt" : "our order is not sold";
      if (!ours->note.empty()) append(text, concat(": ", ours->note));
    }
    if (theirs.pending > 0) {
      append(text,
             concat("; a refund of ", money(theirs.pending, theirs.currency), " is under way"));
    }
    return text;
  }

  Balance& at(const std::string& currency, std::ptrdiff_t day) {
    Books& books = all_[currency];
    books.days.resize(period_.dates.size());
    return books.days[static_cast<std::size_t>(day)];
  }

  void line(std::ptrdiff_t day, const std::string& currency, Reason reason, const LocalOrder* ours,
            const SquareOrder* theirs, const Sums& figures, std::string_view detail) {
    Line& made = all_[currency].lines.emplace_back();
    made.day = static_cast<std::size_t>(day);
    made.currency = currency;
    made.reason = reason;
    if (ours != nullptr) {
      made.order_id = ours->order_id;
      made.external_order_id = ours->external_order_id;
      made.reference_id = reference_id(Identity{ours->order_id, "square", ours->revision});
    }
    if (theirs != nullptr) {
      made.external_order_id = theirs->id;
      made.reference_id = theirs->reference_id;
    }
    made.figures = figures;
    made.detail = detail;
  }

  static void sort(Books& books) {
    const auto before = [&](std::size_t a, std::size_t b) {
      const Line& x = books.lines[a];
      const Line& y = books.lines[b];
      if (x.day != y.day) return x.day < y.day;
      if (x.reason != y.reason) return x.reason < y.reason;
      if (x.order_id != y.order_id) return x.order_id < y.order_id;
      return x.external_order_id < y.external_order_id;
    };
    std::vector<Line> sorted;
    sorted.reserve(books.lines.size());
    for (const std::size_t place : sorted_indices(books.lines.size(), before)) {
      sorted.push_back(std::move(books.lines[place]));
    }
    books.lines = std::move(sorted);
  }

  const Period& period_;
  const std::vector<LocalOrder>& ours_;
  const std::vector<SquareOrder>& theirs_;
  std::vector<std::ptrdiff_t> match_;
  std::vector<Sums> standing_;
  std::vector<Places> copies_;          // of each of ours
  std::vector<std::ptrdiff_t> chosen_;  // which of them stands for it
  std::vector<bool> is_chosen_;
  std::map<std::string, Places> groups_;
  std::vector<bool> is_copy_;    // of what an audit has grouped
  std::vector<bool> is_unsold_;  // it stands for an order of ours that is not sold
  ComparisonByCurrency all_;
};

}  // namespace

std::int64_t Sums::vat_total() const {
  std::int64_t total = 0;
  for (const auto& [rate, amount] : vat) total += amount;
  return total;
}

Sums& Sums::operator+=(const Sums& other) {
  orders += other.orders;
  gross += other.gross;
  for (const auto& [rate, amount] : other.vat) add(vat, rate, amount);
  return *this;
}

Sums& Sums::operator-=(const Sums& other) {
  orders -= other.orders;
  gross -= other.gross;
  for (const auto& [rate, amount] : other.vat) add(vat, rate, -amount);
  return *this;
}

Sums operator-(Sums a, const Sums& b) { return a -= b; }

Sums SquareOrder::standing() const {
  if (kind != "sale" || !paid) return {};
  const std::int64_t back = std::min(refunded, sold.gross);
  if (back <= 0) return refunded > 0 ? Sums{} : sold;
  if (back == sold.gross) return {};
  Sums rest = sold;
  rest.gross -= back;
  for (const auto& [rate, amount] : sold.vat) {
    add(rest.vat, rate, -round_product(amount, back, sold.gross));
  }
  return rest;
}

const char* to_string(Reason reason) {
  switch (reason) {
    case Reason::duplicate:
      return "duplicate";
    case Reason::missing:
      return "missing";
    case Reason::refunded:
      return "refunded";
    case Reason::open:
      return "open";
    case Reason::unknown:
      return "unknown";
  }
  return "unknown";
}

std::ptrdiff_t Period::day_of(std::int64_t at_ms) const {
  if (at_ms < from_ms || at_ms >= to_ms) return none;
  const auto next = std::upper_bound(starts.begin(), starts.end(), at_ms);
  return next - starts.begin() - 1;
}

Balance Books::total() const {
  Balance total;
  for (const Balance& day : days) {
    total.ours += day.ours;
    total.square += day.square;
  }
  return total;
}

Sums Books::sum_of(Reason reason) const {
  Sums sum;
  for (const Line& each : lines) {
    if (each.reason == reason) sum += each.figures;
  }
  return sum;
}

bool Books::explained() const {
  std::vector<Sums> left;
  left.reserve(days.size());
  for (const Balance& day : days) left.push_back(day.difference());
  for (const Line& each : lines) left[each.day] -= each.figures;
  return std::all_of(left.begin(), left.end(), [](const Sums& each) { return each == Sums{}; });
}

ComparisonByCurrency compare(const Period& period, const std::vector<LocalOrder>& ours,
                             const std::vector<SquareOrder>& theirs) {
  return Comparison(period, ours, theirs).make();
}

}  // namespace pos::reconcile
