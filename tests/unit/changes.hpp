// What a batch has changed, in all tables, row by row and column by column: so that a test holds
// the whole effect of a statement, and what it must leave alone, in one comparison.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "world/database.hpp"

namespace changes {

using Row = std::vector<std::pair<std::string, std::string>>;  // columns, NULL as "-"
using Rows = std::map<std::string, Row>;                       // by table and key

/// All rows of all tables. A time near to the database's is written as `now`, `now+5`, `now-7`, and
/// the queue's text for it as `stamp`.
inline Rows snapshot(world::Database& database) {
  const std::int64_t near = 86'400'000'000;
  const std::string stamp = database.text("SELECT datetime(julianday('now'))");
  const auto readable = [&](std::string text) {
    if (text == stamp) return std::string("stamp");
    if (text.size() != 13 || text.find_first_not_of("0123456789") != std::string::npos) return text;
    const std::int64_t ago = std::strtoll(text.c_str(), nullptr, 10) - database.now_ms;
    if (std::abs(ago) > near) return text;
    return "now" + (ago == 0 ? "" : (ago > 0 ? "+" : "") + std::to_string(ago));
  };
  Rows all;
  pos::json::Document tables;
  REQUIRE(tables.parse(database.text(
      "SELECT json_group_array(json_array(t.name, (SELECT json_group_array(json_array(c.name, "
      "c.pk)) FROM pragma_table_info(t.name) c))) FROM sqlite_master t WHERE t.type = 'table' AND "
      "t.name GLOB 'pos_*'")));
  for (auto table = tables.root().first(); table.present(); table = table.next()) {
    const std::string name(table.at(0).text());
    // One text of a row's columns: a function of D1's takes no more than 32.
    std::string texts;
    std::string key;
    for (auto column = table.at(1).first(); column.present(); column = column.next()) {
      const std::string text =
          "coalesce(CAST(" + std::string(column.at(0).text()) + " AS TEXT), '-')";
      texts += text + " || char(31) || ";
      if (column.at(1).integer() > 0) key += (key.empty() ? "" : " || ' ' || ") + text;
    }
    pos::json::Document rows;
    REQUIRE(rows.parse(database.text("SELECT json_group_array(json_array(" + key + ", " + texts +
                                     "'')) FROM " + name)));
    for (auto row = rows.root().first(); row.present(); row = row.next()) {
      Row& columns = all[name + " " + std::string(row.at(0).text())];
      std::string_view rest = row.at(1).text();
      for (auto column = table.at(1).first(); column.present(); column = column.next()) {
        const std::size_t end = rest.find('\x1f');
        columns.emplace_back(column.at(0).text(), readable(std::string(rest.substr(0, end))));
        rest.remove_prefix(end + 1);
      }
    }
  }
  return all;
}

/// One line for each row that is there and was not, is there no longer, or is another one.
inline std::string between(const Rows& before, const Rows& after) {
  std::string lines;
  for (const auto& [key, row] : before) {
    if (!after.count(key)) lines += "- " + key + "\n";
  }
  for (const auto& [key, row] : after) {
    const auto found = before.find(key);
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& [name, value] = row[i];
      if (found == before.end()) {
        if (value != "-") line += " " + name + "=" + value;
      } else if (found->second[i].second != value) {
        line += " " + name + "=" + found->second[i].second + ">" + value;
      }
    }
    if (!line.empty()) lines += (found == before.end() ? "+ " : "") + key + ":" + line + "\n";
  }
  return lines;
}

/// The rows that one statement of a batch has answered, NULL as "-".
inline std::string rows_of(const std::string& answer, std::size_t statement = 0) {
  pos::json::Document document;
  REQUIRE(document.parse(answer));
  std::string text;
  for (auto row = document.root().at(statement).first(); row.present(); row = row.next()) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const pos::json::Value value = row.at(i);
      line += (i == 0 ? "" : "|") + (value.is(pos::json::Kind::integer)
                                         ? std::to_string(value.integer())
                                     : value.present() ? std::string(value.text())
                                                       : "-");
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace changes
