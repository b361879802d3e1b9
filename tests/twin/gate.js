// What Square asks of any request before it looks at what is in it: token, version, content type.
import { refusal } from './errors.js';

/** @typedef {import('node:http').IncomingHttpHeaders} Headers */

/** @typedef {'valid' | 'expired' | 'revoked'} TokenState */

export class Gate {
  /** @param {string} token */
  constructor(token) {
    this.token = token;
    /** @type {TokenState} */
    this.state = 'valid';
  }

  /** Changes which token is good, or what became of it.
   * @param {{token?: string, state?: TokenState}} change */
  change({ token = this.token, state = 'valid' }) {
    this.token = token;
    this.state = state;
  }

  /** Throws Square's refusal unless the token is good.
   * @param {Headers} headers */
  checkToken(headers) {
    if (headers.authorization !== `Bearer ${this.token}`) {
      throw refusal('UNAUTHORIZED', 'This request could not be authorized.');
    }
    if (this.state === 'expired') throw refusal('ACCESS_TOKEN_EXPIRED', 'The token has expired.');
    if (this.state === 'revoked') throw refusal('ACCESS_TOKEN_REVOKED', 'The token was revoked.');
  }

  /** @param {Headers} headers
   * @param {boolean} hasBody */
  checkHeaders(headers, hasBody) {
    const version = headers['square-version'];
    if (version !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(String(version))) {
      throw refusal('INVALID_SQUARE_VERSION_FORMAT', 'The version is YYYY-MM-DD.');
    }
    if (hasBody && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
      throw refusal('INVALID_CONTENT_TYPE', 'The content type is application/json.');
    }
  }
}
