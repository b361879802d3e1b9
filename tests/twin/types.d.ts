// The shapes that the local Square's files hand to one another.

/** Anything that came over the wire: its shape is checked by validation, not by the compiler. */
export type Json = Record<string, any>;

export interface Location {
  id: string;
  currency: string;
  name?: string;
}

export type FaultKind =
  | 'none'
  | 'timeout'
  | 'reset'
  | 'torn'
  | 'garbage'
  | 'no_id'
  | 'huge'
  | `http_${number}`;

/** What happens to one request. */
export interface Fault {
  kind: FaultKind;
  /** Whether the request takes effect although its answer is spoilt. */
  applied: boolean;
  /** The effect lands this long after the request arrived. */
  late_ms: number;
  /** The answer waits this long; the effect does not. */
  delay_ms: number;
  /** Seconds or an HTTP date, for `http_429` and `http_503`. */
  retry_after: string;
}

export interface FaultRule {
  match?: {
    method?: string;
    /** A path (`/v2/orders`), a route (`/v2/orders/{order_id}`), or a prefix that ends in `*`. */
    path?: string;
    /** The idempotency key in the body. */
    key?: string;
    /** Order.reference_id, or the reference or external source id of a payment. */
    reference_id?: string;
    /** The how-manieth request, counted per route and identity, from 1. */
    nth?: number | number[];
  };
  /** How many requests this rule hits; without it, every one that matches. */
  times?: number;
  fault: FaultKind;
  applied?: boolean;
  late_ms?: number;
  delay_ms?: number;
  retry_after?: string | number;
}

/** Chances, each 0 to 1, of what a seed may do to one request. */
export interface FaultRates {
  [kind: string]: number | undefined;
  timeout?: number;
  reset?: number;
  torn?: number;
  garbage?: number;
  no_id?: number;
  huge?: number;
  http_429?: number;
  http_500?: number;
  http_503?: number;
  http_504?: number;
  http_401?: number;
}

export interface FaultOptions {
  plan?: FaultRule[];
  seed?: number | string;
  rates?: FaultRates;
  /** Chance that a faulty request takes effect all the same. Default 0.5. */
  applied?: number;
  /** Chance that such an effect lands late, and at most how late. */
  late?: { rate: number; max_ms: number };
  /** Chance that an answer is slow, and at most how slow. */
  slow?: { rate: number; max_ms: number };
  /** From the n+1st request of one route and identity on, the seed spares it. Default: never. */
  max_per_request?: number;
}

export interface TwinOptions extends FaultOptions {
  port?: number;
  /** Where the books are kept, so that they survive a kill. Without it they live in memory. */
  stateFile?: string;
  token?: string;
  locations?: Location[];
  /** Take any currency, whatever the location's is. */
  anyCurrency?: boolean;
  /** How CreateOrder refuses a known key with another body. */
  orderKeyConflict?: 'IDEMPOTENCY_KEY_REUSED' | 'BAD_REQUEST';
  /** Forget a key this long after its first use. Default: never. */
  keyWindowMs?: number;
  /** false: keys are not looked at, as with a provider that does not know them. */
  dedupe?: boolean;
  /** `double`: of two overlapping requests with one key both take effect. */
  overlap?: 'serialize' | 'double';
  /** An order is missing from SearchOrders, a payment from ListPayments, for this long. */
  settleDelayMs?: number;
  /** Every answer takes this long. */
  latencyMs?: number;
  /** false: no log of requests, for measuring. */
  log?: boolean;
  /** Square's OpenAPI file; requests that it does not allow are recorded and refused. */
  openapi?: string;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface RequestRecord {
  n: number;
  method: string;
  path: string;
  route: string;
  key: string;
  identity: string;
  nth: number;
  body_sha256: string;
  started_ms: number;
  landed_ms: number | null;
  ended_ms: number | null;
  status: number | null;
  fault: FaultKind;
  applied: boolean;
  replayed: boolean;
}

export interface Violation {
  route: string;
  key: string;
  message: string;
  field: string;
  code: string;
}

/** One request on its way through a handler. */
export interface Call {
  n: number;
  method: string;
  path: string;
  route: string;
  params: Record<string, string>;
  query: URLSearchParams;
  body: any;
  key: string;
  identity: string;
  /** Set when the answer is the remembered one. */
  replayed: boolean;
}

export interface Reply {
  status: number;
  body: Json;
}

export interface KeyRecord {
  scope: string;
  key: string;
  hash: string;
  at: number;
  reply: Reply;
}

/** One line of the journal: all that one request changed, so that no kill can part it. */
export interface Entry {
  order?: Json;
  payment?: Json;
  key?: KeyRecord;
}
