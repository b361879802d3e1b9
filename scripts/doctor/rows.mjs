// What is in the queue, and what becomes of it. Counted where the rows are: they may be many.

import { CLAIMS, QUEUE } from './schema.mjs';

/** @import { Copy, Row } from './copy.mjs' */
/** @import { Driver } from './d1.mjs' */
/** @import { Findings } from './findings.mjs' */

/** docs/adopting.md, "Adopt": the old cron is off for so long. */
const MINUTES_OFF = 35;
const MAX_ID_BYTES = 200;
const LISTED = 20;

const ACTIVE = "status IN ('pending', 'failed')";

const STATES =
  `SELECT status, attempts > 0 AS tried, provider, count(*) AS n FROM ${QUEUE} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
const DUPLICATES =
  `SELECT order_id, provider, count(*) AS n, count(*) OVER () AS orders FROM ${QUEUE} WHERE ${ACTIVE} ` +
  `GROUP BY order_id, provider HAVING count(*) > 1 ORDER BY n DESC, order_id LIMIT ${LISTED}`;
// Texts that are no UTF-8 cannot be compared in SQL, so all that are not plain ASCII are looked at here.
const DOUBTFUL_IDS =
  `SELECT id, typeof(order_id) AS kind, hex(CAST(order_id AS BLOB)) AS bytes FROM ${QUEUE} WHERE ${ACTIVE} AND ` +
  `(typeof(order_id) <> 'text' OR order_id = '' OR length(CAST(order_id AS BLOB)) > ${MAX_ID_BYTES} ` +
  "OR order_id GLOB '*[^ -~]*') ORDER BY id LIMIT 1000";
const PAYLOADS =
  `SELECT count(*) AS n, min(id) AS first FROM ${QUEUE} WHERE ${ACTIVE} AND attempts = 0 ` +
  "AND (typeof(payload) <> 'text' OR NOT json_valid(payload) OR length(CAST(payload AS BLOB)) > 262144)";
/** Times are compared as times: a host may write them as '2026-11-21T18:03:11Z'. @param {string} column */
const isRecent = (column) =>
  `julianday(${column}) BETWEEN julianday('now', '-${MINUTES_OFF} minutes') AND julianday('now')`;
const RECENT =
  `SELECT count(*) AS n, max(updated_at) AS last FROM ${QUEUE} ` +
  `WHERE ${isRecent('updated_at')} AND (attempts > 0 OR status = 'success')`;
const OLD_CLAIMS =
  `SELECT count(*) AS n, max(claimed_at) AS last FROM ${CLAIMS} ` +
  `WHERE claim_key GLOB 'pos-sync:*' AND ${isRecent('claimed_at')}`;

/**
 * @param {Driver} driver
 * @param {Copy} before
 * @param {Findings} findings
 */
export async function checkRows(driver, before, findings) {
  findings.section('Rows of pos_sync_queue, and what becomes of them');
  const has = (/** @type {string} */ table, /** @type {string[]} */ columns) => {
    const names = before.columns(table).map(({ name }) => name.toLowerCase());
    return columns.every((each) => names.includes(each));
  };
  if (!has(QUEUE, ['id', 'order_id', 'provider', 'payload', 'status', 'attempts'])) {
    findings.note('they cannot be counted while columns are missing');
    return;
  }
  const asked = [STATES, DUPLICATES, DOUBTFUL_IDS, PAYLOADS];
  if (has(QUEUE, ['updated_at'])) asked.push(RECENT);
  if (has(CLAIMS, ['claim_key', 'claimed_at'])) asked.push(OLD_CLAIMS);
  const answers = new Map((await driver.query(asked)).map((rows, i) => [asked[i], rows]));
  const rows = (/** @type {string} */ sql) => answers.get(sql) ?? [];

  tellStates(rows(STATES), findings);
  tellDuplicates(rows(DUPLICATES), findings);
  tellIds(rows(DOUBTFUL_IDS), findings);
  const [{ n: unreadable, first }] = rows(PAYLOADS);
  if (unreadable > 0) {
    findings.note(`${unreadable} pending rows have a payload that is no JSON, or of more than 256 KiB (the first: id ${first}): they end as dead, rejected`);
  }
  for (const [sql, what] of [[RECENT, 'rows were booked or tried'], [OLD_CLAIMS, 'claims of the old pusher were made']]) {
    const [{ n, last } = { n: 0, last: '' }] = rows(sql);
    if (n === 0) continue;
    findings.mustDo(`The old pusher has been at work: ${n} ${what} in the last ${MINUTES_OFF} minutes (the last at ${last}). Take its cron off, wait ${MINUTES_OFF} minutes, and run this again.`);
  }
}

/**
 * @param {string | null} status
 * @param {boolean} tried
 */
export function fateOf(status, tried) {
  if (status === 'success') return 'stay; their orders are known to be booked, and no other row of them is sent';
  if (status === 'dead') return tried ? 'stay; in doubt, since they were tried' : 'stay';
  if (status === 'pending' && !tried) return 'are pushed';
  if (status === 'pending' || status === 'failed') {
    return 'are in doubt, and never sent: they are looked for at Square and end as dead, unknown_outcome, for an operator to judge';
  }
  if (status === null) return 'are never pushed, and stay: they have no status. Give them one, if their orders are to be sold';
  return 'become dead, unknown_outcome: pos-sync does not know that status';
}

/** @param {Row[]} states @param {Findings} findings */
function tellStates(states, findings) {
  if (states.length === 0) findings.note('none');
  for (const { status, tried, provider, n } of states) {
    const tries = tried ? ', tried' : ', never tried';
    findings.note(`${n} ${JSON.stringify(status)}${status === 'success' || status === 'dead' ? '' : tries}: ${fateOf(status, Boolean(tried))}`);
    if (provider !== 'square' && (status === 'pending' || status === 'failed')) {
      findings.note(`  of the provider ${JSON.stringify(provider)}, which pos-sync does not know: dead, rejected`);
    }
  }
}

/** @param {Row[]} duplicates @param {Findings} findings */
function tellDuplicates(duplicates, findings) {
  if (duplicates.length === 0) return;
  const { orders } = duplicates[0];
  findings.note(
    `${orders} orders have several active rows: the oldest of each stays, the others become dead, duplicate_row`,
    ...duplicates.map(({ order_id, provider, n }) => `${JSON.stringify(order_id)} (${provider}): ${n} rows`),
    ...(orders > duplicates.length ? [`and ${orders - duplicates.length} more`] : []),
  );
}

/** @param {Row[]} rows @param {Findings} findings */
function tellIds(rows, findings) {
  const refused = rows.map(({ id, kind, bytes }) => ({ id, reason: refusalOf(kind, bytes) })).filter(({ reason }) => reason);
  if (refused.length === 0) return;
  findings.note(
    `${refused.length} active rows have an order_id that is refused: they end as dead, rejected`,
    ...refused.slice(0, LISTED).map(({ id, reason }) => `id ${id}: ${reason}`),
    ...(refused.length > LISTED ? [`and ${refused.length - LISTED} more`] : []),
  );
}

/**
 * @param {string} kind
 * @param {string} hex
 * @returns {string} '' for an order id that is taken
 */
function refusalOf(kind, hex) {
  if (kind !== 'text') return `it is stored as ${kind}, and has to be text`;
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length === 0) return 'it is empty';
  if (bytes.length > MAX_ID_BYTES) return `it has ${bytes.length} bytes, and may have ${MAX_ID_BYTES}`;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return '';
  } catch {
    return 'it is no UTF-8';
  }
}
