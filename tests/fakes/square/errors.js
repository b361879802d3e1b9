// Square's errors: a code, its category, and the HTTP status that goes with it.

/** @typedef {import('./types.d.ts').Json} Json */

// Codes that are not the caller's mistake; every other one is INVALID_REQUEST_ERROR. The
// categories are those of Square's ErrorCode list.
/** @type {Record<string, string>} */
const CATEGORIES = {
  INTERNAL_SERVER_ERROR: 'API_ERROR',
  BAD_GATEWAY: 'API_ERROR',
  SERVICE_UNAVAILABLE: 'API_ERROR',
  GATEWAY_TIMEOUT: 'API_ERROR',
  NOT_IMPLEMENTED: 'API_ERROR',
  UNAUTHORIZED: 'AUTHENTICATION_ERROR',
  ACCESS_TOKEN_EXPIRED: 'AUTHENTICATION_ERROR',
  ACCESS_TOKEN_REVOKED: 'AUTHENTICATION_ERROR',
  FORBIDDEN: 'AUTHENTICATION_ERROR',
  INSUFFICIENT_SCOPES: 'AUTHENTICATION_ERROR',
  RATE_LIMITED: 'RATE_LIMIT_ERROR',
  CURRENCY_MISMATCH: 'PAYMENT_METHOD_ERROR',
  PAYMENT_AMOUNT_MISMATCH: 'PAYMENT_METHOD_ERROR',
  PAYMENT_NOT_REFUNDABLE: 'REFUND_ERROR',
  PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE: 'REFUND_ERROR',
  REFUND_ALREADY_PENDING: 'REFUND_ERROR',
  REFUND_AMOUNT_INVALID: 'REFUND_ERROR',
  REFUND_ERROR_PAYMENT_NEEDS_COMPLETION: 'REFUND_ERROR',
};

/** @type {Record<string, number>} */
const STATUSES = {
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
  UNAUTHORIZED: 401,
  ACCESS_TOKEN_EXPIRED: 401,
  ACCESS_TOKEN_REVOKED: 401,
  FORBIDDEN: 403,
  INSUFFICIENT_SCOPES: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  REQUEST_ENTITY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
};

/** One entry of a reply's `errors`.
 * @param {string} code
 * @param {string} detail
 * @param {string} [field]
 * @returns {Json} */
export function errorEntry(code, detail, field) {
  const category = CATEGORIES[code] ?? 'INVALID_REQUEST_ERROR';
  return field === undefined ? { category, code, detail } : { category, code, detail, field };
}

/** A refusal in Square's shape. With several entries the status is the first one's. */
export class SquareError extends Error {
  /** @param {Json[]} errors
   * @param {number} [status]
   * @param {Json} [body] */
  constructor(errors, status = STATUSES[errors[0]?.code] ?? 400, body = { errors }) {
    super(errors.map((error) => `${error.code}: ${error.detail}`).join('; '));
    this.errors = errors;
    this.status = status;
    this.body = body;
  }
}

/** A refusal with one entry.
 * @param {string} code
 * @param {string} detail
 * @param {string} [field]
 * @returns {SquareError} */
export function refusal(code, detail, field) {
  return new SquareError([errorEntry(code, detail, field)]);
}

/** The code that an HTTP status stands for, for faults that are given as a status.
 * @param {number} status
 * @returns {string} */
function codeOfStatus(status) {
  const named = Object.entries(STATUSES).find(([, value]) => value === status);
  return named ? named[0] : status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
}

/** What Square says with an HTTP status that a fault gives.
 * @param {number} status
 * @returns {Json} */
export const errorOfStatus = (status) =>
  ({ errors: [errorEntry(codeOfStatus(status), 'Injected by the local Square.')] });
