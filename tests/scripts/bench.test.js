// What the bench compares with does the same work as the core. Where it does less, the bench ends in an
// assertion; a statement with another column is enough.
import { expect, test } from 'vitest';
import { expectSameTicks } from '../bench/cpu.js';
import { expectSameGroups } from '../bench/grouping.js';
import { startTwin } from '../fakes/square/server.js';

test('a tick in plain JavaScript, by which ours is measured, asks for the same', async () => {
  const twin = await startTwin({ log: false });
  try {
    await expectSameTicks(twin);
  } finally {
    await twin.close();
  }
});

test('plain JavaScript, by which the grouping is measured, finds the same groups', () => {
  expect(expectSameGroups(30_000)).toBeGreaterThan(100);
});
