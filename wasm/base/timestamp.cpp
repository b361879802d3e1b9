#include "base/timestamp.hpp"

#include <cstddef>

#include "base/text.hpp"

namespace pos {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from its front; once something is missing, everything after it is.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  bool accept(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(std::string_view text) {
    ok_ = ok_ && rest_.substr(0, text.size()) == text;
    if (ok_) rest_.remove_prefix(text.size());
  }

  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void require(bool condition) { ok_ = ok_ && condition; }
  [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool complete() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool is_date(const Date& date) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1) return false;
  const int leap_day = date.month == 2 && is_leap(date.year) ? 1 : 0;
  return date.day <= days[date.month - 1] + leap_day;
}

/// Seconds since midnight. A leap second (60) is valid in both spellings.
int scan_time(Scanner& scan) {
  const int hour = scan.digits(2);
  scan.expect(":");
  const int minute = scan.digits(2);
  scan.expect(":");
  const int second = scan.digits(2);
  scan.require(hour <= 23 && minute <= 59 && second <= 60);
  return (hour * 60 + minute) * 60 + second;
}

/// Milliseconds; what is behind them is dropped.
int scan_fraction(Scanner& scan) {
  if (!scan.accept('.')) return 0;
  scan.require(scan.next_is_digit());
  int ms = 0;
  for (int unit = 100; scan.next_is_digit(); unit /= 10) ms += unit * scan.digits(1);
  return ms;
}

/// Seconds that the clock there is ahead of UTC.
int scan_offset(Scanner& scan) {
  if (scan.accept('Z') || scan.accept('z')) return 0;
  const bool ahead = scan.accept('+');
  scan.require(ahead || scan.accept('-'));
  const int hour = scan.digits(2);
  scan.expect(":");
  const int minute = scan.digits(2);
  scan.require(hour <= 23 && minute <= 59);
  const int seconds = (hour * 60 + minute) * 60;
  return ahead ? seconds : -seconds;
}

int month_of(std::string_view name) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (std::size_t i = 0; i < 12; ++i) {
    if (names.substr(3 * i, 3) == name) return static_cast<int>(i) + 1;
  }
  return 0;
}

/// Days since 1970-01-01 in the Gregorian calendar, with years that begin in March so that the leap
/// day is a year's last.
std::int64_t days_since_1970(const Date& date) {
  const int month = (date.month + 9) % 12;
  const int year = date.month <= 2 ? date.year - 1 : date.year;
  const int day_of_year = (153 * month + 2) / 5 + date.day - 1;
  return std::int64_t{365} * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

/// The inverse of days_since_1970, for days from then on.
Date date_of(std::int64_t days) {
  // Counted from 0000-03-01, so that each era of 400 years, and each year in it, ends in the leap
  // day if it has one.
  const std::int64_t since_march_0 = days + 719468;
  const std::int64_t era = since_march_0 / 146097;
  const std::int64_t day_of_era = since_march_0 % 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  date.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  date.year = static_cast<int>(era * 400 + year_of_era + (date.month <= 2 ? 1 : 0));
  return date;
}

/// A number with zeros in front of it, and what stands behind it.
void append_digits(std::string& out, std::int64_t number, int digits, const char* behind) {
  std::int64_t unit = 1;
  for (int i = 1; i < digits; ++i) unit *= 10;
  for (; unit > 0; unit /= 10) out.push_back(static_cast<char>('0' + number / unit % 10));
  append(out, behind);
}

}  // namespace

bool is_rfc3339(std::string_view text) { return parse_rfc3339(text).has_value(); }

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  const auto ms = parse_rfc3339_ms(text);
  if (!ms) return std::nullopt;
  // Rounded down, before 1970 too.
  return *ms / 1000 - (*ms % 1000 < 0 ? 1 : 0);
}

std::optional<std::int64_t> parse_rfc3339_ms(std::string_view text) {
  constexpr std::size_t longest = 35;  // nine digits of a second and an offset
  Scanner scan(text);
  Date date;
  date.year = scan.digits(4);
  scan.expect("-");
  date.month = scan.digits(2);
  scan.expect("-");
  date.day = scan.digits(2);
  scan.require(is_date(date));
  scan.require(scan.accept('T') || scan.accept('t'));
  const int seconds = scan_time(scan);
  const int ms = scan_fraction(scan);
  const int offset = scan_offset(scan);
  if (!scan.complete() || text.size() > longest) return std::nullopt;
  return (days_since_1970(date) * 86400 + seconds - offset) * 1000 + ms;
}

std::string to_rfc3339(std::int64_t unix_ms) {
  constexpr std::int64_t ms_per_day = 86'400'000;
  const Date date = date_of(unix_ms / ms_per_day);
  const std::int64_t ms = unix_ms % ms_per_day;
  std::string text;
  append_digits(text, date.year, 4, "-");
  append_digits(text, date.month, 2, "-");
  append_digits(text, date.day, 2, "T");
  append_digits(text, ms / 3'600'000, 2, ":");
  append_digits(text, ms / 60'000 % 60, 2, ":");
  append_digits(text, ms / 1000 % 60, 2, ".");
  append_digits(text, ms % 1000, 3, "Z");
  return text;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  Scanner scan(text);
  Date date;
  (void)scan.take(3);  // the name of the day follows from the date
  scan.expect(", ");
  date.day = scan.digits(2);
  scan.expect(" ");
  date.month = month_of(scan.take(3));
  scan.expect(" ");
  date.year = scan.digits(4);
  scan.expect(" ");
  const int seconds = scan_time(scan);
  scan.expect(" GMT");
  if (!scan.complete() || !is_date(date)) return std::nullopt;
  return days_since_1970(date) * 86400 + seconds;
}

}  // namespace pos
