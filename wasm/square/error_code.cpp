#include "square/error_code.hpp"

namespace pos::square {

namespace {

using push::Result;

struct Row {
  std::string_view code;
  Result result;
};

// From ErrorCode in Square's OpenAPI file. Declines of cards are left out: we send none, and a code
// that is not here is doubted, which is safe. VERSION_MISMATCH is in prose only.
constexpr Row table[] = {
    // It may have happened.
    {"INTERNAL_SERVER_ERROR", Result::unknown},
    {"BAD_GATEWAY", Result::unknown},
    {"SERVICE_UNAVAILABLE", Result::unknown},
    {"GATEWAY_TIMEOUT", Result::unknown},
    {"REQUEST_TIMEOUT", Result::unknown},
    {"TEMPORARY_ERROR", Result::unknown},
    {"CONFLICT", Result::unknown},
    {"VERSION_MISMATCH", Result::unknown},
    {"REFUND_ALREADY_PENDING", Result::unknown},
    {"REFUND_ERROR_PAYMENT_NEEDS_COMPLETION", Result::unknown},
    // Too many requests: says nothing about the earlier ones.
    {"RATE_LIMITED", Result::throttled},
    // The account, not the order.
    {"UNAUTHORIZED", Result::unauthorized},
    {"ACCESS_TOKEN_EXPIRED", Result::unauthorized},
    {"ACCESS_TOKEN_REVOKED", Result::unauthorized},
    {"CLIENT_DISABLED", Result::unauthorized},
    {"APPLICATION_DISABLED", Result::unauthorized},
    {"FORBIDDEN", Result::unauthorized},
    {"INSUFFICIENT_SCOPES", Result::unauthorized},
    // The key is known, with another body.
    {"IDEMPOTENCY_KEY_REUSED", Result::conflict},
    // A definite no.
    {"NOT_IMPLEMENTED", Result::rejected},
    {"API_VERSION_INCOMPATIBLE", Result::rejected},
    {"INVALID_SQUARE_VERSION_FORMAT", Result::rejected},
    {"SANDBOX_NOT_SUPPORTED", Result::rejected},
    {"BAD_REQUEST", Result::rejected},
    {"NOT_FOUND", Result::rejected},
    {"METHOD_NOT_ALLOWED", Result::rejected},
    {"NOT_ACCEPTABLE", Result::rejected},
    {"GONE", Result::rejected},
    {"REQUEST_ENTITY_TOO_LARGE", Result::rejected},
    {"UNSUPPORTED_MEDIA_TYPE", Result::rejected},
    {"UNPROCESSABLE_ENTITY", Result::rejected},
    {"MISSING_REQUIRED_PARAMETER", Result::rejected},
    {"CONFLICTING_PARAMETERS", Result::rejected},
    {"UNKNOWN_QUERY_PARAMETER", Result::rejected},
    {"UNKNOWN_BODY_PARAMETER", Result::rejected},
    {"UNEXPECTED_VALUE", Result::rejected},
    {"INCORRECT_TYPE", Result::rejected},
    {"NO_FIELDS_SET", Result::rejected},
    {"TOO_MANY_MAP_ENTRIES", Result::rejected},
    {"MAP_KEY_LENGTH_TOO_SHORT", Result::rejected},
    {"MAP_KEY_LENGTH_TOO_LONG", Result::rejected},
    {"INVALID_VALUE", Result::rejected},
    {"INVALID_ARRAY_VALUE", Result::rejected},
    {"INVALID_ENUM_VALUE", Result::rejected},
    {"INVALID_FORM_VALUE", Result::rejected},
    {"INVALID_CONTENT_TYPE", Result::rejected},
    {"INVALID_CURSOR", Result::rejected},
    {"INVALID_DATE", Result::rejected},
    {"INVALID_TIME", Result::rejected},
    {"INVALID_TIME_RANGE", Result::rejected},
    {"INVALID_SORT_ORDER", Result::rejected},
    {"INVALID_LOCATION", Result::rejected},
    {"INVALID_FEES", Result::rejected},
    {"VALUE_REGEX_MISMATCH", Result::rejected},
    {"VALUE_TOO_SHORT", Result::rejected},
    {"VALUE_TOO_LONG", Result::rejected},
    {"VALUE_TOO_LOW", Result::rejected},
    {"VALUE_TOO_HIGH", Result::rejected},
    {"VALUE_EMPTY", Result::rejected},
    {"ARRAY_LENGTH_TOO_LONG", Result::rejected},
    {"ARRAY_LENGTH_TOO_SHORT", Result::rejected},
    {"ARRAY_EMPTY", Result::rejected},
    {"EXPECTED_BOOLEAN", Result::rejected},
    {"EXPECTED_INTEGER", Result::rejected},
    {"EXPECTED_FLOAT", Result::rejected},
    {"EXPECTED_STRING", Result::rejected},
    {"EXPECTED_OBJECT", Result::rejected},
    {"EXPECTED_ARRAY", Result::rejected},
    {"EXPECTED_MAP", Result::rejected},
    {"EXPECTED_BASE64_ENCODED_BYTE_ARRAY", Result::rejected},
    {"EXPECTED_JSON_BODY", Result::rejected},
    {"LOCATION_MISMATCH", Result::rejected},
    {"CURRENCY_MISMATCH", Result::rejected},
    {"UNSUPPORTED_CURRENCY", Result::rejected},
    {"UNSUPPORTED_COUNTRY", Result::rejected},
    {"UNSUPPORTED_SOURCE_TYPE", Result::rejected},
    {"UNSUPPORTED_INSTRUMENT_TYPE", Result::rejected},
    {"MERCHANT_SUBSCRIPTION_NOT_FOUND", Result::rejected},
    {"PAYMENT_AMOUNT_MISMATCH", Result::rejected},
    {"PAYMENT_LIMIT_EXCEEDED", Result::rejected},
    {"TRANSACTION_LIMIT", Result::rejected},
    {"AMOUNT_TOO_HIGH", Result::rejected},
    {"GENERIC_DECLINE", Result::rejected},
    {"PAYMENT_NOT_REFUNDABLE", Result::rejected},
    {"PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", Result::rejected},
    {"REFUND_AMOUNT_INVALID", Result::rejected},
    {"REFUND_DECLINED", Result::rejected},
    {"INSUFFICIENT_PERMISSIONS_FOR_REFUND", Result::rejected},
};

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
  for (const Row& row : table) {
    if (row.code == code) return row.result;
  }
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
