#include "square/error_code.hpp"

#include "text/text.hpp"

namespace pos::square {

namespace {

using push::Result;

struct Class {
  Result result;
  std::string_view codes;  // with a space in between
};

// What Square's codes say of the request that they answer. From ErrorCode in Square's OpenAPI file;
// VERSION_MISMATCH is in its prose only. Left out are codes of what we never ask for
// (subscriptions, loyalty, bank links, cards on file, delayed captures) and those that tell of an
// earlier effect, such as CARD_TOKEN_USED: they are doubted and counted like a code that nobody has
// seen.
constexpr Class classes[] = {
    // A definite no.
    {Result::rejected,
     "NOT_IMPLEMENTED API_VERSION_INCOMPATIBLE INVALID_SQUARE_VERSION_FORMAT "
     "SANDBOX_NOT_SUPPORTED BAD_REQUEST NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE GONE "
     "REQUEST_ENTITY_TOO_LARGE UNSUPPORTED_MEDIA_TYPE UNPROCESSABLE_ENTITY "
     "MISSING_REQUIRED_PARAMETER CONFLICTING_PARAMETERS UNKNOWN_QUERY_PARAMETER "
     "UNKNOWN_BODY_PARAMETER UNEXPECTED_VALUE INCORRECT_TYPE NO_FIELDS_SET TOO_MANY_MAP_ENTRIES "
     "MAP_KEY_LENGTH_TOO_SHORT MAP_KEY_LENGTH_TOO_LONG INVALID_VALUE INVALID_ARRAY_VALUE "
     "INVALID_ENUM_VALUE INVALID_FORM_VALUE INVALID_CONTENT_TYPE INVALID_CURSOR INVALID_DATE "
     "INVALID_TIME INVALID_TIME_RANGE INVALID_SORT_ORDER INVALID_LOCATION INVALID_FEES "
     "INVALID_EMAIL_ADDRESS INVALID_PHONE_NUMBER INVALID_POSTAL_CODE VALUE_REGEX_MISMATCH "
     "VALUE_TOO_SHORT VALUE_TOO_LONG VALUE_TOO_LOW VALUE_TOO_HIGH VALUE_EMPTY "
     "ARRAY_LENGTH_TOO_LONG ARRAY_LENGTH_TOO_SHORT ARRAY_EMPTY EXPECTED_BOOLEAN "
     "EXPECTED_INTEGER EXPECTED_FLOAT EXPECTED_STRING EXPECTED_OBJECT EXPECTED_ARRAY "
     "EXPECTED_MAP EXPECTED_BASE64_ENCODED_BYTE_ARRAY EXPECTED_JSON_BODY CUSTOMER_NOT_FOUND "
     "ONE_INSTRUMENT_EXPECTED LOCATION_MISMATCH CURRENCY_MISMATCH UNSUPPORTED_CURRENCY "
     "UNSUPPORTED_COUNTRY UNSUPPORTED_SOURCE_TYPE UNSUPPORTED_INSTRUMENT_TYPE "
     "PAYMENT_NOT_REFUNDABLE PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE REFUND_AMOUNT_INVALID "
     "REFUND_DECLINED INSUFFICIENT_PERMISSIONS_FOR_REFUND"},

    // A payment that was declined: also a definite no. We only record payments, which no issuer can
    // decline; should one be declined all the same, to ask ten times would not change it.
    {Result::rejected,
     "GENERIC_DECLINE CARD_DECLINED CARD_DECLINED_CALL_ISSUER "
     "CARD_DECLINED_VERIFICATION_REQUIRED READER_DECLINED PAYMENT_AMOUNT_MISMATCH "
     "PAYMENT_LIMIT_EXCEEDED TRANSACTION_LIMIT AMOUNT_TOO_HIGH INSUFFICIENT_FUNDS "
     "INSUFFICIENT_PERMISSIONS CARDHOLDER_INSUFFICIENT_PERMISSIONS ACCOUNT_UNUSABLE "
     "BUYER_REFUSED_PAYMENT GIFT_CARD_AVAILABLE_AMOUNT INVALID_ACCOUNT INVALID_CARD "
     "INVALID_CARD_DATA INVALID_ENCRYPTED_CARD INVALID_EXPIRATION INVALID_EXPIRATION_YEAR "
     "INVALID_EXPIRATION_DATE BAD_EXPIRATION CARD_EXPIRED EXPIRATION_FAILURE CARD_TOKEN_EXPIRED "
     "CARD_MISMATCH CARD_NOT_SUPPORTED CARD_PRESENCE_REQUIRED CHIP_INSERTION_REQUIRED "
     "UNSUPPORTED_CARD_BRAND UNSUPPORTED_ENTRY_METHOD MANUALLY_ENTERED_PAYMENT_NOT_SUPPORTED "
     "CVV_FAILURE VERIFY_CVV_FAILURE ADDRESS_VERIFICATION_FAILURE VERIFY_AVS_FAILURE "
     "VOICE_FAILURE PAN_FAILURE INVALID_PIN MISSING_PIN ALLOWABLE_PIN_TRIES_EXCEEDED "
     "APPLE_TTP_PIN_TOKEN MISSING_ACCOUNT_TYPE"},

    // It may have happened. REQUEST_TIMEOUT is an INVALID_REQUEST_ERROR and TEMPORARY_ERROR a
    // PAYMENT_METHOD_ERROR: a category alone would misjudge them.
    {Result::unknown,
     "INTERNAL_SERVER_ERROR BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT REQUEST_TIMEOUT "
     "TEMPORARY_ERROR CONFLICT VERSION_MISMATCH REFUND_ALREADY_PENDING "
     "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION"},

    // The account, not the order: once somebody has mended it, its orders can go as they are.
    {Result::unauthorized,
     "UNAUTHORIZED ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_REVOKED CLIENT_DISABLED "
     "APPLICATION_DISABLED FORBIDDEN INSUFFICIENT_SCOPES V1_APPLICATION V1_ACCESS_TOKEN "
     "CARD_PROCESSING_NOT_ENABLED MERCHANT_SUBSCRIPTION_NOT_FOUND"},

    // Too many requests: says nothing about the earlier ones.
    {Result::throttled, "RATE_LIMITED"},

    // The key is known, with another body.
    {Result::conflict, "IDEMPOTENCY_KEY_REUSED"},
};

bool is_4xx(int status) { return status >= 400 && status < 500; }

/// Whether a code's definite no agrees with the status it came with.
bool status_agrees(int status, std::string_view code) {
  if (status == 501) return code == "NOT_IMPLEMENTED";
  if (status == 408 || status == 409 || status == 425 || status == 429) return false;
  return is_4xx(status);
}

bool says_already_exists(const ApiError& error) {
  return error.code == "BAD_REQUEST" &&
         error.detail.find("already exists") != std::string_view::npos;
}

/// What may be believed of a code that nobody has seen: that the request was not let in, or that
/// there are too many of them. It is never a definite no, for IDEMPOTENCY_KEY_REUSED, which tells
/// of an effect, comes with the same status and the same category as a mistyped field.
Result result_of_unknown_code(const ApiError& error, int status) {
  if (!is_4xx(status) || status == 408 || status == 409 || status == 425) return Result::unknown;
  const Result result = result_of_status(status);
  if (result == Result::unauthorized || result == Result::throttled) return result;
  if (error.category == "AUTHENTICATION_ERROR") return Result::unauthorized;
  if (error.category == "RATE_LIMIT_ERROR") return Result::throttled;
  return Result::unknown;
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
  for (const Class& each : classes) {
    if (has_word(each.codes, code)) return each.result;
  }
  return std::nullopt;
}

std::string countable(std::string_view code) {
  if (code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string_view::npos) {
    return "other";
  }
  return std::string(code.substr(0, max_code_bytes));
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
