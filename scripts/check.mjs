// The inner loop: builds the unit tests natively, runs those that a change concerns, and reads what was changed.
// `npm run check` looks at what has changed since it passed last; `npm run check -- --all` looks at everything.
//
//   a source              the unit tests named after it (plan.cpp: plan_test.cpp), or those of its room
//   a header, the harness all unit tests, but for the few that take long
//   JavaScript            nothing is run: `npm test -- shell node` does
//
// What it leaves out, `npm test` has.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './lib/cmake.mjs';
import { clangFormat, eslint, sources, tsc } from './lib/lint_tools.mjs';
import { ask, forEachLimited, readJson, ROOT, run, tail } from './lib/run.mjs';
import { LARGE_UNIT_TESTS, SLOW_UNIT_TESTS } from './lib/slow_tests.mjs';

/** @import { Tally } from './lib/lint_tools.mjs' */

const { values } = parseArgs({ options: { all: { type: 'boolean' } } });
const PASSED = path.join(ROOT, 'build', 'check.json');
const PROGRAM = path.join(ROOT, 'build', 'native', 'pos_unit');
const LEFT_OUT = `-tce=${[...SLOW_UNIT_TESTS, ...LARGE_UNIT_TESTS]}`;
/** More files than this are named by their folder. */
const MANY = 40;
const started = performance.now();

const now = digests();
/** @type {Record<string, string>} */
const before = values.all ? {} : readJson(PASSED) ?? {};
const changed = Object.keys({ ...before, ...now }).filter((file) => now[file] !== before[file]);
const there = changed.filter((file) => file in now);
const cpp = there.filter((file) => /\.([ch]pp|h)$/.test(file));
const scripts = there.filter((file) => /\.m?js$/.test(file));
const types = changed.filter((file) => /\.(m?js|d\.ts)$|tsconfig.*\.json$/.test(file));
console.log(changed.length === 0 ? 'check: nothing has changed since it passed' : `check: ${describe(changed)}`);

const steps = await Promise.all([
  unit(),
  read('clang-format', cpp, () => clangFormat(cpp)),
  read('ESLint', scripts, () => eslint(scripts.length > MANY ? ['.'] : scripts)),
  read('tsc', types, tsc),
]);
const total = sumOf(steps);
if (total.failed === 0) {
  mkdirSync(path.dirname(PASSED), { recursive: true });
  writeFileSync(PASSED, JSON.stringify(now));
}
console.log(`check: ${seconds(started)} in all`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** @param {Tally[]} tallies @returns {Tally} */
function sumOf(tallies) {
  return {
    passed: tallies.reduce((sum, each) => sum + each.passed, 0),
    failed: tallies.reduce((sum, each) => sum + each.failed, 0),
  };
}

/** What each file of this project holds. @returns {Record<string, string>} */
function digests() {
  return Object.fromEntries(sources()
    .map((file) => [file, createHash('sha1').update(readFileSync(path.join(ROOT, file))).digest('hex')]));
}

/** @param {string[]} files */
function describe(files) {
  const some = files.slice(0, 3).join(', ');
  return files.length > 3 ? `${some} and ${files.length - 3} more have changed` : `${some} changed`;
}

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** @param {string} name @param {number} since @param {Tally} tally @returns {Tally} the same */
function report(name, since, tally) {
  console.log(`check: ${name.padEnd(12)} ${tally.passed} passed, ${tally.failed} failed (${seconds(since)})`);
  return tally;
}

/**
 * A tool's tally of files; nothing is run where none has changed.
 * @param {string} name
 * @param {string[]} files
 * @param {() => Promise<Tally>} tool
 * @returns {Promise<Tally>}
 */
async function read(name, files, tool) {
  if (files.length === 0) return { passed: 0, failed: 0 };
  return report(name, performance.now(), await tool());
}

/**
 * doctest's filters for the tests that these changes concern; null where none are.
 * @param {string[]} files
 * @returns {string[] | null}
 */
function filtersFor(files) {
  const patterns = new Set();
  for (const file of files) {
    const [top, room] = file.split('/');
    const isSource = file.endsWith('.cpp');
    if (top === 'tests' && room === 'unit' && isSource && !file.endsWith('/main.cpp')) patterns.add(`*${file}`);
    else if (top === 'wasm' && isSource && existsSync(path.join(ROOT, 'tests', 'unit', room))) {
      const stem = path.basename(file, '.cpp');
      const own = Object.keys(now).filter((each) => each.startsWith(`tests/unit/${room}/${stem}`) && each.endsWith('_test.cpp'));
      for (const each of own.length > 0 ? own : [`tests/unit/${room}/*`]) patterns.add(`*${each}`);
    } else if (/^(wasm|bindings|migrations|tests\/(harness|unit|simulate|golden))\/|^CMakeLists/.test(file) && !file.endsWith('.js')) {
      return [];
    }
  }
  return patterns.size > 0 ? [`-sf=${[...patterns]}`] : null;
}

/**
 * The tests that pass these filters, for as many processes as there are processors.
 * @param {string[]} filters
 * @returns {{args: string[], count: number}[]}
 */
function shares(filters) {
  const all = Number(/filters: (\d+)/.exec(ask(PROGRAM, ['--count', LEFT_OUT, ...filters]) ?? '')?.[1] ?? 0);
  const each = Math.ceil(all / Math.min(availableParallelism(), Math.ceil(all / 50) || 1));
  return Array.from({ length: Math.ceil(all / each) || 0 }, (_, i) => {
    const [first, last] = [i * each + 1, Math.min(all, (i + 1) * each)];
    return { args: [...filters, `--first=${first}`, `--last=${last}`], count: last - first + 1 };
  });
}

/** @returns {Promise<Tally>} of the build and of the tests that the changes concern */
async function unit() {
  const building = performance.now();
  const { code, output } = await build('native', undefined, 'pos_unit');
  if (code !== 0) console.log(tail(output, 60));
  const built = report('build', building, code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  const filters = filtersFor(values.all ? ['CMakeLists.txt'] : changed);
  if (code !== 0 || !filters) return built;
  const running = performance.now();
  const parts = shares(filters);
  const tallies = await forEachLimited(parts, availableParallelism(), runShare);
  // Tests that concern a change, and none of which can be run, have not passed.
  if (parts.length === 0) tallies.push({ passed: 0, failed: 1 });
  return sumOf([built, report('unit tests', running, sumOf(tallies))]);
}

/** @param {{args: string[], count: number}} share @returns {Promise<Tally>} */
async function runShare({ args, count }) {
  const { code, output } = await run(PROGRAM, ['--no-version', '--no-intro', LEFT_OUT, ...args], { cwd: ROOT });
  if (code === 0) return { passed: count, failed: 0 };
  console.log(output.trimEnd());
  console.log(`check: again: build/native/pos_unit ${args.map((each) => `'${each}'`).join(' ')}`);
  const wrong = output.split(/^={20,}$/m).filter((block) => /\bERROR:/.test(block)).length;
  const failed = Math.min(count, Math.max(1, wrong));
  return { passed: count - failed, failed };
}
