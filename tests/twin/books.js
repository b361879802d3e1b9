// What every handler needs: the books, the key memory, the seller's locations and the clock.
import { KeyMemory } from './keys.js';
import { Store } from './store.js';

/** @typedef {import('./types.d.ts').Location} Location */
/** @typedef {import('./types.d.ts').TwinOptions} TwinOptions */

/** The seller that the local Square knows unless told otherwise. */
export const DEFAULT_LOCATIONS = [
  { id: 'LADANA0000001', currency: 'TRY', name: 'Adana Şişi Bey' },
];

export class Books {
  /** @param {TwinOptions} options */
  constructor(options) {
    this.options = {
      anyCurrency: options.anyCurrency ?? false,
      orderKeyConflict: options.orderKeyConflict ?? 'IDEMPOTENCY_KEY_REUSED',
      settleDelayMs: options.settleDelayMs ?? 0,
    };
    this.now = options.now ?? Date.now;
    this.store = new Store({ stateFile: options.stateFile, seed: options.seed });
    this.keys = new KeyMemory(this.store, {
      dedupe: options.dedupe ?? true,
      windowMs: options.keyWindowMs ?? Infinity,
      overlap: options.overlap ?? 'serialize',
    }, this.now);
    /** @type {Location[]} */
    this.locations = options.locations ?? DEFAULT_LOCATIONS;
    this.mainLocation = this.locations[0];
    /** @type {(id: string) => Location | undefined} */
    this.locationOf = (id) => this.locations.find((location) => location.id === id);
  }

  /** Whether something of that time shows in searches and lists by now.
   * @param {number} at
   * @returns {boolean} */
  settled(at) {
    return at + this.options.settleDelayMs <= this.now();
  }

  /** @returns {string} now, in RFC 3339 with milliseconds */
  timestamp() {
    return new Date(this.now()).toISOString();
  }
}
