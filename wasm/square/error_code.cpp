#include "square/error_code.hpp"

#include "base/text.hpp"

namespace pos::square {

namespace {

using net::Result;

struct Class {
  Result result;
  std::string_view codes;  // with a space in between
};

// What Square's codes say of the request that they answer. From ErrorCode in Square's OpenAPI file;
// VERSION_MISMATCH is in its prose only. Left out are codes of what we never ask for
// (subscriptions, loyalty, bank links, cards on file, delayed captures) and those that tell of an
// earlier effect, such as CARD_TOKEN_USED: they are doubted and counted like a code that nobody has
// seen.
// The account: where it sells, what it has signed up for, which version of the API it asks with. A
// definite no, and the same to each of its orders until an operator has changed that.
constexpr std::string_view codes_of_account =
    "INVALID_LOCATION LOCATION_MISMATCH UNSUPPORTED_COUNTRY UNSUPPORTED_CURRENCY "
    "API_VERSION_INCOMPATIBLE INVALID_SQUARE_VERSION_FORMAT SANDBOX_NOT_SUPPORTED CLIENT_DISABLED "
    "APPLICATION_DISABLED CARD_PROCESSING_NOT_ENABLED MERCHANT_SUBSCRIPTION_NOT_FOUND";

// The same by its words, in lower case, where the code names nothing:
// `BAD_REQUEST "This account has not been enabled to take payments"`.
constexpr std::string_view words_of_account[] = {
    "account has not been",    "account is not",      "account has been", "merchant has not been",
    "merchant is not",         "seller is not",       "location is not",  "location is inactive",
    "enabled to take payment", "can't take payments", "api version",      "square version",
};

// And by the field that it names.
constexpr std::string_view fields_of_account[] = {"location_id", "location_ids", "square_version"};

constexpr Class classes[] = {
    // A definite no.
    {Result::rejected,
     "NOT_IMPLEMENTED BAD_REQUEST NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE GONE "
     "REQUEST_ENTITY_TOO_LARGE UNSUPPORTED_MEDIA_TYPE UNPROCESSABLE_ENTITY "
     "MISSING_REQUIRED_PARAMETER CONFLICTING_PARAMETERS UNKNOWN_QUERY_PARAMETER "
     "UNKNOWN_BODY_PARAMETER UNEXPECTED_VALUE INCORRECT_TYPE NO_FIELDS_SET TOO_MANY_MAP_ENTRIES "
     "MAP_KEY_LENGTH_TOO_SHORT MAP_KEY_LENGTH_TOO_LONG INVALID_VALUE INVALID_ARRAY_VALUE "
     "INVALID_ENUM_VALUE INVALID_FORM_VALUE INVALID_CONTENT_TYPE INVALID_CURSOR INVALID_DATE "
     "INVALID_TIME INVALID_TIME_RANGE INVALID_SORT_ORDER INVALID_FEES "
     "INVALID_EMAIL_ADDRESS INVALID_PHONE_NUMBER INVALID_POSTAL_CODE VALUE_REGEX_MISMATCH "
     "VALUE_TOO_SHORT VALUE_TOO_LONG VALUE_TOO_LOW VALUE_TOO_HIGH VALUE_EMPTY "
     "ARRAY_LENGTH_TOO_LONG ARRAY_LENGTH_TOO_SHORT ARRAY_EMPTY EXPECTED_BOOLEAN "
     "EXPECTED_INTEGER EXPECTED_FLOAT EXPECTED_STRING EXPECTED_OBJECT EXPECTED_ARRAY "
     "EXPECTED_MAP EXPECTED_BASE64_ENCODED_BYTE_ARRAY EXPECTED_JSON_BODY CUSTOMER_NOT_FOUND "
     "ONE_INSTRUMENT_EXPECTED CURRENCY_MISMATCH UNSUPPORTED_SOURCE_TYPE "
     "UNSUPPORTED_INSTRUMENT_TYPE "
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

    // The token, not the order: once it is replaced, its orders can go as they are.
    {Result::unauthorized,
     "UNAUTHORIZED ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_REVOKED FORBIDDEN INSUFFICIENT_SCOPES "
     "V1_APPLICATION V1_ACCESS_TOKEN"},

    // Too many requests: says nothing about the earlier ones.
    {Result::throttled, "RATE_LIMITED"},

    // The key is known, with another body.
    {Result::conflict, "IDEMPOTENCY_KEY_REUSED"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

/// Whether a no that is the request's by its code is the account's by what else it says.
bool names_the_account(const ApiError& error) {
  const std::string field = lower(error.field.substr(error.field.rfind('.') + 1));
  for (const std::string_view each : fields_of_account) {
    if (field.compare(0, each.size(), each) == 0) return true;
  }
  if (!error.field.empty()) return false;
  const std::string detail = lower(error.detail);
  for (const std::string_view each : words_of_account) {
    if (detail.find(each) != std::string::npos) return true;
  }
  return false;
}

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

bool is_unseen_of_account(const ApiError& error) {
  return error.code.substr(0, 12) == "UNSUPPORTED_" || error.code.substr(0, 12) == "API_VERSION_";
}

/// What may be believed of an unknown code: that the request was not let in, or that
/// there are too many of them. It is never a definite no, for IDEMPOTENCY_KEY_REUSED, which tells
/// of an effect, comes with the same status and the same category as a mistyped field.
Result result_of_unknown_code(const ApiError& error, int status) {
  if (!is_4xx(status) || status == 408 || status == 409 || status == 425) return Result::unknown;
  // What Square supports nowhere this account sells: how such codes are made says so, and none of
  // them can tell of an effect.
  if (is_unseen_of_account(error)) return Result::unauthorized;
  const Result result = result_of_status(status);
  if (result == Result::unauthorized || result == Result::throttled) return result;
  if (error.category == "AUTHENTICATION_ERROR") return Result::unauthorized;
  if (error.category == "RATE_LIMIT_ERROR") return Result::throttled;
  return Result::unknown;
}

/// Whether the error's category says that nothing was done (Square OpenAPI, ErrorCategory). The
/// others are about the API, the token, the pace or an external vendor: a code that says no beside
/// one of them contradicts it.
bool is_category_of_a_no(const ApiError& error) {
  return has_word(
             "INVALID_REQUEST_ERROR PAYMENT_METHOD_ERROR REFUND_ERROR MERCHANT_SUBSCRIPTION_ERROR",
             error.category) ||
         (error.category == "API_ERROR" && error.code == "NOT_IMPLEMENTED");
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
  if (has_word(codes_of_account, code)) return Result::unauthorized;
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
  auto result = result_of_code(error.code);
  if (result == Result::rejected && names_the_account(error)) result = Result::unauthorized;
  if (!result) return result_of_unknown_code(error, status);
  if (*result == Result::rejected && !is_category_of_a_no(error)) return Result::unknown;
  const bool definite = *result == Result::rejected || *result == Result::unauthorized;
  if (!definite || status_agrees(status, error.code)) return *result;
  return result_of_status(status);
}

bool is_of_account(const ApiError& error, int status) {
  if (result_of_error(error, status) != Result::unauthorized) return false;
  if (has_word(codes_of_account, error.code)) return true;
  const auto by_code = result_of_code(error.code);
  return by_code ? *by_code == Result::rejected : is_unseen_of_account(error);
}

std::string refusal_of(const ApiError& error) {
  std::string out = error.code.empty() ? std::string("without a code") : countable(error.code);
  if (!error.field.empty()) out += ' ';
  for (const char c : error.field.substr(0, max_code_bytes)) {
    if (c >= ' ' && c <= '~' && !is_digit(c)) out += c;
  }
  return out;
}

}  // namespace pos::square
