// Who sells at this Square, and the tokens with which the application acts for each of them. Lifetimes
// and flows are those of Square's OpenAPI, ObtainToken: an access token lives 30 days, a short-lived
// one 24 hours; in the code flow a refresh token is good for ever and comes back as it was, in the PKCE
// flow it is good once and for 90 days.
import { sha256 } from './canonical.js';
import { refusal } from './errors.js';

/** @typedef {import('./types.d.ts').AccessToken} AccessToken */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Merchant} Merchant */
/** @typedef {import('./types.d.ts').MerchantOptions} MerchantOptions */
/** @typedef {import('./types.d.ts').RefreshToken} RefreshToken */
/** @typedef {import('./types.d.ts').TokenChange} TokenChange */
/** @typedef {import('./books.js').Books} Books */

const DAY_MS = 24 * 3600 * 1000;

/** What the application is known by unless told otherwise. */
export const DEFAULT_APPLICATION = {
  client_id: 'sandbox-sq0idb-local',
  client_secret: 'sandbox-sq0csb-local',
};

export class Merchants {
  /** @param {Books} books
   * @param {MerchantOptions[]} options the first is the one that is meant where none is named */
  constructor(books, options) {
    this.books = books;
    this.options = options;
    /** @type {Map<string, Merchant>} */
    this.all = new Map();
    options.forEach((merchant) => this.add(merchant));
  }

  /** @returns {Merchant} the one that is meant where none is named */
  get main() {
    return /** @type {Merchant} */ (this.all.get(this.options[0].id));
  }

  /** A merchant lets the application act for it, perhaps anew. What was issued to it before is unknown
   * from then on, as it is after a seller has disconnected and come back.
   * @param {MerchantOptions} options
   * @returns {Merchant} */
  authorize(options) {
    for (const tokens of [this.books.store.accessTokens, this.books.store.refreshTokens]) {
      for (const { token, merchant_id: of } of [...tokens.values()]) {
        if (of === options.id) tokens.delete(token);
      }
    }
    return this.add(options);
  }

  /** @param {MerchantOptions} options
   * @returns {Merchant} */
  add({ id, locations, flow = 'code', access_token, refresh_token, expires_in_ms }) {
    // Square's OpenAPI, ObtainTokenResponse.merchant_id: 8 to 191 characters.
    if (!/^.{8,191}$/.test(id)) throw new Error(`a merchant's id has 8 to 191 characters: ${id}`);
    const merchant = { id, locations, flow };
    this.all.set(id, merchant);
    const { accessTokens, refreshTokens } = this.books.store;
    // The journal knows better than the options what came of a token since it was first given.
    if (access_token !== undefined && !accessTokens.has(access_token)) {
      const expires = expires_in_ms === undefined ? null : this.books.now() + expires_in_ms;
      accessTokens.set(access_token, {
        token: access_token, merchant_id: id, state: 'valid', expires_at: expires,
      });
    }
    if (refresh_token !== undefined && !refreshTokens.has(refresh_token)) {
      const expires = flow === 'pkce' ? this.books.now() + 90 * DAY_MS : null;
      refreshTokens.set(refresh_token, {
        token: refresh_token, merchant_id: id, state: 'valid', expires_at: expires,
      });
    }
    return merchant;
  }

  /** @param {string} location
   * @returns {string} the merchant that sells there */
  at(location) {
    const merchants = [...this.all.values()];
    return merchants.find(({ locations }) => locations.some(({ id }) => id === location))?.id ?? '';
  }

  /** Everything as it was at the start. */
  reset() {
    this.all.clear();
    this.options.forEach((merchant) => this.add(merchant));
  }

  /** What a seller or the clock does to the tokens of one merchant. A new token is a new authorization:
   * those before it are unknown. To revoke an authorization ends its refresh token too, unless only
   * the access token is meant.
   * @param {TokenChange} change */
  change({ merchant_id: id = this.main.id, token, state = 'valid', ...more }) {
    const { accessTokens, refreshTokens } = this.books.store;
    if (!this.all.has(id)) throw new Error(`unknown merchant: ${id}`);
    const own = [...accessTokens.values()].filter(({ merchant_id: of }) => of === id);
    if (token !== undefined) {
      for (const { token: old } of own) accessTokens.delete(old);
      own.splice(0, own.length, { token, merchant_id: id, state, expires_at: null });
    }
    const expires = more.expires_in_ms === undefined ? {} :
      { expires_at: this.books.now() + more.expires_in_ms };
    for (const one of own) accessTokens.set(one.token, { ...one, ...expires, state });
    if (state === 'expired' || more.revoke_only_access_token) return;
    for (const one of refreshTokens.values()) {
      const isEnded = one.state === 'used';
      if (one.merchant_id === id && !isEnded) refreshTokens.set(one.token, { ...one, state });
    }
  }

  /** Ends one access token and nothing else.
   * @param {string} token
   * @param {'expired' | 'revoked'} state */
  end(token, state) {
    const known = this.books.store.accessTokens.get(token);
    if (known) this.books.store.accessTokens.set(token, { ...known, state });
  }

  /** The newest access token of a merchant.
   * @param {string} [id]
   * @returns {string} */
  tokenOf(id = this.main.id) {
    const own = [...this.books.store.accessTokens.values()];
    return own.findLast(({ merchant_id: of }) => of === id)?.token ?? '';
  }

  /** Whom a bearer token stands for, whether or not it is still good.
   * @param {string | undefined} authorization
   * @returns {AccessToken | undefined} */
  bearer(authorization = '') {
    return this.books.store.accessTokens.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '');
  }

  /** Throws Square's refusal unless the token is good.
   * @param {string | undefined} authorization
   * @returns {Merchant} */
  admit(authorization) {
    const known = this.bearer(authorization);
    const merchant = known && this.all.get(known.merchant_id);
    if (!merchant) throw refusal('UNAUTHORIZED', 'This request could not be authorized.');
    if (known.state === 'revoked') {
      throw refusal('ACCESS_TOKEN_REVOKED', 'The token was revoked.');
    }
    const isOver = known.expires_at !== null && known.expires_at <= this.books.now();
    if (known.state === 'expired' || isOver) {
      throw refusal('ACCESS_TOKEN_EXPIRED', 'The token has expired.');
    }
    return merchant;
  }

  /** A token that nobody has had, the same one in every run with this seed.
   * @param {'EAAA' | 'EQAA'} kind an access or a refresh token
   * @returns {string} */
  newToken(kind) {
    const digest = sha256(`${this.books.store.seed}:${kind}:${this.books.store.issued}`);
    return `${kind}l${Buffer.from(digest, 'hex').toString('base64url')}`;
  }

  /** How the merchants' tokens are.
   * @returns {Json[]} */
  state() {
    const { accessTokens, refreshTokens } = this.books.store;
    return [...this.all.values()].map(({ id, flow, locations }) => ({
      id,
      flow,
      locations,
      access_tokens: [...accessTokens.values()].filter(({ merchant_id: of }) => of === id),
      refresh_tokens: [...refreshTokens.values()].filter(({ merchant_id: of }) => of === id),
    }));
  }
}
