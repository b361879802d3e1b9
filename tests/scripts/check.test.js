// `npm test -- unit` and its kin say at once what they cannot do, before anything is built.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/run.mjs';

/** @param {...string} args */
const test = (...args) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'test.mjs'), ...args], { encoding: 'utf8' });
  return { status, stderr };
};

describe('npm test', () => {
  it('names the suites there are where one is asked for that is none', () => {
    expect(test('units')).toMatchObject({ status: 1, stderr: expect.stringMatching(/no suite called units; there are .*unit, /) });
  });

  it('refuses a name of tests for a suite whose tests have none', () => {
    expect(test('explore', '-t', '*midnight*')).toMatchObject({ status: 1, stderr: expect.stringContaining('explore has no tests with names') });
  });

  it('refuses an option that it does not know: it would run everything', () => {
    expect(test('unit', '--tc=*midnight*')).toMatchObject({ status: 1, stderr: expect.stringContaining('--tc') });
  });
});
