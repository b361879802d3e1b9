// The shapes that the local Square's files hand to one another.

/** Anything that came over the wire: its shape is checked by validation, not by the compiler. */
export type Json = Record<string, any>;

export interface Location {
  id: string;
  currency: string;
  name?: string;
  business_name?: string;
  business_email?: string;
  timezone?: string;
  language_code?: string;
  country?: string;
}

export type FaultKind =
  | 'none'
  | 'short_page'
  | 'empty_page'
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
    /** The merchant whose token it bears. */
    merchant_id?: string;
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

/** How this Square behaves; changed at the start, by `setRules`, or at `POST /_twin/rules`. */
export interface Rules {
  /** Take any currency, whatever the location's is. */
  anyCurrency: boolean;
  /** For this long searches and lists show what was changed as it was before. */
  changeDelayMs: number;
  /** false: keys are not looked at, as with a provider that does not know them. */
  dedupe: boolean;
  /** The token may not read disputes: it was given without that scope. */
  disputesForbidden: boolean;
  /** Forget a key this long after its first use; null: never. */
  keyWindowMs: number | null;
  /** How CreateOrder refuses a known key with another body. */
  orderKeyConflict: 'IDEMPOTENCY_KEY_REUSED' | 'BAD_REQUEST';
  /** `double`: of two overlapping requests with one key both take effect. */
  overlap: 'serialize' | 'double';
  /** At most so many rows on a page, however many are asked for; null: as many as Square documents. */
  pageSize: number | null;
  /** What Square keeps of each payment that is completed from now on; null: nothing. */
  processingFee: FeeRule | null;
  /** What a new refund is whose money Square moves. One that is only recorded is completed at once. */
  refundStatus: 'COMPLETED' | 'PENDING';
  /** An order is missing from RetrieveOrder and BatchRetrieveOrders for this long. */
  retrieveDelayMs: number;
  /** An order is missing from SearchOrders, a payment or refund from its list, for this long. */
  settleDelayMs: number;
  /** How long an access token is good that ObtainToken gives, unless it is a short-lived one. */
  tokenLifetimeMs: number;
  /** `message`: ObtainToken refuses with a message and a type, as it did, and not with errors. */
  tokenRefusal: 'errors' | 'message';
}

/** A percentage of the payment and an amount on top; of some sources only, or of all. */
export interface FeeRule {
  percentage?: string;
  amount?: number;
  source_types?: string[];
}

/** A seller: what it is known by, where it sells, and how the application came by its tokens. */
export interface Merchant {
  id: string;
  /** The first one is its main location. */
  locations: Location[];
  /** `code`: the refresh token is good for ever. `pkce`: it is good once, and the next comes with it. */
  flow: 'code' | 'pkce';
}

export interface MerchantOptions {
  id: string;
  locations: Location[];
  flow?: 'code' | 'pkce';
  access_token?: string;
  refresh_token?: string;
  /** When the access token expires, from now on; without it, never. */
  expires_in_ms?: number;
}

export type TokenState = 'valid' | 'expired' | 'revoked';

/** What becomes of a merchant's tokens. */
export interface TokenChange {
  /** Without it, the first merchant's. */
  merchant_id?: string;
  /** A new access token in the place of all that there were. */
  token?: string;
  /** Of all its access tokens; `revoked` and `valid` are said of its refresh token too. */
  state?: TokenState;
  expires_in_ms?: number;
  /** The refresh token stays as it is. */
  revoke_only_access_token?: boolean;
}

/** What becomes of a pending refund; or, where a payment is named, what its next refunds are. */
export interface RefundChange {
  refund_id?: string;
  payment_id?: string;
  status: 'PENDING' | 'COMPLETED' | 'REJECTED' | 'FAILED';
}

/** A cardholder's dispute of a payment: a new one, or the next state of the one that there is. */
export interface DisputeChange {
  payment_id: string;
  state?: string;
  reason?: string;
  /** Less than the whole payment. */
  amount?: number;
}

/** A refund of the past. Without an amount, all that was paid. */
export interface SeedRefund {
  id?: string;
  amount_money?: Json;
  status?: 'PENDING' | 'COMPLETED' | 'REJECTED' | 'FAILED';
  created_at?: string;
  reason?: string;
}

/** A payment of the past, at the time of its order unless it says another. */
export interface SeedPayment {
  id?: string;
  /** Without it, by card. */
  source_type?: 'CARD' | 'CASH' | 'EXTERNAL';
  /** Without it, completed. */
  status?: 'COMPLETED' | 'APPROVED' | 'PENDING' | 'CANCELED' | 'FAILED';
  /** Without it, what the others leave of the order's total. */
  amount_money?: Json;
  tip_money?: Json;
  created_at?: string;
  updated_at?: string;
  reference_id?: string;
  note?: string;
  card_details?: Json;
  external_details?: Json;
  /** An amount, or the list as Square has it; without it, what the rules say. */
  processing_fee?: number | Json[];
  refunds?: SeedRefund[];
  dispute?: { id?: string; state?: string; reason?: string; amount?: number; created_at?: string };
}

/** An order of the past: what CreateOrder takes, and what came of it since. */
export interface SeedOrder {
  id?: string;
  location_id: string;
  /** Without it, completed if it is paid and has no fulfillment, else open. */
  state?: 'OPEN' | 'COMPLETED' | 'CANCELED';
  created_at?: string;
  updated_at?: string;
  closed_at?: string;
  reference_id?: string;
  ticket_name?: string;
  metadata?: Record<string, string>;
  source?: { name?: string };
  line_items?: Json[];
  taxes?: Json[];
  discounts?: Json[];
  service_charges?: Json[];
  fulfillments?: Json[];
  payments?: SeedPayment[];
}

/** What a seeded order and all that came of it is called. */
export interface SeededIds {
  id: string;
  payments: string[];
  refunds: string[];
  /** The orders that its refunds made. */
  returns: string[];
  disputes: string[];
}

export interface AccessToken {
  token: string;
  merchant_id: string;
  state: TokenState;
  /** In milliseconds since 1970; null: never. */
  expires_at: number | null;
}

export interface RefreshToken {
  token: string;
  merchant_id: string;
  state: TokenState | 'used';
  expires_at: number | null;
}

export interface TwinOptions extends FaultOptions, Partial<Rules> {
  port?: number;
  /** Where the books are kept, so that they survive a kill. Without it they live in memory. */
  stateFile?: string;
  /** The first merchant's access token, which does not expire. */
  token?: string;
  /** The first merchant's locations. */
  locations?: Location[];
  /** Sellers beside the first one. */
  merchants?: MerchantOptions[];
  /** What the application shows at POST /oauth2/token. */
  application?: { client_id?: string; client_secret?: string };
  /** Every answer takes this long. */
  latencyMs?: number;
  /** false: no log of requests and no look at their form, for measuring. */
  log?: boolean;
  /** Square's OpenAPI file, unless SQUARE_OPENAPI names it; '' for none. */
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
  merchant_id: string;
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

/** What is wrong with a request. */
export interface Finding {
  code: string;
  message: string;
  field: string;
}

/** A finding that no client may ever give cause for. */
export interface Violation extends Finding {
  method: string;
  route: string;
  key: string;
}

/** What one request breaks by its form. */
export interface Form {
  /** What Square would say to it, the first one first. */
  refusals: Json[];
  /** What no client may ever send, and so no test may leave behind. */
  violations: Finding[];
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
  /** The header, as it came. */
  authorization: string;
  /** The merchant that its token stands for, good or not; empty if none does. */
  merchant_id: string;
  /** What is wrong with its form, once that was asked. */
  form?: Form;
  /** How many rows its page may have at the most. */
  page_size: number;
  /** Set when the answer is the remembered one. */
  replayed: boolean;
}

export interface Reply {
  status: number;
  body: Json;
}

/** Where events go, and the key that signs them. */
export interface Subscription {
  /** As it was given to Square: the signature is of it, byte for byte. */
  url: string;
  signature_key: string;
  /** Sends each event as it comes; only to the loopback interface. */
  automatic?: boolean;
}

/** One try to tell a subscriber of an event. */
export interface Delivery {
  event_id: string;
  /** What the subscriber answered; null if it did not. */
  status: number | null;
}

/** Something that happened on the books. */
export interface SquareEvent {
  event_id: string;
  type: string;
  /** The order or the payment. */
  object_id: string;
  created_at: string;
  /** The bytes that are sent. */
  body: string;
  deliveries: Delivery[];
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
  /** Others that it changes or brings into being: a refund's return order. */
  orders?: Json[];
  /** Those that a PayOrder changes. */
  payments?: Json[];
  refund?: Json;
  refunds?: Json[];
  dispute?: Json;
  disputes?: Json[];
  key?: KeyRecord;
  /** A token that was issued. */
  access?: AccessToken;
  /** A refresh token that was used, and the one that takes its place. */
  refresh?: RefreshToken[];
}

/** How a local Resend behaves. */
export interface ResendOptions extends FaultOptions {
  port?: number;
  /** The one API key that it knows. */
  api_key?: string;
  /** The domains that mails may come from; without it, any. */
  domains?: string[];
  /** How many requests it takes in a second; without it, any number. */
  per_second?: number;
  /** Every answer takes this long. */
  latencyMs?: number;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface HistoryOptions {
  /** When the past ends, in milliseconds since 1970. */
  now: number;
  seed?: number | string;
  restaurants?: number;
  /** How many orders are one too many. */
  duplicates?: number;
  /** How many orders a restaurant has beside them. */
  ordersPerRestaurant?: number;
  /** How many days it goes back. */
  days?: number;
  /** How many of the duplicates have a payment that is older than a year. */
  oldPayments?: number;
  /** How many there are of each kind of near miss. */
  nearMisses?: number;
}

/** What befell a duplicate: `card` can be given back; `disputed`, `already_refunded` and `old` cannot, or
 * not again; `unpaid` is open. A `triple` is one of two copies of one order. */
export type DuplicateKind = 'card' | 'cash' | 'external' | 'disputed' | 'already_refunded' | 'unpaid'
  | 'partly_refunded' | 'triple' | 'old';

/** What two copies have in common: a name, or only the table, the items and nearly the time. */
export type Evidence = 'reference_id' | 'pos_sync' | 'table_and_items_at_once'
  | 'table_and_items_later';

/** An order that is one too many. */
export interface PlantedDuplicate {
  kind: DuplicateKind;
  confidence: 'certain' | 'probable';
  by: Evidence;
  /** How long after the first of its group it came. */
  gap_ms: number;
  location_id: string;
  currency: string;
  /** Its total. */
  amount: number;
  order_id: string;
  /** null: nobody paid it. */
  payment_id: string | null;
  /** The copy that stays. */
  kept_order_id: string;
  kept_payment_id: string | null;
  /** `record`: Square moves no money, somebody else has to. */
  action: 'refund' | 'record' | 'cancel' | 'none';
  /** How much of it is still to be given back. */
  due: number;
}

/** Orders that look like duplicates and are none. */
export interface NearMiss {
  kind: 'an_hour_apart' | 'another_table' | 'another_amount' | 'second_revision' | 'returned'
    | 'canceled_copy' | 'two_restaurants' | 'takeaway';
  order_ids: string[];
}

/** A past and the truth about it. */
export interface History {
  /** A merchant with one location for each restaurant. */
  merchants: MerchantOptions[];
  /** The same locations, for one merchant that has them all. */
  locations: Location[];
  orders: SeedOrder[];
  truth: {
    duplicates: PlantedDuplicate[];
    near_misses: NearMiss[];
    counts: {
      orders: number;
      duplicates: number;
      groups: number;
      by_kind: Record<string, number>;
      by_confidence: Record<string, number>;
      by_evidence: Record<string, number>;
      by_action: Record<string, number>;
      near_misses: Record<string, number>;
      /** What is still to be given back, by currency. */
      due: Record<string, number>;
    };
  };
}
