// All mutants of C++ and of the SQL in it within one program, each behind a number: to judge one is to run
// a few tests of a program that stands, and not to build another one. A function holds each of its mutants
// as a whole beside itself; the text of a statement is replaced as it is written out. What stands outside of
// a function, or is needed while compiling, cannot be switched, and is judged by a build of its own.
import { literalsOf } from './sql.mjs';
import { INSIDE, maskOf } from './text.mjs';

/** @import { Mutant } from './list.mjs' */

/**
 * @typedef {object} Body
 * @property {number} open its brace
 * @property {number} close
 * @property {'void' | 'value'} gives
 */

/** @typedef {{number: number, from: number, to: number}} Variant in lines of the switched source, from 1 */

const MODIFIERS = /\)\s*(?:(?:const|noexcept|override|final|&&?|mutable)\s*|->\s*[\w:<>,\s*&]+)*$/;

/**
 * The bodies of functions, outermost only.
 * @param {string} mask
 * @returns {Body[]}
 */
export function bodiesOf(mask) {
  /** @type {Body[]} */
  const bodies = [];
  let header = 0;
  for (let at = 0; at < mask.length; ++at) {
    const char = mask[at];
    if (char === '#') {
      const end = mask.indexOf('\n', at);
      if (mask.slice(mask.lastIndexOf('\n', at) + 1, at).trim() === '') header = at = end < 0 ? mask.length : end;
    } else if (char === ';' || char === '}') {
      header = at + 1;
    } else if (char === '(') {
      at = partner(mask, at);
    } else if (char === '{') {
      const text = mask.slice(header, at).replace(/\b(public|private|protected):/g, ' ').trim();
      const isScope = /\b(namespace|class|struct|union|extern)\b/.test(text) && !/\)\s*(const)?$/.test(text);
      if (isScope) {
        header = at + 1;
        continue;
      }
      const close = partner(mask, at);
      const initialised = /\)\s*(?:noexcept\s*)?:\s/.exec(text);
      const isFunction = MODIFIERS.test(text) ||
        (initialised !== null && /[)}]$/.test(text) && !/\benum\b/.test(text));
      if (isFunction && !/\bconst(expr|eval)\b(?!\s+(char|std|auto\s*&)\b.*=)/.test(text.split('(')[0])) {
        bodies.push({ open: at, close, gives: givesOf(text, initialised) });
      }
      at = close;
      // What stands behind an initialiser in braces still belongs to it.
      if (isFunction) header = close + 1;
    }
  }
  return bodies;
}

/** @param {string} header @param {RegExpExecArray | null} initialised @returns {'void' | 'value'} */
function givesOf(header, initialised) {
  if (initialised) return 'void';
  const named = header.replace(/\[\[\w+\]\]/g, '').replace(/^template\s*<[^>]*>/, '').split('(')[0].trim();
  const words = named.split(/\s+/).filter((word) => !/^(explicit|inline|static|virtual)$/.test(word));
  return words.length < 2 || words[0] === 'void' ? 'void' : 'value';
}

/** @param {string} mask @param {number} open */
function partner(mask, open) {
  let depth = 0;
  for (let i = open; i < mask.length; ++i) {
    if ('([{'.includes(mask[i])) depth += 1;
    else if (')]}'.includes(mask[i]) && --depth === 0) return i;
  }
  return mask.length - 1;
}

/** A constant of a file that may as well be known only once the program runs. */
const CONSTANT = /^constexpr (?=(?:std::)?(?:u?int(?:8|16|32|64)_t|size_t|ptrdiff_t|int|unsigned|double|bool) \w+ = [^;]*;)/gm;

/**
 * A source with all of its mutants in it.
 * @param {string} file
 * @param {string} source
 * @param {{mutant: Mutant, number: number}[]} mutants of this file
 * @param {{constants: boolean, firstBody: number}} options `firstBody`: the number of its first function
 * @returns {{text: string, variants: Variant[], bodies: number}}
 */
export function switchedSource(file, source, mutants, { constants, firstBody }) {
  const mask = maskOf(source, 'cpp');
  const bodies = bodiesOf(mask);
  /** @type {{at: number, drop: number, text: string, numbers: {number: number, offset: number, lines: number}[]}[]} */
  const insertions = [];
  const left = new Set(mutants);
  bodies.forEach(({ open, close, gives }, index) => {
    const inside = mutants.filter(({ mutant: { start, end } }) => start > open && end <= close);
    for (const each of inside) left.delete(each);
    let text = ` pos_mutant_reached(${firstBody + index});`;
    const numbers = [];
    if (inside.length > 0) {
      text += ' switch (pos_mutant) {\n';
      for (const { mutant, number } of inside) {
        const body = source.slice(open, mutant.start) + mutant.text + source.slice(mutant.end, close + 1);
        const end = gives === 'void' ? 'return;' : '__builtin_trap();';
        const variant = `case ${number}: ${body} ${end}\n`;
        numbers.push({ number, offset: text.split('\n').length - 1, lines: variant.split('\n').length - 1 });
        text += variant;
      }
      text += 'default: break; }';
    }
    insertions.push({ at: open + 1, drop: 0, text, numbers });
  });
  if (constants) {
    for (const { 0: word, index } of mask.matchAll(CONSTANT)) {
      const end = mask.indexOf(';', index);
      const equals = mask.indexOf(' = ', index) + 3;
      const inside = [...left].filter(({ mutant }) => mutant.start >= equals && mutant.end <= end);
      if (inside.length === 0) continue;
      insertions.push({ at: index, drop: word.length, text: 'const ', numbers: [] });
      let text = '';
      const numbers = [];
      for (const { mutant, number } of inside) {
        left.delete([...left].find((each) => each.number === number) ?? inside[0]);
        const value = source.slice(equals, mutant.start) + mutant.text + source.slice(mutant.end, end);
        numbers.push({ number, offset: text.split('\n').length, lines: value.split('\n').length });
        text += `\npos_mutant == ${number} ? ${value} : `;
      }
      insertions.push({ at: equals, drop: 0, text, numbers });
    }
  }
  insertions.sort((a, b) => a.at - b.at);
  /** @type {Variant[]} */
  const variants = [];
  let text = file.endsWith('.hpp') ? '' : '#include "mutant_switch.hpp"\n';
  let from = 0;
  for (const each of insertions) {
    text += source.slice(from, each.at);
    from = each.at + each.drop;
    const line = text.split('\n').length;
    for (const { number, offset, lines } of each.numbers) {
      variants.push({ number, from: line + offset, to: line + offset + Math.max(0, lines - 1) });
    }
    text += each.text;
  }
  text += source.slice(from);
  if (file.endsWith('.hpp')) text = text.replace('#pragma once', '#pragma once\n#include "mutant_switch.hpp"');
  const shift = file.endsWith('.hpp') ? 1 : 0;
  return {
    text,
    variants: variants.map(({ number, from: first, to }) => ({ number, from: first + shift, to: to + shift })),
    bodies: bodies.length,
  };
}

/**
 * The text of a statement, or a part of several, before and after.
 * @param {Mutant} mutant
 * @param {string} source
 * @returns {{before: string, after: string} | null} null if it is no SQL in a string
 */
export function switchedText({ start, end, text }, source) {
  const mask = maskOf(source, 'cpp');
  for (const { places } of literalsOf(source, mask)) {
    if (places[0] > start || places[places.length - 1] + 1 < end) continue;
    let before = '';
    let after = '';
    let isDone = false;
    for (const place of places) {
      before += source[place];
      if (place >= start && !isDone) {
        after += text;
        isDone = true;
      }
      if (place < start || place >= end) after += source[place];
    }
    if (!isDone) after += text;
    return { before: unescaped(before), after: unescaped(after) };
  }
  return null;
}

/** @param {string} text inside of a C++ literal */
const unescaped = (text) => text.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));

export { INSIDE };

/** The header that every switched source begins with. */
export const SWITCH_HEADER = `#pragma once
#include <string>
#include <string_view>
extern int pos_mutant;
extern unsigned char pos_mutant_bodies[];
inline void pos_mutant_reached(int body) { pos_mutant_bodies[body] = 1; }
std::string_view pos_mutant_text(std::string_view text);
void pos_mutant_statement(int statement);
void pos_mutant_ran(int statement);
`;

/** @param {number} bodies */
export const switchSource = (bodies) => `#include "mutant_switch.hpp"
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <vector>
namespace {
int number_of() {
  const char* text = std::getenv("POS_SYNC_MUTANT");
  return text != nullptr ? std::atoi(text) : 0;
}
std::string file_of(const char* name) {
  const char* path = std::getenv(name);
  if (path == nullptr) return {};
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::map<std::string_view, int>& numbers() { static std::map<std::string_view, int> all; return all; }
std::map<int, std::set<int>>& texts_of() { static std::map<int, std::set<int>> all; return all; }
int current = -1;
}
int pos_mutant = 0;
// Before any constant of another file is made.
__attribute__((constructor(101))) void read_pos_mutant() { pos_mutant = number_of(); }
unsigned char pos_mutant_bodies[${bodies + 1}];
std::vector<std::string_view>& pos_mutant_texts() { static std::vector<std::string_view> all; return all; }
std::set<int>& pos_mutant_texts_ran() { static std::set<int> all; return all; }
int pos_mutant_bodies_count() { return ${bodies + 1}; }
std::string_view pos_mutant_text(std::string_view text) {
  static const std::string before = file_of("POS_SYNC_MUTANT_BEFORE");
  static const std::string after = file_of("POS_SYNC_MUTANT_AFTER");
  static const bool is_part = std::getenv("POS_SYNC_MUTANT_PART") != nullptr;
  if (!before.empty() && is_part) {
    static std::deque<std::string> kept;
    const std::size_t at = text.find(before);
    if (at == std::string_view::npos) return text;
    return kept.emplace_back(std::string(text).replace(at, before.size(), after));
  }
  if (!before.empty()) return text == before ? std::string_view(after) : text;
  const auto [place, is_new] = numbers().emplace(text, static_cast<int>(numbers().size()));
  if (is_new) pos_mutant_texts().push_back(text);
  texts_of()[current].insert(place->second);
  return text;
}
void pos_mutant_statement(int statement) { current = statement; }
void pos_mutant_ran(int statement) {
  const auto& texts = texts_of()[statement];
  pos_mutant_texts_ran().insert(texts.begin(), texts.end());
}
`;

/** A listener of doctest's that writes down what each test has reached. */
export const LISTENER_SOURCE = `#include <doctest/doctest.h>
#include <sys/resource.h>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>
extern unsigned char pos_mutant_bodies[];
std::vector<std::string_view>& pos_mutant_texts();
std::set<int>& pos_mutant_texts_ran();
int pos_mutant_bodies_count();
namespace {
double seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
std::string quoted(std::string_view text) {
  std::string out = "\\"";
  for (const char c : text) {
    if (c == '"' || c == '\\\\') out += '\\\\';
    if (c == '\\n') { out += "\\\\n"; continue; }
    out += c;
  }
  return out + "\\"";
}
struct Listener : doctest::IReporter {
  std::ofstream out;
  std::string name;
  double began = 0;
  explicit Listener(const doctest::ContextOptions&) {
    const char* path = std::getenv("POS_SYNC_MUTANT_REACH");
    if (path != nullptr) out.open(path, std::ios::binary);
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {
    if (!out.is_open()) return;
    out << "{\\"texts\\":[";
    bool first = true;
    for (const std::string_view each : pos_mutant_texts()) {
      if (!first) out << ',';
      first = false;
      out << quoted(each);
    }
    out << "]}\\n";
  }
  void test_case_start(const doctest::TestCaseData& data) override {
    name = data.m_name;
    std::memset(pos_mutant_bodies, 0, static_cast<std::size_t>(pos_mutant_bodies_count()));
    pos_mutant_texts_ran().clear();
    began = seconds();
  }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    if (!out.is_open()) return;
    out << "{\\"name\\":" << quoted(name) << ",\\"seconds\\":" << seconds() - began << ",\\"bodies\\":[";
    bool first = true;
    for (int i = 0; i < pos_mutant_bodies_count(); ++i) {
      if (pos_mutant_bodies[i] == 0) continue;
      if (!first) out << ',';
      first = false;
      out << i;
    }
    out << "],\\"texts\\":[";
    first = true;
    for (const int each : pos_mutant_texts_ran()) {
      if (!first) out << ',';
      first = false;
      out << each;
    }
    out << "]}\\n";
  }
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
}
REGISTER_LISTENER("reach", 1, Listener);
`;
