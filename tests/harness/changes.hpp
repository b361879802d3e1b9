// What a batch has changed, in all tables, row by row and column by column: so that a test holds
// the whole effect of a statement, and what it must leave alone, in one comparison.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/json/utf8.hpp"
#include "base/json/value.hpp"
#include "harness/database.hpp"

namespace changes {

using Row = std::vector<std::pair<std::string, std::string>>;  // columns, NULL as "-"
using Rows = std::map<std::string, Row>;                       // by table and key

struct Table {
  std::string name;
  std::vector<std::string> columns;
};

/// The tables of every database, and one question for all of their rows: {name, key, texts}.
struct Question {
  std::vector<Table> tables;
  std::string sql;

  explicit Question(world::Database& database) {
    pos::json::Document list;
    REQUIRE(list.parse(database.text(
        "SELECT json_group_array(json_array(t.name, (SELECT json_group_array(json_array(c.name, "
        "c.pk)) FROM pragma_table_info(t.name) c))) FROM sqlite_master t WHERE t.type = 'table' "
        "AND t.name GLOB 'pos_*'")));
    for (auto table = list.root().first(); table.present(); table = table.next()) {
      Table& found = tables.emplace_back();
      found.name = table.at(0).text();
      std::string texts;
      std::string key;
      int count = 0;
      for (auto column = table.at(1).first(); column.present(); column = column.next()) {
        found.columns.emplace_back(column.at(0).text());
        const std::string text = "coalesce(CAST(" + found.columns.back() + " AS TEXT), '-')";
        // A function of D1's takes no more than 32.
        texts += (count % 30 == 0 ? (count == 0 ? "json_array(" : "), json_array(") : ", ") + text;
        ++count;
        if (column.at(1).integer() > 0) key += (key.empty() ? "" : " || ' ' || ") + text;
      }
      sql += (sql.empty() ? "SELECT json_array(" : ", ") +
             ("json((SELECT json_group_array(json_array(" + key + ", " + texts + "))) FROM ") +
             found.name + "))";
    }
    sql += ")";
  }
};

/// All rows of all tables. A time near to that, in Unix milliseconds, is written as `now`, `now+5`,
/// `now-7`, and the queue's text for it as `stamp`.
inline Rows snapshot(world::Database& database, std::int64_t now) {
  static const Question question(database);
  const std::int64_t near = 86'400'000'000;
  const std::string stamp =
      database.text("SELECT datetime(?1 / 1000, 'unixepoch')", {std::to_string(now)});
  const auto readable = [&](std::string_view text) {
    if (text == stamp) return std::string("stamp");
    const bool is_time =
        text.size() == 13 && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_time) return std::string(text);
    const std::int64_t ago = std::strtoll(std::string(text).c_str(), nullptr, 10) - now;
    if (std::abs(ago) > near) return std::string(text);
    return "now" + (ago == 0 ? "" : (ago > 0 ? "+" : "") + std::to_string(ago));
  };
  Rows all;
  pos::json::Document document;
  // A row may hold bytes that are no UTF-8.
  const std::string text = pos::json::mended(database.text(question.sql));
  REQUIRE(document.parse(text));
  auto rows = document.root().first();
  for (const Table& table : question.tables) {
    for (auto row = rows.first(); row.present(); row = row.next()) {
      Row& columns = all[table.name + " " + std::string(row.at(0).text())];
      auto part = row.at(1);
      auto value = part.first();
      for (const std::string& column : table.columns) {
        if (!value.present()) {
          part = part.next();
          value = part.first();
        }
        columns.emplace_back(column, readable(value.text()));
        value = value.next();
      }
    }
    rows = rows.next();
  }
  return all;
}

inline Rows snapshot(world::Database& database) { return snapshot(database, database.now_ms); }

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

/// Columns of a row and their values, as SQL.
using Columns = std::map<std::string, std::string>;

/// A database of which a test holds what statements change, and what they answer.
struct Tables {
  world::Database database;
  std::int64_t now = database.now_ms;
  std::string answer;  // of the last batch

  [[nodiscard]] std::string at(std::int64_t ms) const { return std::to_string(now + ms); }

  /// A row of these columns, where those of `more` take precedence.
  void insert(const std::string& table, Columns columns, const Columns& more = {}) {
    for (const auto& [name, value] : more) columns[name] = value;
    std::string names;
    std::string values;
    for (const auto& [name, value] : columns) {
      names += (names.empty() ? "" : ", ") + name;
      values += (values.empty() ? "" : ", ") + value;
    }
    database.execute("INSERT INTO " + table + " (" + names + ") VALUES (" + values + ")");
  }
  /// Rows whose values are written by hand.
  void add(const std::string& table, const std::string& columns,
           const std::vector<std::string>& rows) {
    for (const std::string& values : rows) {
      database.execute("INSERT INTO " + table + " (" + columns + ") VALUES (" + values + ")");
    }
  }
  /// All that a batch changes, as between() has it.
  std::string changed_by(const std::vector<pos::store::Statement>& statements,
                         const std::vector<std::string>& parameters) {
    const Rows before = snapshot(database);
    answer = database.batch(statements, parameters);
    return between(before, snapshot(database));
  }
};

}  // namespace changes
