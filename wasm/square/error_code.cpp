#include "square/error_code.hpp"

#include "text/text.hpp"

namespace pos::square {

namespace {

using push::Result;

// From ErrorCode in Square's OpenAPI file, with a space in between. Declines of cards are left out:
// we send none, and a code that is not here is doubted, which is safe. VERSION_MISMATCH is in prose
// only.

// It may have happened.
constexpr std::string_view leaves_it_open =
    "INTERNAL_SERVER_ERROR BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT REQUEST_TIMEOUT "
    "TEMPORARY_ERROR CONFLICT VERSION_MISMATCH REFUND_ALREADY_PENDING "
    "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION";

// Too many requests: says nothing about the earlier ones.
constexpr std::string_view throttles = "RATE_LIMITED";

// The account, not the order.
constexpr std::string_view shuts_out =
    "UNAUTHORIZED ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_REVOKED CLIENT_DISABLED "
    "APPLICATION_DISABLED FORBIDDEN INSUFFICIENT_SCOPES";

// The key is known, with another body.
constexpr std::string_view tells_of_conflict = "IDEMPOTENCY_KEY_REUSED";

// A definite no.
constexpr std::string_view refuses =
    "NOT_IMPLEMENTED API_VERSION_INCOMPATIBLE INVALID_SQUARE_VERSION_FORMAT "
    "SANDBOX_NOT_SUPPORTED BAD_REQUEST NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE GONE "
    "REQUEST_ENTITY_TOO_LARGE UNSUPPORTED_MEDIA_TYPE UNPROCESSABLE_ENTITY "
    "MISSING_REQUIRED_PARAMETER CONFLICTING_PARAMETERS UNKNOWN_QUERY_PARAMETER "
    "UNKNOWN_BODY_PARAMETER UNEXPECTED_VALUE INCORRECT_TYPE NO_FIELDS_SET TOO_MANY_MAP_ENTRIES "
    "MAP_KEY_LENGTH_TOO_SHORT MAP_KEY_LENGTH_TOO_LONG INVALID_VALUE INVALID_ARRAY_VALUE "
    "INVALID_ENUM_VALUE INVALID_FORM_VALUE INVALID_CONTENT_TYPE INVALID_CURSOR INVALID_DATE "
    "INVALID_TIME INVALID_TIME_RANGE INVALID_SORT_ORDER INVALID_LOCATION INVALID_FEES "
    "VALUE_REGEX_MISMATCH VALUE_TOO_SHORT VALUE_TOO_LONG VALUE_TOO_LOW VALUE_TOO_HIGH "
    "VALUE_EMPTY ARRAY_LENGTH_TOO_LONG ARRAY_LENGTH_TOO_SHORT ARRAY_EMPTY EXPECTED_BOOLEAN "
    "EXPECTED_INTEGER EXPECTED_FLOAT EXPECTED_STRING EXPECTED_OBJECT EXPECTED_ARRAY "
    "EXPECTED_MAP EXPECTED_BASE64_ENCODED_BYTE_ARRAY EXPECTED_JSON_BODY "
    "LOCATION_MISMATCH CURRENCY_MISMATCH UNSUPPORTED_CURRENCY "
    "UNSUPPORTED_COUNTRY UNSUPPORTED_SOURCE_TYPE UNSUPPORTED_INSTRUMENT_TYPE "
    "MERCHANT_SUBSCRIPTION_NOT_FOUND PAYMENT_AMOUNT_MISMATCH PAYMENT_LIMIT_EXCEEDED "
    "TRANSACTION_LIMIT AMOUNT_TOO_HIGH GENERIC_DECLINE PAYMENT_NOT_REFUNDABLE "
    "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE REFUND_AMOUNT_INVALID REFUND_DECLINED "
    "INSUFFICIENT_PERMISSIONS_FOR_REFUND";

bool is_4xx(int status) { return status >= 400 && status < 500; }
bool is_2xx(int status) { return status >= 200 && status < 300; }

/// Whether a code's definite no agrees with the status it came with.
bool status_agrees(int status, std::string_view code) {
  if (status == 501) return code == "NOT_IMPLEMENTED";
  if (status == 408 || status == 409 || status == 425 || status == 429) return false;
  return is_4xx(status) || is_2xx(status);
}

bool says_already_exists(const ApiError& error) {
  return error.code == "BAD_REQUEST" &&
         error.detail.find("already exists") != std::string_view::npos;
}

Result result_of_category(std::string_view category) {
  if (category == "INVALID_REQUEST_ERROR") return Result::rejected;
  if (category == "AUTHENTICATION_ERROR") return Result::unauthorized;
  if (category == "RATE_LIMIT_ERROR") return Result::throttled;
  return Result::unknown;
}

/// The status decides where it is about the request's fate and not its content; else the category.
Result result_of_unknown_code(const ApiError& error, int status) {
  if (!is_4xx(status)) return Result::unknown;
  switch (status) {
    case 401:
    case 403:
    case 408:
    case 409:
    case 425:
    case 429:
      return result_of_status(status);
    default:
      return result_of_category(error.category);
  }
}

}  // namespace

Result result_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return Result::unauthorized;
    case 429:
      return Result::throttled;
    case 400:
    case 404:
    case 405:
    case 413:
    case 415:
    case 422:
      return Result::rejected;
    default:
      return Result::unknown;
  }
}

std::optional<Result> result_of_code(std::string_view code) {
  if (has_word(refuses, code)) return Result::rejected;
  if (has_word(leaves_it_open, code)) return Result::unknown;
  if (has_word(shuts_out, code)) return Result::unauthorized;
  if (has_word(throttles, code)) return Result::throttled;
  if (has_word(tells_of_conflict, code)) return Result::conflict;
  return std::nullopt;
}

Result result_of_error(const ApiError& error, int status) {
  if (says_already_exists(error)) return Result::conflict;
  const auto result = result_of_code(error.code);
  if (!result) return result_of_unknown_code(error, status);
  const bool definite = *result == Result::rejected || *result == Result::unauthorized;
  if (!definite || status_agrees(status, error.code)) return *result;
  return result_of_status(status);
}

}  // namespace pos::square
