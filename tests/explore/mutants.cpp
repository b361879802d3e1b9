#include "explore/mutants.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace explore {
namespace {

constexpr std::pair<std::string_view, std::string_view> exchanges[] = {
    {" <= ", " < "},
    {" <= ", " > "},
    {" < ", " <= "},
    {" < ", " >= "},
    {" >= ", " > "},
    {" >= ", " < "},
    {" > ", " >= "},
    {" > ", " <= "},
    {" = ", " <> "},
    {" <> ", " = "},
    {" IS NULL", " IS NOT NULL"},
    {" IS NOT NULL", " IS NULL"},
    {" + ", " - "},
    {"max(", "min("},
    {"NOT EXISTS (", "EXISTS ("},
    {" THEN 0 ", " THEN 1 "},
};

// What ends a condition at its own depth of parentheses.
constexpr std::string_view ends[] = {" AND ",         " OR ",         " THEN ",      " ELSE ",
                                     " WHERE ",       " ORDER BY ",   " GROUP BY ",  " LIMIT ",
                                     " UNION ",       " CROSS JOIN ", " LEFT JOIN ", " JOIN ",
                                     " ON CONFLICT ", " DO UPDATE ",  " ON "};

bool begins(std::string_view text, std::size_t at, std::string_view with) {
  return text.substr(at, with.size()) == with;
}

/// Where the condition that begins at `at` ends.
std::size_t end_of_condition(std::string_view sql, std::size_t at) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = at; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (sql[i] == '(') ++depth;
    if (sql[i] == ')' && --depth < 0) return i;
    if (depth > 0) continue;
    for (const std::string_view end : ends) {
      if (begins(sql, i, end)) return i;
    }
  }
  return sql.size();
}

std::string shortened(std::string_view text) {
  return std::string(text.substr(0, 60)) + (text.size() > 60 ? "…" : "");
}

class Maker {
 public:
  Maker(std::string_view name, std::string sql) : name_(name), sql_(std::move(sql)) {}

  std::vector<Mutant> make() {
    for (const auto& [from, to] : exchanges) exchange(from, to);
    leave_out(" AND ");
    leave_out(" WHERE ");
    return std::move(mutants_);
  }

 private:
  void add(std::size_t at, std::size_t size, std::string_view instead, std::size_t context) {
    std::string changed = sql_;
    changed.replace(at, size, instead);
    const std::size_t begin = at > context ? at - context : 0;
    const std::string_view all(sql_);
    mutants_.push_back({{std::string(name_), sql_, changed},
                        std::string(name_) + ": …" +
                            shortened(all.substr(begin, size + 2 * context)) + "… with \"" +
                            std::string(instead) + "\""});
  }

  void exchange(std::string_view from, std::string_view to) {
    for (std::size_t at = sql_.find(from); at != std::string::npos; at = sql_.find(from, at + 1)) {
      add(at, from.size(), to, 25);
    }
  }

  void leave_out(std::string_view before) {
    for (std::size_t at = sql_.find(before); at != std::string::npos;
         at = sql_.find(before, at + 1)) {
      const std::size_t begin = at + before.size();
      const std::size_t end = end_of_condition(sql_, begin);
      if (end > begin && sql_.substr(begin, end - begin) != "true") {
        add(begin, end - begin, "1", 0);
      }
    }
  }

  std::string_view name_;
  std::string sql_;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::vector<Mutant> all_mutants() {
  std::vector<Mutant> all;
  for (std::uint8_t i = 0; i < pos::store::statement_count; ++i) {
    const auto statement = static_cast<pos::store::Statement>(i);
    auto mutants = Maker(pos::store::name_of(statement), pos::store::sql_of(statement)).make();
    std::move(mutants.begin(), mutants.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace explore
