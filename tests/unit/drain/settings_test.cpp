// A worker that is not set up, or set up inconsistently, claims nothing and says what to set.
#include <doctest/doctest.h>

#include <string>

#include "config/settings.hpp"

namespace settings_test {

namespace {

std::string problems(const std::string& variables, bool has_token = true) {
  pos::json::Document document;
  REQUIRE(document.parse(variables));
  pos::Settings settings;
  return pos::read_settings(document.root(), has_token, settings) +
         pos::missing_for_pushing(settings);
}

pos::Settings read(const std::string& variables) {
  pos::json::Document document;
  REQUIRE(document.parse(variables));
  pos::Settings settings;
  CHECK(pos::read_settings(document.root(), true, settings).empty());
  return settings;
}

}  // namespace

TEST_CASE("a worker without token or location says which of them to set, and how") {
  const std::string text = problems("{}", false);
  CHECK(text.find("SQUARE_ACCESS_TOKEN: missing") != std::string::npos);
  CHECK(text.find("SQUARE_LOCATION_ID: missing") != std::string::npos);
  CHECK(problems(R"({"SQUARE_LOCATION_ID":"L1"})").empty());
}

TEST_CASE("where restaurants may have accounts of their own, the worker needs none") {
  pos::Settings settings;
  CHECK(!pos::missing_for_pushing(settings).empty());
  settings.has_accounts_key = true;
  CHECK(pos::missing_for_pushing(settings).empty());
}

TEST_CASE("an access token does not go out in the clear to a host that is not loopback") {
  const auto refused = [](const std::string& url) {
    return problems(R"({"SQUARE_LOCATION_ID":"L1","SQUARE_BASE_URL":")" + url + "\"}")
               .rfind("SQUARE_BASE_URL: ", 0) == 0;
  };
  CHECK(refused("http://connect.squareup.com"));
  CHECK(refused("http://127.0.0.1.evil.com"));
  CHECK(refused("http://localhost.evil.com"));
  CHECK(refused("http://127.evil.0.1"));
  CHECK(refused("http://evil.com@127.0.0.1"));
  CHECK(refused("https://connect.squareup.com/v2"));
  CHECK(refused("ftp://127.0.0.1"));
  CHECK(refused("connect.squareup.com"));
  CHECK_FALSE(refused("https://connect.squareup.com"));
  CHECK_FALSE(refused("http://127.0.0.1:8080"));
  CHECK_FALSE(refused("http://127.9.9.9"));
  CHECK_FALSE(refused("http://localhost:1"));
  CHECK_FALSE(refused("http://[::1]:8080"));
}

TEST_CASE("seconds accept fractions, as texts and as numbers of a variable") {
  const auto settings =
      read(R"({"PUSH_TIMEOUT_SECONDS":"0.25","QUIET_SECONDS":"0.5","CLOCK_STEP_SECONDS":"0.125",)"
           R"("WALL_BUDGET_SECONDS":2,"LEASE_SECONDS":"2.875","DEDUPE_WINDOW_SECONDS":"3"})");
  CHECK(settings.push_timeout_ms == 250);
  CHECK(settings.quiet_on_clock_ms() == 625);
  CHECK(settings.wall_budget_ms == 2000);
}

TEST_CASE("a lease that a request could outlive is refused, and so is every other inconsistency") {
  const auto first_word = [](const std::string& member) {
    const std::string text = problems(R"({"SQUARE_LOCATION_ID":"L1",)" + member + "}");
    return text.substr(0, text.find(':'));
  };
  CHECK(first_word(R"("LEASE_SECONDS":"959")") == "LEASE_SECONDS");
  CHECK(first_word(R"("LEASE_SECONDS":"960")").empty());
  CHECK(first_word(R"("PUSH_TIMEOUT_SECONDS":"120","LEASE_SECONDS":"2000")") == "QUIET_SECONDS");
  CHECK(first_word(R"("DEDUPE_WINDOW_SECONDS":"960")") == "DEDUPE_WINDOW_SECONDS");
  CHECK(first_word(R"("RETRY_CAP_SECONDS":"59")") == "RETRY_CAP_SECONDS");
  CHECK(first_word(R"("LEASE_SECONDS":"soon")") == "LEASE_SECONDS");
  CHECK(first_word(R"("LEASE_SECONDS":"-5")") == "LEASE_SECONDS");
  CHECK(first_word(R"("BATCH_SIZE":"0")") == "BATCH_SIZE");
  CHECK(first_word(R"("CONCURRENCY":"7")") == "CONCURRENCY");
  CHECK(first_word(R"("SQUARE_VERSION":"latest")") == "SQUARE_VERSION");
}

}  // namespace settings_test
