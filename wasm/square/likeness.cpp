#include "square/likeness.hpp"

namespace pos::square {

using json::Value;

bool same_lines(Value ours, Value theirs) {
  if (ours["ticket_name"].text() != theirs["ticket_name"].text()) return false;
  const Value our_lines = ours["line_items"];
  const Value their_lines = theirs["line_items"];
  if (our_lines.size() != their_lines.size()) return false;
  Value theirs_next = their_lines.first();
  for (Value each = our_lines.first(); each.present(); each = each.next()) {
    if (each["name"].text() != theirs_next["name"].text() ||
        each["quantity"].text() != theirs_next["quantity"].text() ||
        each["base_price_money"]["amount"].integer() !=
            theirs_next["base_price_money"]["amount"].integer()) {
      return false;
    }
    theirs_next = theirs_next.next();
  }
  return true;
}

}  // namespace pos::square
