// What Resend asks of a mail before it takes it, and how it refuses one. Names and statuses are those
// of its reference of errors.

/** @typedef {import('../square/types.d.ts').Json} Json */

/** @type {Record<string, number>} */
const STATUSES = {
  invalid_idempotency_key: 400,
  missing_api_key: 401,
  suspended_api_key: 403,
  not_found: 404,
  method_not_allowed: 405,
  concurrent_idempotent_requests: 409,
  invalid_idempotent_request: 409,
  missing_required_field: 422,
  validation_error: 422,
  rate_limit_exceeded: 429,
  internal_server_error: 500,
  application_error: 500,
};

/** A refusal in Resend's shape. */
export class ResendError extends Error {
  /** @param {string} name
   * @param {string} message
   * @param {number} [status] where the same name comes with several */
  constructor(name, message, status = STATUSES[name] ?? 500) {
    super(message);
    this.status = status;
    this.body = { statusCode: status, name, message };
  }
}

/** What Resend says with an HTTP status that a fault gives.
 * @param {number} status
 * @returns {Json} */
export function errorOfStatus(status) {
  const named = Object.entries(STATUSES).find(([, value]) => value === status)?.[0];
  const name = named ?? (status >= 500 ? 'application_error' : 'validation_error');
  return new ResendError(name, 'Injected by the local Resend.', status).body;
}

/** The most recipients that one mail has. */
const MOST = 50;

const KNOWN = ['from', 'to', 'subject', 'text', 'html', 'cc', 'bcc', 'reply_to', 'headers', 'tags',
  'attachments', 'scheduled_at'];

const ADDRESS = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/;

/** The address in "email@example.com" or "Name <email@example.com>"; empty if it is neither.
 * @param {unknown} text
 * @returns {string} */
export function addressIn(text) {
  if (typeof text !== 'string') return '';
  const address = /<([^<>]*)>$/.exec(text)?.[1] ?? text;
  return ADDRESS.test(address) ? address : '';
}

/** @param {string} field
 * @param {unknown} value */
function checkAddress(field, value) {
  if (addressIn(value) !== '') return;
  throw new ResendError('validation_error', `Invalid \`${field}\` field. The email address needs to ` +
    'follow the `email@example.com` or `Name <email@example.com>` format.');
}

/** Throws Resend's refusal of a mail that it would not send.
 * @param {any} mail */
export function checkMail(mail) {
  if (typeof mail !== 'object' || mail === null || Array.isArray(mail)) {
    throw new ResendError('validation_error', 'The body is no JSON object.');
  }
  const missing = ['from', 'to', 'subject'].find((name) => (mail[name] ?? '') === '');
  if (missing) throw new ResendError('missing_required_field', `Missing \`${missing}\` field.`);
  if ([mail.text, mail.html].every((body) => (body ?? '') === '')) {
    throw new ResendError('missing_required_field', 'Missing `html` or `text` field.');
  }
  const odd = ['subject', 'text', 'html'].find((name) => typeof (mail[name] ?? '') !== 'string');
  if (odd) throw new ResendError('validation_error', `The \`${odd}\` field must be a \`string\`.`);
  checkAddress('from', mail.from);
  for (const field of ['to', 'cc', 'bcc', 'reply_to']) {
    const all = [mail[field] ?? []].flat();
    if (all.length > MOST || (field === 'to' && all.length === 0)) {
      throw new ResendError('validation_error', `\`${field}\` has 1 to ${MOST} addresses.`);
    }
    for (const address of all) checkAddress(field, address);
  }
  const [stranger] = Object.keys(mail).filter((name) => !KNOWN.includes(name));
  if (stranger !== undefined) {
    throw new ResendError('validation_error', `\`${stranger}\` is not a field of a mail.`);
  }
}
