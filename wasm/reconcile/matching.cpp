// Which order of Square's is which of ours.
#include <functional>

#include "base/text.hpp"
#include "identity/keys.hpp"
#include "reconcile/comparison.hpp"

namespace pos::reconcile {
namespace {

class Directory {
 public:
  explicit Directory(const std::vector<LocalOrder>& ours) {
    // What was sold is found before what was not, an earlier revision before a later one: the
    // first under a name keeps it.
    for (const Known known : {Known::sold, Known::in_doubt, Known::unsold}) {
      for (std::size_t i = 0; i < ours.size(); ++i) {
        if (ours[i].known == known) enter(ours[i], i);
      }
    }
  }

  [[nodiscard]] std::ptrdiff_t find(const SquareOrder& theirs) const {
    const std::ptrdiff_t by_id = look(ids_, theirs.id);
    if (by_id >= 0) return by_id;
    // Metadata says whose it is; a reference says less, and nothing against it.
    if (!theirs.pos_sync.empty()) return look(keys_, theirs.pos_sync);
    const std::ptrdiff_t by_key = look(order_keys_, theirs.order_key);
    if (by_key >= 0) return by_key;
    return look(references_, theirs.reference_id);
  }

 private:
  using Places = std::map<std::string, std::size_t, std::less<>>;

  void enter(const LocalOrder& ours, std::size_t place) {
    const Identity identity{ours.order_id, "square", ours.revision};
    if (!ours.external_order_id.empty()) ids_.emplace(ours.external_order_id, place);
    keys_.emplace(idempotency_key(identity, Operation::order), place);
    order_keys_.emplace(
        ours.revision == 1 ? ours.order_id : concat(ours.order_id, "#r", ours.revision), place);
    references_.emplace(reference_id(identity), place);
    references_.emplace(ours.order_id, place);
  }

  static std::ptrdiff_t look(const Places& places, const std::string& name) {
    const auto found = name.empty() ? places.end() : places.find(name);
    return found == places.end() ? -1 : static_cast<std::ptrdiff_t>(found->second);
  }

  Places ids_;
  Places keys_;
  Places order_keys_;
  Places references_;
};

}  // namespace

std::vector<std::ptrdiff_t> matches(const std::vector<LocalOrder>& ours,
                                    const std::vector<SquareOrder>& theirs) {
  const Directory directory(ours);
  std::vector<std::ptrdiff_t> found;
  found.reserve(theirs.size());
  for (const SquareOrder& each : theirs) found.push_back(directory.find(each));
  return found;
}

}  // namespace pos::reconcile
