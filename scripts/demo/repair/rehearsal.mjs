// The incident's clean-up, rehearsed: an old pusher leaves duplicates behind, pos-sync adopts its
// database, finds them at Square, refunds each once while things go wrong, writes to the restaurants,
// and the books match again.

import { play } from '../play.mjs';
import { number, plural, wrap, WIDTH } from '../tell.mjs';
import { TICK_EVERY_MS } from '../faults.mjs';
import { pause, until } from '../worker.mjs';
import { houses as allHouses } from './cast.mjs';
import { booksOf, money, objections, planOf } from './report.mjs';
import { Rehearsal } from './stage.mjs';
import { oldInsertions } from '../evening.mjs';

/** @import { Paint } from '../tell.mjs' */
/** @import { House } from './cast.mjs' */

/** @typedef {Record<string, any>} Json */
/** @typedef {(line: string) => void} Say */

const HOUR_MS = 3600 * 1000;

/**
 * Ticks of the old pusher until one has had nothing to send.
 * @param {Rehearsal} stage
 * @param {import('../worker.mjs').LocalWorker} worker
 */
async function drained(stage, worker) {
  for (let before = -1; before !== stage.twin.state().requests.length; ) {
    before = stage.twin.state().requests.length;
    await worker.cron();
    await pause(TICK_EVERY_MS);
  }
}

/**
 * The old pusher's evenings: at the first house with all that can happen to it, at the second with the
 * faults alone.
 * @param {Rehearsal} stage
 * @param {Say} say
 */
async function playOldPusher(stage, say) {
  for (const [index, house] of stage.houses.entries()) {
    const worker = stage.oldPusherOf(house);
    if (index === 0) await worker.d1('migrations', 'apply', 'D1_OPS');
    await worker.execute(oldInsertions(house.orders));
    await worker.start();
    say(`${house.name}: ${plural(house.orders.length, 'order')}`);
    if (index === 0) {
      // Its rows are all success or tried ten times: then no tick sends anything more.
      let requests = -1;
      const isDrained = async () => {
        const before = requests;
        requests = stage.twin.state().requests.length;
        return requests === before;
      };
      await play({ worker, twin: stage.twin, isDrained }, () => {});
    } else {
      await drained(stage, worker);
    }
    await worker.end('SIGINT');
  }
}

/**
 * Adopts the old database, and says whose each order was and where each house sells.
 * @param {Rehearsal} stage
 */
async function adopt(stage) {
  await stage.ours.d1('migrations', 'apply', 'D1_OPS');
  // The old queue did not know of restaurants; whose its orders were is for the operator to say.
  const owners = stage.houses.flatMap(({ id, prefix }) =>
    ['pos_sync_queue', 'pos_sync_ledger'].map(
      (table) => `UPDATE ${table} SET restaurant_id = '${id}' WHERE order_id LIKE '${prefix}%';`,
    ),
  );
  await stage.ours.execute(owners.join('\n'));
  await stage.ours.start();
  for (const { id, name, email, language, time_zone, location } of stage.houses) {
    await stage.post('/v1/accounts', {
      restaurant_id: id,
      location_id: location.id,
      access_token: stage.twin.token,
    });
    await stage.post(`/v1/accounts/${id}/profile`, { name, email, language, time_zone });
  }
}

/**
 * @param {Rehearsal} stage
 * @param {House} house
 * @returns {Promise<Json>}
 */
function reconcile(stage, { id }) {
  const days = ['2026-11-21', new Date(Date.now() + 24 * HOUR_MS).toISOString().slice(0, 10)];
  return stage.get(`/v1/reconciliation?restaurant_id=${id}&from=${days[0]}&to=${days[1]}`);
}

/**
 * Ticks until the audit is in that state.
 * @param {Rehearsal} stage
 * @param {string} id
 * @param {string} state
 * @param {number} [at_once] how many crons come together
 */
async function tickUntil(stage, id, state, at_once = 1) {
  for (;;) {
    await Promise.all(Array.from({ length: at_once }, () => stage.ours.cron()));
    const audit = await stage.get(`/v1/audits/${id}`);
    if (audit.state === state) return audit;
    await pause(TICK_EVERY_MS);
  }
}

/** @param {Rehearsal} stage */
const refundsAt = (stage) => stage.twin.state().refunds.length;

/**
 * Approves twice at once, kills the worker when the first refund has landed, and ticks on in pairs.
 * @param {Rehearsal} stage
 * @param {Json} audit
 * @param {Say} say
 */
async function repair(stage, audit, say) {
  const route = `/v1/audits/${audit.id}/approve`;
  const approval = { fingerprint: audit.fingerprint, confidence: 'probable', actor: 'the second person' };
  if (!(await stage.refusesAlone(route, approval))) throw new Error('one person alone could approve');
  say('the one who asked may not approve; a second person does, and clicks twice');
  await Promise.all([stage.approve(route, approval), stage.approve(route, approval)]);
  let killed = false;
  const cron = stage.ours.cron().catch((error) => {
    if (!killed) throw error;
  });
  await Promise.race([cron, until(() => refundsAt(stage) > 0)]);
  killed = true;
  await stage.ours.end('SIGKILL');
  await cron;
  say(`SIGKILL: ${plural(refundsAt(stage), 'refund')} landed at Square, and nobody lives to hear of it`);
  await stage.ours.start();
  say('started again; every cron comes twice at once');
  return tickUntil(stage, audit.id, 'repaired', 2);
}

/**
 * What stands at Square, counted there: sales beyond one for each order, and refunds of each payment.
 * @param {Rehearsal} stage
 */
function countAt(stage) {
  const { orders, payments } = stage.twin.state();
  const { refunded_twice, over_refunded } = stage.twin.summary();
  const refunded = new Set(
    payments
      .filter((/** @type {Json} */ each) => (each.refunded_money?.amount ?? 0) >= each.total_money.amount)
      .map((/** @type {Json} */ each) => each.order_id),
  );
  /** @type {Map<string, number>} */
  const standing = new Map();
  for (const { id, reference_id, state, returns } of orders) {
    if (state === 'CANCELED' || returns || !reference_id || refunded.has(id)) continue;
    standing.set(reference_id, (standing.get(reference_id) ?? 0) + 1);
  }
  const extra = [...standing.values()].reduce((sum, times) => sum + times - 1, 0);
  return { twice: refunded_twice.length, over: over_refunded.length, standing: extra };
}

/**
 * @param {Rehearsal} stage
 * @param {Json} audit
 * @param {Say} say
 * @param {(...lines: string[]) => void} print
 * @param {Paint} paint
 */
async function makeGood(stage, audit, say, print, paint) {
  await stage.ours.cron();
  const route = `/v1/audits/${audit.id}/mails`;
  const { mails, fingerprint } = await stage.get(route);
  const unapproved = stage.resend.sent().length;
  say(`${plural(mails.length, 'draft')} written, ${number(unapproved)} sent: nothing goes out without approval`);
  for (const { subject, body, recipient } of mails) {
    print('', paint('dim', `to ${recipient}`), paint('bold', subject));
    print(...body.trim().split('\n').flatMap((/** @type {string} */ line) => wrap(line, WIDTH)));
  }
  print('');
  await stage.approve(`${route}/approve`, { fingerprint, all: true, actor: 'the second person' });
  stage.resend.setFaults({ plan: [{ times: 1, fault: 'timeout', applied: true }] });
  say('approved; Resend sends the first one, and its answer is lost');
  await until(async () => {
    await stage.ours.cron();
    const { mails: now } = await stage.get(route);
    if (now.every((/** @type {Json} */ { state }) => state === 'sent')) return true;
    await pause(TICK_EVERY_MS);
    return false;
  });
  return { unapproved, drafted: mails.length, mails: stage.resend.sent().length };
}

/**
 * @param {object} options
 * @param {string} options.folder
 * @param {string} options.log
 * @param {string} options.seed
 * @param {Paint} options.paint
 * @param {(...lines: string[]) => void} options.print
 * @param {() => Say} options.narrator
 */
export async function rehearse({ folder, log, seed, paint, print, narrator }) {
  const stage = await Rehearsal.set({ folder, log, seed, houses: allHouses() });
  const { houses } = stage;
  const from = new Date(Date.now() - HOUR_MS).toISOString();

  print(paint('yellow', 'THE OLD PUSHER'));
  await playOldPusher(stage, narrator());
  const planted = countAt(stage).standing;
  print(paint('red', `        It leaves ${plural(planted, 'sale')} at Square that never were.`), '');

  print(paint('cyan', 'POS-SYNC'));
  const say = narrator();
  await adopt(stage);
  say('the old cron is off; its database is adopted, and pos-sync serves');
  const before = await Promise.all(houses.map((house) => reconcile(stage, house)));
  print('', ...booksOf('THE BOOKS BEFORE', before, houses, paint), '');

  const { id } = await stage.post('/v1/audits', { provider: 'square', from, to: new Date(Date.now() + HOUR_MS).toISOString() });
  const audit = await tickUntil(stage, id, 'planned');
  say(`audited: ${plural(audit.progress.orders, 'order')} and ${plural(audit.progress.payments, 'payment')} on ${plural(audit.progress.pages, 'page')} read`);
  print('', ...planOf(audit, houses, paint), '');

  await repair(stage, audit, say);
  const counted = countAt(stage);
  say(`repaired: ${plural(refundsAt(stage), 'refund')} at Square, none of a payment twice`);
  const written = await makeGood(stage, audit, say, print, paint);
  const after = await Promise.all(houses.map((house) => reconcile(stage, house)));
  print('', ...booksOf('THE BOOKS AFTER', after, houses, paint), '');
  await stage.ours.end('SIGINT');

  const gross = (/** @type {Json[]} */ books) => books.flatMap(({ totals }) => totals.map((/** @type {Json} */ { difference }) => difference.gross));
  const plan = {
    duplicates: audit.places.reduce((/** @type {number} */ sum, /** @type {Json} */ { figures }) => sum + figures.duplicates, 0),
  };
  const bugs = [...stage.twin.state().bugs, ...stage.twin.state().violations.map((/** @type {Json} */ each) => JSON.stringify(each))];
  const reasons = objections({ planted, plan, before: gross(before), after: gross(after), counted, bugs, ...written });
  if (reasons.length > 0) throw new Error(reasons.join('; '));
  const overcounted = before.flatMap(({ totals }) =>
    totals.map((/** @type {Json} */ { difference, currency }) => money(difference.gross, currency)));
  print(...wrap(
    `${plural(planted, 'duplicate')} of the old pusher found and undone, each once: Square counted ` +
    `${overcounted.join(' and ')} too much, and counts nothing too much now.`, WIDTH).map((line) => paint('green', line)));
}
