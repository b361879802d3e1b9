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
import { ask, forEachLimited, packageEnv, readJson, ROOT, run, tail } from './lib/run.mjs';
import { LARGE_UNIT_TESTS, SLOW_UNIT_TESTS } from './lib/slow_tests.mjs';
import { findClangTool, LINT_CLANG_RELEASE } from './lib/toolchains.mjs';

/** @typedef {{name: string, passed: number, failed: number}} Step */

const { values } = parseArgs({ options: { all: { type: 'boolean' } } });
const PASSED = path.join(ROOT, 'build', 'check.json');
const PROGRAM = path.join(ROOT, 'build', 'native', 'pos_unit');
const LEFT_OUT = `-tce=${[...SLOW_UNIT_TESTS, ...LARGE_UNIT_TESTS]}`;
const started = performance.now();
const env = packageEnv();

const now = digests();
/** @type {Record<string, string>} */
const before = values.all ? {} : readJson(PASSED) ?? {};
const changed = Object.keys(now).filter((file) => now[file] !== before[file]);
const cpp = changed.filter((file) => /\.([ch]pp|h)$/.test(file));
const scripts = changed.filter((file) => /\.m?js$/.test(file));
const types = changed.filter((file) => /\.(m?js|d\.ts)$|tsconfig.*\.json$/.test(file));
console.log(changed.length === 0 ? 'check: nothing has changed since it passed' : `check: ${describe(changed)}`);

const steps = await Promise.all([unit(), format(), eslint(), tsc()]);
const passed = steps.reduce((sum, step) => sum + step.passed, 0);
const failed = steps.reduce((sum, step) => sum + step.failed, 0);
if (failed === 0) {
  mkdirSync(path.dirname(PASSED), { recursive: true });
  writeFileSync(PASSED, JSON.stringify(now));
}
console.log(`check: ${seconds(started)} in all`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** What each file of this project holds. @returns {Record<string, string>} */
function digests() {
  const listed = ask('git', ['-C', ROOT, 'ls-files', '--cached', '--others', '--exclude-standard']) ?? '';
  return Object.fromEntries(listed.split('\n')
    .filter((file) => file && existsSync(path.join(ROOT, file)))
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

/** @param {string} name @param {number} since @param {number} good @param {number} bad @returns {Step} */
function tell(name, since, good, bad) {
  console.log(`check: ${name.padEnd(12)} ${good} passed, ${bad} failed (${seconds(since)})`);
  return { name, passed: good, failed: bad };
}

/**
 * doctest's filters for the tests that these changes concern; null where none are.
 * @param {string[]} files
 * @returns {string[] | null}
 */
function filtersFor(files) {
  const sources = new Set();
  for (const file of files) {
    const [top, room] = file.split('/');
    const isSource = file.endsWith('.cpp');
    if (top === 'tests' && room === 'unit' && isSource && !file.endsWith('/main.cpp')) sources.add(`*${file}`);
    else if (top === 'wasm' && isSource && existsSync(path.join(ROOT, 'tests', 'unit', room))) {
      const stem = path.basename(file, '.cpp');
      const own = Object.keys(now).filter((each) => each.startsWith(`tests/unit/${room}/${stem}`) && each.endsWith('_test.cpp'));
      for (const each of own.length > 0 ? own : [`tests/unit/${room}/*`]) sources.add(`*${each}`);
    } else if (/^(wasm|bindings|migrations|tests\/(harness|unit|simulate|golden))\/|^CMakeLists/.test(file) && !file.endsWith('.js')) {
      return [];
    }
  }
  return sources.size > 0 ? [`-sf=${[...sources]}`] : null;
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

async function unit() {
  const building = performance.now();
  const { code, output } = await build('native', undefined, 'pos_unit');
  if (code !== 0) {
    console.log(tail(output, 60));
    return tell('build', building, 0, 1);
  }
  const built = tell('build', building, 1, 0);
  const running = performance.now();
  const filters = filtersFor(values.all ? ['CMakeLists.txt'] : changed);
  const parts = filters ? shares(filters) : [];
  const results = await forEachLimited(parts, availableParallelism(), async ({ args, count }) => {
    const { code: ended, output: words } = await run(PROGRAM, ['--no-version', '--no-intro', LEFT_OUT, ...args], { cwd: ROOT });
    if (ended === 0) return { good: count, bad: 0 };
    console.log(words.trimEnd());
    console.log(`check: again: build/native/pos_unit ${args.map((each) => `'${each}'`).join(' ')}`);
    const bad = Math.max(1, words.split(/^={20,}$/m).filter((block) => /\bERROR:/.test(block)).length);
    return { good: count - bad, bad };
  });
  const good = results.reduce((sum, each) => sum + each.good, 0);
  const bad = results.reduce((sum, each) => sum + each.bad, 0);
  const ran = parts.length > 0 ? tell('unit tests', running, good, bad) : { passed: 0, failed: 0 };
  return { name: 'unit', passed: built.passed + ran.passed, failed: built.failed + ran.failed };
}

async function format() {
  const since = performance.now();
  if (cpp.length === 0) return { name: 'clang-format', passed: 0, failed: 0 };
  const tool = findClangTool('clang-format', LINT_CLANG_RELEASE);
  if (!tool) {
    console.log(`check: clang-format ${LINT_CLANG_RELEASE} is not on this machine: npm run setup`);
    return { name: 'clang-format', passed: 0, failed: 1 };
  }
  const parts = Array.from({ length: Math.ceil(cpp.length / 40) }, (_, i) => cpp.slice(i * 40, (i + 1) * 40));
  let bad = 0;
  for (const part of parts) {
    const { code, output } = await run(tool, ['--style=file', '--dry-run', '-Werror', '--ferror-limit=1', ...part], { cwd: ROOT });
    if (code === 0) continue;
    console.log(output.trimEnd());
    bad += new Set([...output.matchAll(/^(\S+?):\d+:\d+: error:/gm)].map(([, file]) => file)).size || 1;
  }
  return tell('clang-format', since, cpp.length - bad, bad);
}

async function eslint() {
  const since = performance.now();
  if (scripts.length === 0) return { name: 'ESLint', passed: 0, failed: 0 };
  const files = scripts.length > 40 ? ['.'] : scripts;
  const args = ['--max-warnings=0', '--no-warn-ignored', '--cache', '--cache-location=build/eslint.cache', ...files];
  const { code, output } = await run('eslint', args, { cwd: ROOT, env });
  if (code !== 0) console.log(output.trimEnd());
  return tell('ESLint', since, code === 0 ? scripts.length : 0, code === 0 ? 0 : 1);
}

async function tsc() {
  const since = performance.now();
  if (types.length === 0) return { name: 'tsc', passed: 0, failed: 0 };
  const projects = ['tsconfig.json', 'tsconfig.node.json', 'tests/worker/tsconfig.json'];
  const codes = await forEachLimited(projects, 1, async (project) => {
    const { code, output } = await run('tsc', ['-p', project, '--pretty', 'false'], { cwd: ROOT, env });
    if (code !== 0) console.log(output.trimEnd());
    return code;
  });
  const good = codes.filter((code) => code === 0).length;
  return tell('tsc', since, good, codes.length - good);
}
