import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientOf, orderBody, paymentBody } from './support/client.js';
import { twinWith } from './support/twins.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

/** @type {string} */
let folder;
/** @type {import('node:child_process').ChildProcess[]} */
let children;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twin-'));
  children = [];
});

afterEach(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true });
});

/** The local Square as a process of its own.
 * @param {string[]} args */
async function spawnTwin(...args) {
  const stdio = /** @type {['ignore', 'pipe', 'inherit']} */ (['ignore', 'pipe', 'inherit']);
  const child = spawn(process.execPath, [MAIN, '--port', '0', ...args], { stdio });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise((resolve) => lines.once('line', resolve));
  const square = clientOf({ url: JSON.parse(line).url, token: 'sandbox-token' });
  const kill = () => new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
  return { square, kill, child };
}

test('state survives a kill', async () => {
  const state = join(folder, 'state.jsonl');
  const before = await spawnTwin('--state', state);
  const booked = await before.square.post('/v2/orders', orderBody({}, 'k'));
  const paid = await before.square.post('/v2/payments', paymentBody(booked.body.order.id));
  await before.kill();

  const after = await spawnTwin('--state', state);
  const replay = await after.square.post('/v2/orders', orderBody({}, 'k'));
  expect(replay.body).toEqual(booked.body);
  const again = await after.square.post('/v2/payments', paymentBody(booked.body.order.id));
  expect(again.body).toEqual(paid.body);
  const { body: summary } = await after.square.get('/_twin/summary');
  expect(summary).toMatchObject({ orders: 1, payments: 1, paid: 1, extra_orders: 0 });
  const next = await after.square.post('/v2/orders', orderBody({ reference_id: 'ord-2' }));
  expect(next.body.order.id).not.toBe(booked.body.order.id);
});

test('a refresh token that is good once does not come back with a kill', async () => {
  const state = join(folder, 'state.jsonl');
  const config = join(folder, 'config.json');
  const dublin = {
    id: 'MDUBLIN00001',
    locations: [{ id: 'LDUBLIN000001', currency: 'EUR' }],
    flow: 'pkce',
    refresh_token: 'dublin-refresh',
  };
  writeFileSync(config, JSON.stringify({ merchants: [dublin] }));
  const renew = (/** @type {any} */ square, /** @type {string} */ token) =>
    square.post('/oauth2/token', {
      client_id: 'sandbox-sq0idb-local', grant_type: 'refresh_token', refresh_token: token,
    });
  const before = await spawnTwin('--state', state, '--config', config);
  const renewed = await renew(before.square, 'dublin-refresh');
  expect(renewed.status).toBe(200);
  await before.kill();

  const after = await spawnTwin('--state', state, '--config', config);
  expect((await renew(after.square, 'dublin-refresh')).status).toBe(401);
  const headers = { authorization: `Bearer ${renewed.body.access_token}` };
  const read = await after.square.request('GET', '/v2/locations', undefined, { headers });
  expect(read.body.locations.map((/** @type {any} */ { id }) => id)).toEqual(['LDUBLIN000001']);
  const next = await renew(after.square, renewed.body.refresh_token);
  expect(next.body.access_token).not.toBe(renewed.body.access_token);
});

test('a local Square that was sent what Square does not take ends with an error', async () => {
  const { square, child } = await spawnTwin();
  await square.get('/v2/sales');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(1);
});

test('a line that a kill cut short was never answered, and is dropped', async () => {
  const stateFile = join(folder, 'state.jsonl');
  const first = await twinWith({ stateFile });
  await first.square.post('/v2/orders', orderBody({}, 'k'));
  await first.twin.close();
  appendFileSync(stateFile, '{"order":{"id":"half');
  const second = await twinWith({ stateFile });
  expect(second.twin.summary().orders).toBe(1);
  await second.square.post('/v2/orders', orderBody({ reference_id: 'ord-2' }));
  const lines = readFileSync(stateFile, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).order.reference_id)).toEqual(['ord-1', 'ord-2']);
});

test('the control door changes faults and token, and forgets', async () => {
  const { square } = await spawnTwin('--state', join(folder, 'state.jsonl'), '--seed', '7');
  await square.post('/_twin/faults', { plan: [{ fault: 'http_503' }] });
  expect((await square.post('/v2/orders', orderBody())).status).toBe(503);
  const wrong = await square.post('/_twin/faults', { plan: [{ fault: 'earthquake' }] });
  expect(wrong.status).toBe(400);
  await square.post('/_twin/faults', {});
  await square.post('/_twin/token', { state: 'expired' });
  const expired = await square.post('/v2/orders', orderBody());
  expect(expired.body.errors[0].code).toBe('ACCESS_TOKEN_EXPIRED');
  await square.post('/_twin/token', { state: 'valid' });
  expect((await square.post('/v2/orders', orderBody())).status).toBe(200);
  const { body: state } = await square.get('/_twin/state');
  expect(state.orders).toHaveLength(1);
  expect(state.requests.map((/** @type {any} */ { status }) => status)).toEqual([503, 401, 200]);
  await square.post('/_twin/reset', {});
  expect((await square.get('/_twin/summary')).body.orders).toBe(0);
});
