// What one tick may cost, and what D1 asks for it.

/** The limits; what is over one of them is printed as a MISS. */
export const LIMIT = {
  /** Wall time of 500 orders without payment, in rounds of six requests. */
  wall: 1.05,
  /** D1 round trips for 50 orders that were frozen at the door, and for 50 that were not. */
  tripsFrozen: 2,
  trips: 3,
  /** Rows per order that succeeds at once; one of them is the entry that its restaurant's books are read by. */
  written: 9,
  /** Rows that a tick writes for itself, however many orders it has: one of them, of each claim call, is the
   * entry that tells GET /readyz when a tick last began. */
  writtenByTick: 5,
  read: 40,
  /** The module: bytes, bytes after gzip -9, imports. */
  bytes: 90_000,
  gzip: 35_000,
  imports: 0,
  /** Milliseconds of a warm batch of 50 in the core. */
  coreMs: 2,
  /** CPU per order, in those that plain JavaScript takes for the same. */
  cpu: 2,
  /** Grouping a million orders: seconds of CPU natively and in wasm, and MiB that either takes. */
  groupingNative: 2,
  groupingWasm: 4,
  groupingMemory: 64,
};

/** Dollars for a million rows. Source: Cloudflare D1 pricing, the paid plan beyond what it
 * includes. */
export const PRICE = { read: 0.001, written: 1 };

/** What the provider is given for an answer, and how many requests may wait for one at once. */
export const LATENCY_MS = 150;
export const SLOTS = 6;

/** Orders per claim. */
export const BATCH = 50;
