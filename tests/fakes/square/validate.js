// Checks a request field by field and collects what is wrong in Square's words.
import { errorEntry } from './errors.js';

/** @typedef {import('./types.d.ts').Finding} Finding */
/** @typedef {import('./types.d.ts').Json} Json */

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Collects what is wrong with one request. */
export class Checker {
  constructor() {
    /** What Square would say.
     * @type {Json[]} */
    this.errors = [];
    /** What no client may ever send, whoever the seller is.
     * @type {Finding[]} */
    this.violations = [];
  }

  /** Breaks a rule that every client can know.
   * @param {string} code
   * @param {string} message
   * @param {string} field */
  add(code, message, field) {
    this.refuse(code, message, field);
    this.note(code, message, field);
  }

  /** Breaks a rule that Square passes over in silence.
   * @param {string} code
   * @param {string} message
   * @param {string} field */
  note(code, message, field) {
    this.violations.push({ code, message, field });
  }

  /** Is refused for what the seller is or has, or for what this double does not model.
   * @param {string} code
   * @param {string} detail
   * @param {string} field */
  refuse(code, detail, field) {
    this.errors.push(errorEntry(code, detail, field));
  }

  /** Whether a value is there; a missing one that is required is an error.
   * @param {unknown} value
   * @param {string} field
   * @param {boolean} [required]
   * @returns {boolean} */
  present(value, field, required = false) {
    if (value !== undefined && value !== null) return true;
    if (required) this.add('MISSING_REQUIRED_PARAMETER', 'Missing required parameter.', field);
    return false;
  }

  /** @param {unknown} value
   * @param {string} field
   * @param {{required?: boolean, min?: number, max?: number, bytes?: boolean}} [rule]
   * @returns {value is string} */
  string(value, field, { required = false, min = 0, max = Infinity, bytes = false } = {}) {
    if (!this.present(value, field, required)) return false;
    if (typeof value !== 'string') {
      this.add('EXPECTED_STRING', 'Expected a string value.', field);
      return false;
    }
    const length = bytes ? Buffer.byteLength(value) : [...value].length;
    if (length < min) {
      this.add('VALUE_EMPTY', 'Field must not be blank.', field);
      return false;
    }
    if (length > max) {
      this.add('VALUE_TOO_LONG', `Field must not be greater than ${max} length.`, field);
      return false;
    }
    return true;
  }

  /** @param {unknown} value
   * @param {string} field
   * @param {{required?: boolean, min?: number, max?: number}} [rule]
   * @returns {value is number} */
  integer(value, field, { required = false, min = -Infinity, max = Infinity } = {}) {
    if (!this.present(value, field, required)) return false;
    // A number that does not survive parsing exactly would be another amount of money.
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      this.add('EXPECTED_INTEGER', 'Expected an integer value.', field);
      return false;
    }
    if (value < min) this.add('VALUE_TOO_LOW', `Must be at least ${min}.`, field);
    else if (value > max) this.add('VALUE_TOO_HIGH', `Must be at most ${max}.`, field);
    else return true;
    return false;
  }

  /** @param {unknown} value
   * @param {string} field
   * @param {string[]} allowed
   * @param {boolean} [required]
   * @returns {value is string} */
  oneOf(value, field, allowed, required = false) {
    if (!this.string(value, field, { required })) return false;
    if (allowed.includes(value)) return true;
    this.add('INVALID_ENUM_VALUE', `\`${value}\` is not a valid enum value.`, field);
    return false;
  }

  /** @param {unknown} value
   * @param {string} field
   * @returns {value is string} */
  time(value, field) {
    if (!this.string(value, field)) return false;
    if (RFC_3339.test(value) && !Number.isNaN(Date.parse(value))) return true;
    this.add('INVALID_TIME', 'Expected an RFC 3339 time.', field);
    return false;
  }

  /** A decimal in text: digits, and up to `fraction` digits after the point.
   * @param {unknown} value
   * @param {string} field
   * @param {{required?: boolean, max: number, fraction: number}} rule
   * @returns {value is string} */
  decimal(value, field, { required = false, max, fraction }) {
    if (!this.string(value, field, { required, min: 1, max })) return false;
    const digits = /^\d+(?:\.(\d+))?$/.exec(value);
    if (digits && (digits[1]?.length ?? 0) <= fraction) return true;
    this.add('INVALID_VALUE', `\`${value}\` is not a valid decimal.`, field);
    return false;
  }

  /** @param {unknown} value
   * @param {string} field
   * @param {boolean} [required]
   * @returns {value is Json} */
  object(value, field, required = false) {
    if (!this.present(value, field, required)) return false;
    if (typeof value === 'object' && !Array.isArray(value)) return true;
    this.add('EXPECTED_OBJECT', 'Expected an object.', field);
    return false;
  }

  /** The entries of a list that are objects; anything else is an error.
   * @param {unknown} value
   * @param {string} field
   * @param {(entry: Json, field: string) => void} each */
  list(value, field, each) {
    if (!this.present(value, field)) return;
    if (!Array.isArray(value)) {
      this.add('EXPECTED_ARRAY', 'Expected an array.', field);
      return;
    }
    value.forEach((entry, index) => {
      if (this.object(entry, `${field}[${index}]`, true)) each(entry, `${field}[${index}]`);
    });
  }

  /** @param {unknown} value
   * @param {string} field
   * @param {{required?: boolean, max: number, min?: number, length?: number}} rule
   * @returns {value is string[]} */
  strings(value, field, { required = false, max, min = 0, length = Infinity }) {
    if (!this.present(value, field, required)) return false;
    if (!Array.isArray(value)) {
      this.add('EXPECTED_ARRAY', 'Expected an array.', field);
      return false;
    }
    if (value.length > max) {
      this.add('ARRAY_LENGTH_TOO_LONG', `At most ${max} entries are allowed.`, field);
      return false;
    }
    if (value.length < min) {
      this.add('ARRAY_LENGTH_TOO_SHORT', `At least ${min} entries are needed.`, field);
      return false;
    }
    const entry = (/** @type {unknown} */ text, /** @type {number} */ index) =>
      this.string(text, `${field}[${index}]`, { required: true, min: 1, max: length });
    return value.map(entry).every(Boolean);
  }

  /** An amount of money in one currency, or in any if none is given.
   * @param {unknown} value
   * @param {string} field
   * @param {{required?: boolean, currency: string | null, min?: number}} rule
   * @returns {value is Json} */
  money(value, field, { required = false, currency, min = 0 }) {
    if (!this.object(value, field, required)) return false;
    const amount = this.integer(value.amount, `${field}.amount`, { required: true, min });
    if (!this.string(value.currency, `${field}.currency`, { required: true })) return false;
    if (!/^[A-Z]{3}$/.test(value.currency)) {
      const detail = `\`${value.currency}\` is not a currency.`;
      this.add('INVALID_ENUM_VALUE', detail, `${field}.currency`);
      return false;
    }
    if (currency !== null && value.currency !== currency) {
      const detail = `Expected currency ${currency}, got ${value.currency}.`;
      this.refuse('INVALID_VALUE', detail, `${field}.currency`);
      return false;
    }
    return amount;
  }

  /** Application-defined data: at most 10 entries, and the limits of Square's prose.
   * @param {unknown} value
   * @param {string} field */
  metadata(value, field) {
    if (!this.object(value, field)) return;
    const entries = Object.entries(value);
    if (entries.length > 10) {
      this.add('TOO_MANY_MAP_ENTRIES', 'At most 10 metadata entries are allowed.', field);
    }
    for (const [key, text] of entries) {
      if (key.length > 60) this.add('MAP_KEY_LENGTH_TOO_LONG', 'At most 60 characters.', field);
      else if (key === '') this.add('MAP_KEY_LENGTH_TOO_SHORT', 'Keys are not empty.', field);
      else if (!/^[a-zA-Z0-9_-]+$/.test(key)) {
        this.add('VALUE_REGEX_MISMATCH', `\`${key}\` must match [a-zA-Z0-9_-].`, field);
      }
      this.string(text, `${field}.${key}`, { required: true, max: 255 });
    }
  }
}
