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

/** What names no order cannot be looked for by it. */
const NAMED = "typeof(order_id) = 'text' AND typeof(provider) = 'text'";
/** As the migration sees it. */
const TRIED = "(typeof(attempts) <> 'integer' OR attempts > 0)";

const STATES =
  `SELECT status, ${TRIED} AS tried, provider, count(*) AS n FROM ${QUEUE} WHERE ${NAMED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
const NAMELESS =
  `SELECT typeof(order_id) AS order_kind, typeof(provider) AS provider_kind, CASE WHEN status IN ('pending', 'failed', 'success', 'dead') ` +
  `OR status IS NULL THEN status ELSE 'another' END AS status, ${TRIED} AS tried, count(*) AS n, min(id) AS first ` +
  `FROM ${QUEUE} WHERE NOT (${NAMED}) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;
const UNCOUNTED =
  `SELECT typeof(attempts) AS kind, count(*) AS n, min(id) AS first FROM ${QUEUE} WHERE typeof(attempts) <> 'integer' GROUP BY 1 ORDER BY 1`;
// An order is judged by all of its rows, also by those that an old pusher has marked as copies.
const JUDGED_BY_OTHERS =
  'SELECT order_id, provider, booked, waiting, sum(waiting) OVER (PARTITION BY booked) AS n FROM (' +
  `SELECT order_id, provider, sum(status = 'pending' AND NOT ${TRIED}) AS waiting, max(status = 'success') AS booked, ` +
  `max(${TRIED} OR status NOT IN ('pending', 'success', 'dead')) AS doubt FROM ${QUEUE} WHERE ${NAMED} GROUP BY 1, 2) ` +
  `WHERE waiting > 0 AND (booked OR doubt) ORDER BY booked DESC, order_id LIMIT ${LISTED}`;
const DUPLICATES =
  `SELECT order_id, provider, count(*) AS n, count(*) OVER () AS orders FROM ${QUEUE} WHERE ${ACTIVE} AND ${NAMED} ` +
  `GROUP BY order_id, provider HAVING count(*) > 1 ORDER BY n DESC, order_id LIMIT ${LISTED}`;
// Texts that are no UTF-8 cannot be compared in SQL, so all that are not plain ASCII are looked at here.
const DOUBTFUL_IDS =
  `SELECT id, typeof(order_id) AS kind, hex(CAST(order_id AS BLOB)) AS bytes FROM ${QUEUE} WHERE ${ACTIVE} AND ` +
  `(typeof(order_id) <> 'text' OR order_id = '' OR length(CAST(order_id AS BLOB)) > ${MAX_ID_BYTES} ` +
  "OR order_id GLOB '*[^ -~]*') ORDER BY id LIMIT 1000";
const PAYLOADS =
  `SELECT count(*) AS n, min(id) AS first FROM ${QUEUE} WHERE ${ACTIVE} AND attempts = 0 ` +
  "AND (typeof(payload) <> 'text' OR NOT json_valid(payload) OR length(CAST(payload AS BLOB)) > 262144)";
/** What the purge compares with a text of SQLite's. @param {string} column */
const timesOf = (column) =>
  `SELECT '${column}' AS name, typeof(${column}) AS kind, count(*) AS n, quote(min(${column})) AS least, min(id) AS first FROM ${QUEUE} ` +
  `WHERE ${column} IS NOT NULL AND (typeof(${column}) <> 'text' OR ${column} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*') GROUP BY 2`;
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
  const asked = [STATES, NAMELESS, UNCOUNTED, JUDGED_BY_OTHERS, DUPLICATES, DOUBTFUL_IDS, PAYLOADS];
  if (has(QUEUE, ['updated_at'])) asked.push(RECENT);
  // A column that can hold no text is named where columns are.
  const times = before.columns(QUEUE).filter(({ name, type }) => /^(created|updated)_at$/i.test(name) && !/INT|REAL|FLOA|DOUB/i.test(type)).map(({ name }) => timesOf(name.toLowerCase()));
  asked.push(...times);
  if (isReadable(before, OLD_CLAIMS)) asked.push(OLD_CLAIMS);
  const answers = new Map((await driver.query(asked)).map((rows, i) => [asked[i], rows]));
  const rows = (/** @type {string} */ sql) => answers.get(sql) ?? [];

  tellStates(rows(STATES), rows(NAMELESS), rows(JUDGED_BY_OTHERS).length > 0, findings);
  tellNameless(rows(NAMELESS), findings);
  tellUncounted(rows(UNCOUNTED), findings);
  tellJudgedByOthers(rows(JUDGED_BY_OTHERS), findings);
  tellDuplicates(rows(DUPLICATES), findings);
  tellIds(rows(DOUBTFUL_IDS), findings);
  const [{ n: unreadable, first }] = rows(PAYLOADS);
  if (unreadable > 0) {
    findings.note(`${unreadable} pending rows have a payload that is no JSON, or of more than 256 KiB (the first: id ${first}): they end as dead, rejected`);
  }
  for (const time of times.flatMap(rows)) tellTimes(time, findings);
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
export function faultOf(status, tried) {
  if (status === 'success') return 'stay; their orders are known to be booked, and no other row of them is sent';
  if (status === 'dead') return tried ? 'stay; in doubt, since they were tried' : 'stay';
  if (status === 'pending' && !tried) return 'are pushed';
  if (status === 'pending' || status === 'failed') {
    return 'are in doubt, and never sent: they are looked for at Square and end as dead, unknown_outcome, for an operator to judge';
  }
  if (status === null) return 'are never pushed, and stay: they have no status. Give them one, if their orders are to be sold';
  return 'become dead, unknown_outcome: pos-sync does not know that status';
}

/** Whether a copy can be asked that. What the host calls by the name of a table may be a view.
 * @param {Copy} before
 * @param {string} sql */
function isReadable(before, sql) {
  try {
    before.all(sql);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {Row[]} states
 * @param {Row[]} nameless
 * @param {boolean} someAreNot whether some of the rows that look as if they were pushed are not
 * @param {Findings} findings
 */
function tellStates(states, nameless, someAreNot, findings) {
  if (states.length === 0 && nameless.length === 0) findings.note('none');
  for (const { status, tried, provider, n } of states) {
    const tries = tried ? ', tried' : ', never tried';
    findings.note(`${n} ${JSON.stringify(status)}${status === 'success' || status === 'dead' ? '' : tries}: ${faultOf(status, Boolean(tried))}${someAreNot && status === 'pending' && !tried ? ', but for those below' : ''}`);
    if (provider !== 'square' && (status === 'pending' || status === 'failed')) {
      findings.note(`  of the provider ${JSON.stringify(provider)}, which pos-sync does not know: dead, rejected`);
    }
  }
}

/** How rows that name no order are found, and given their names. */
export const adviceForRows = () => [
  `SELECT id, quote(order_id), quote(provider), status, attempts, created_at FROM ${QUEUE} WHERE NOT (${NAMED}) OR typeof(attempts) <> 'integer' OR status NOT IN ('pending', 'failed', 'success', 'dead');`,
  `SELECT order_id, provider, count(*), group_concat(id) FROM ${QUEUE} WHERE ${ACTIVE} GROUP BY 1, 2 HAVING count(*) > 1;`,
];

/** @param {Row[]} nameless @param {Findings} findings */
function tellNameless(nameless, findings) {
  if (nameless.length === 0) return;
  for (const { order_kind, provider_kind, status, tried, n, first } of nameless) {
    const column = order_kind === 'text' ? 'provider' : 'order_id';
    const kind = order_kind === 'text' ? provider_kind : order_kind;
    const state = status === null ? 'have no status' : `are ${status === 'another' ? 'of another status' : status}`;
    findings.note(
      `${n} rows that ${state} have ${kind === 'null' ? `no ${column}` : `${column === 'order_id' ? 'an' : 'a'} ${column} that is ${kind}, and no text`} (the first: id ${first}): ${faultOfNameless(status, Boolean(tried))}`,
    );
  }
  findings.note(
    '  such a row names no order, so that nothing can be looked up for it. Where you know its order, name it before the adoption:',
    `SELECT id, quote(order_id), quote(provider), status, attempts, created_at FROM ${QUEUE} WHERE NOT (${NAMED});`,
    `UPDATE ${QUEUE} SET order_id = 'ITS-ORDER', provider = 'square' WHERE id = ITS-ID;`,
  );
}

/** @param {string | null} status @param {boolean} tried */
function faultOfNameless(status, tried) {
  if (status === 'success') return 'stay; which order they have booked is not known, and another row of it would be sent';
  if (status === 'dead' || status === null) return 'stay';
  if (status === 'another') return 'become dead, unknown_outcome';
  return tried
    ? "never sent, and end as dead, rejected; they were tried: see in Square's dashboard whether they were sold"
    : 'never sent, and end as dead, rejected';
}

/** @param {Row[]} uncounted @param {Findings} findings */
function tellUncounted(uncounted, findings) {
  for (const { kind, n, first } of uncounted) {
    findings.note(`${n} rows have ${kind === 'null' ? 'no attempts (NULL)' : `attempts that are ${kind}, and no integer`} (the first: id ${first}): they count as tried`);
  }
}

/**
 * A number is less than any text: a purge would find it old, whatever it says.
 * @param {Row} time
 * @param {Findings} findings
 */
function tellTimes({ name, kind, n, least, first }, findings) {
  const words = `${n} rows have ${name === 'updated_at' ? 'an' : 'a'} ${name} that is no time like '2026-11-21 18:03:11' (${least}; the first: id ${first})`;
  if (kind === 'text') {
    findings.note(`${words}: rows of them that are success may be purged at once, or never`);
    return;
  }
  findings.mustDo(
    `${words}: a row of them that is success would be purged at once. With a text, from seconds or milliseconds since 1970:`,
    `UPDATE ${QUEUE} SET ${name} = datetime(CASE WHEN ${name} > 100000000000 THEN ${name} / 1000 ELSE ${name} END, 'unixepoch') WHERE typeof(${name}) IN ('integer', 'real');`,
  );
}

/** @param {Row[]} orders @param {Findings} findings */
function tellJudgedByOthers(orders, findings) {
  for (const booked of [1, 0]) {
    const some = orders.filter((each) => each.booked === booked);
    if (some.length === 0) continue;
    findings.note(
      booked
        ? `${some[0].n} of the pending rows are not sent: another row of their order is success, so that it is booked`
        : `${some[0].n} of the pending rows are not sent, but looked for: another row of their order was tried, or has a status that pos-sync does not know`,
      ...some.map(({ order_id, provider, waiting }) => `${JSON.stringify(order_id)} (${provider}): ${waiting} rows`),
    );
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
