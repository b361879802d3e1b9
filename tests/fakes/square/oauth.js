// ObtainToken and RevokeToken: the two requests that are authorized by the application and not by a
// seller's token.
import { refusal, SquareError } from './errors.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Entry} Entry */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').RefreshToken} RefreshToken */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

const HOUR_MS = 3600 * 1000;

/** @param {number} ms
 * @returns {string} as in Square's example, without milliseconds */
const timeOf = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Square documents no refusals of ObtainToken. Older answers of it, which are still around, have no
 * list of errors but a message and a type.
 * @param {Books} books
 * @param {string} detail
 * @returns {Error} */
function unauthorized(books, detail) {
  if (books.rules.tokenRefusal === 'message') {
    return new SquareError([], 401, { message: detail, type: 'service.not_authorized' });
  }
  return refusal('UNAUTHORIZED', detail);
}

/** What is wrong with the form of an ObtainToken, by Square's OpenAPI and the text beside it.
 * @param {Books} _books
 * @param {Call} call
 * @returns {Checker} */
export function checkObtainToken(_books, { body }) {
  const check = new Checker();
  const token = { min: 2, max: 1024 };
  check.string(body.client_id, 'client_id', { required: true, max: 191 });
  check.string(body.client_secret, 'client_secret', token);
  check.string(body.grant_type, 'grant_type', { required: true, min: 10, max: 20 });
  const isRefresh = body.grant_type === 'refresh_token';
  check.string(body.refresh_token, 'refresh_token', { ...token, required: isRefresh });
  return check;
}

/** The refresh token of a request, if it is good.
 * @param {Books} books
 * @param {Json} body
 * @returns {RefreshToken} */
function redeem(books, body) {
  const { client_id: id, client_secret: secret } = books.application;
  if (body.client_id !== id) throw unauthorized(books, 'The application is not known.');
  const known = books.store.refreshTokens.get(body.refresh_token);
  const flow = known && books.merchants.all.get(known.merchant_id)?.flow;
  // In the PKCE flow there is no secret, so an application that has none may leave it out.
  const hasToProve = flow !== 'pkce' || (body.client_secret ?? null) !== null;
  if (hasToProve && body.client_secret !== secret) {
    throw unauthorized(books, 'The client secret is not the application\'s.');
  }
  const isOver = known && known.expires_at !== null && known.expires_at <= books.now();
  if (!known || flow === undefined || known.state !== 'valid' || isOver) {
    throw unauthorized(books, 'The refresh token is not valid.');
  }
  return known;
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function obtainToken(books, { body }) {
  if (body.grant_type !== 'refresh_token') {
    throw refusal('NOT_IMPLEMENTED', 'Only refresh_token is modelled.', 'grant_type');
  }
  const known = redeem(books, body);
  const { merchants, store } = books;
  const short = body.short_lived === true;
  const lifetime = short ? 24 * HOUR_MS : books.rules.tokenLifetimeMs;
  const expires = books.now() + lifetime;
  /** @type {Entry} */
  const entry = {
    access: {
      token: merchants.newToken('EAAA'),
      merchant_id: known.merchant_id,
      state: 'valid',
      expires_at: expires,
    },
  };
  /** @type {Json} */
  const reply = {
    access_token: entry.access?.token,
    token_type: 'bearer',
    expires_at: timeOf(expires),
    merchant_id: known.merchant_id,
    refresh_token: known.token,
    short_lived: short,
  };
  if (merchants.all.get(known.merchant_id)?.flow === 'pkce') {
    const next = merchants.newToken('EQAA');
    const until = books.now() + 90 * 24 * HOUR_MS;
    entry.refresh = [
      { ...known, state: 'used' },
      { token: next, merchant_id: known.merchant_id, state: 'valid', expires_at: until },
    ];
    Object.assign(reply, { refresh_token: next, refresh_token_expires_at: timeOf(until) });
  }
  store.append(entry);
  return { status: 200, body: reply };
}

/** @param {Books} _books
 * @param {Call} call
 * @returns {Checker} */
export function checkRevokeToken(_books, { body }) {
  const check = new Checker();
  check.string(body.client_id, 'client_id', { max: 191 });
  check.string(body.access_token, 'access_token', { min: 2, max: 1024 });
  check.string(body.merchant_id, 'merchant_id');
  const named = [body.access_token, body.merchant_id].filter((value) => (value ?? null) !== null);
  if (named.length !== 1) {
    const detail = 'Set exactly one of access_token and merchant_id.';
    check.add('INVALID_VALUE', detail, 'access_token');
  }
  return check;
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function revokeToken(books, { body, authorization }) {
  if (authorization !== `Client ${books.application.client_secret}`) {
    throw unauthorized(books, 'The header is `Client APPLICATION_SECRET`.');
  }
  const id = body.merchant_id ?? books.store.accessTokens.get(body.access_token)?.merchant_id;
  if (!books.merchants.all.has(id)) throw unauthorized(books, 'The token is not known.');
  if (body.revoke_only_access_token === true) {
    const only = body.access_token ?? books.merchants.tokenOf(id);
    books.merchants.end(only, 'revoked');
  } else books.merchants.change({ merchant_id: id, state: 'revoked' });
  return { status: 200, body: { success: true } };
}
