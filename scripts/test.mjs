// Everything that gates a change. `npm test -- unit node` runs only those suites, and builds only what they
// need; `npm test -- unit -t '*midnight*'` runs only the tests of that name.
//
// The last line is `N passed, N failed`, with `, N skipped` where something was. A suite that ends
// badly without saying which test failed, or that ran no test at all, counts as one failure: silence
// is not success. Suites that need one processor run side by side.

import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, ship } from './lib/cmake.mjs';
import { forEachLimited, packageEnv, readJson, ROOT, run, tail } from './lib/run.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {(output: string) => Tally | null} count null if the suite did not come to its end
 * @property {(output: string) => string[]} [failures] the names of the tests that failed
 * @property {Partial<Record<Preset, string[]>>} needs what is built before it runs, by preset; []: all of it
 * @property {(pattern: string) => string[]} [only] the arguments that leave only the tests of a name
 * @property {string} [one] the command that runs one of its tests
 * @property {boolean} [alone] it keeps all processors busy by itself, or needs what others leave behind
 */

/** @typedef {import('./lib/cmake.mjs').Preset} Preset */

const REPORTS = path.join(ROOT, 'build', 'reports');

/** @type {Suite[]} */
const SUITES = [
  vitest('worker', 'tests/vitest.worker.config.js', { wasi: [] }),
  vitest('shell', 'tests/vitest.shell.config.js', { wasi: [] }),
  doctest('unit-asan', 'asan', 'pos_unit'),
  doctest('unit', 'native', 'pos_unit'),
  doctest('switches', 'native', 'pos_switches'),
  {
    ...vitest('node', 'tests/vitest.node.config.js', {
      wasi: [], emscripten: [], native: ['pos_traces', 'pos_explore', 'pos_simulate'],
    }),
    alone: true,
  },
  simulation(1000),
  script('lint', ['scripts/lint.mjs'], {}),
  script('explore', ['scripts/explore.mjs', 'explore'], { native: ['pos_explore'] }),
  script('ablate', ['scripts/explore.mjs', 'ablate'], { native: ['pos_explore'] }),
  script('proof', ['scripts/proof.mjs', '--check'], {}),
];

/**
 * A native test program.
 * @param {string} name
 * @param {Preset} preset
 * @param {string} program
 * @returns {Suite}
 */
function doctest(name, preset, program) {
  return {
    name,
    command: path.join(ROOT, 'build', preset, program),
    args: ['--no-version', '--no-intro'],
    needs: { [preset]: [program] },
    // Commas separate doctest's patterns.
    only: (pattern) => [`-tc=${pattern.replaceAll(',', '?')}`],
    one: `build/${preset}/${program} -tc='*part of its name*'`,
    count(output) {
      const line =
        /test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped/.exec(output);
      return line && { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3]) };
    },
    failures: (output) =>
      output
        .split(/^={20,}$/m)
        .filter((block) => /\bERROR:/.test(block))
        .map((block) => /^TEST CASE: +(.*)$/m.exec(block)?.[1] ?? 'a test without a name'),
  };
}

/**
 * A script that ends in the same line as this one.
 * @param {string} name
 * @param {string[]} args
 * @param {Suite['needs']} needs
 * @returns {Suite}
 */
function script(name, args, needs) {
  return { name, command: 'node', args, needs, count: lastLine, failures: wrongLines, alone: true };
}

/**
 * Whole worlds by seed. Each promise that all of them were held to counts as one test.
 * @param {number} seeds
 * @returns {Suite}
 */
function simulation(seeds) {
  const kept = path.join(ROOT, 'tests', 'simulate', 'seeds.txt');
  return {
    name: 'simulate',
    command: path.join(ROOT, 'build', 'native', 'pos_simulate'),
    needs: { native: ['pos_simulate'] },
    args: ['--kept', kept, '--seeds', String(seeds), '--threads', '2'],
    alone: true,
    count(output) {
      const line = /^(\d+) invariants held, (\d+) broken$/m.exec(output);
      return line && { passed: Number(line[1]), failed: Number(line[2]), skipped: 0 };
    },
    failures: wrongLines,
  };
}

/** The most lines of one suite that the list of failures repeats. */
const WRONG_LINES_MOST = 20;

/**
 * What a suite without names of tests has printed of its failures.
 * @param {string} output
 * @returns {string[]}
 */
function wrongLines(output) {
  const lines = output.split('\n').filter((line) =>
    /^ *BROKEN|: (?:fatal )?(?:error|warning)[: ]|: error TS|^lint: .* [1-9]\d* failed/.test(line) ||
    /^\S+:\d+: .* \[\S+\]$/.test(line));
  return lines.slice(0, WRONG_LINES_MOST).map((line) => line.trim());
}

/**
 * A vitest project. The numbers come from its report, not from what it prints for people.
 * @param {string} name
 * @param {string} config
 * @param {Suite['needs']} needs
 * @returns {Suite}
 */
function vitest(name, config, needs) {
  const report = path.join(REPORTS, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return {
    name,
    command: 'vitest',
    args: ['run', '--root', ROOT, '--config', path.join(ROOT, config), ...reporters],
    needs,
    // A pattern of doctest's is understood here as well: vitest takes a regular expression.
    one: `npx vitest run --config ${config} -t 'part of its name'`,
    only: (pattern) => ['-t', pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')],
    count() {
      const counts = readJson(report);
      return (
        counts && {
          passed: counts.numPassedTests,
          failed: counts.numFailedTests,
          skipped: counts.numPendingTests + counts.numTodoTests,
        }
      );
    },
    failures() {
      /** @type {{assertionResults: {status: string, fullName: string}[]}[]} */
      const files = readJson(report)?.testResults ?? [];
      return files
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ status }) => status === 'failed')
        .map(({ fullName }) => fullName);
    },
  };
}

/**
 * The counts of a suite that ends in the same line as this one.
 * @param {string} output
 * @returns {Tally | null}
 */
function lastLine(output) {
  const line = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(tail(output, 1));
  return line && { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) };
}

/** @param {number} started */
const secondsSince = (started) => `${((performance.now() - started) / 1000).toFixed(1)} s`;

/**
 * Builds what the suites run, and no more. A build that fails shows why and ends the run.
 * @param {Suite[]} suites
 */
async function buildFor(suites) {
  /** @type {Preset[]} */
  const presets = ['native', 'wasi', 'asan', 'emscripten'];
  const needed = presets.filter((preset) => suites.some(({ needs }) => needs[preset]));
  const codes = await forEachLimited(needed, 2, async (preset) => {
    const started = performance.now();
    const targets = suites.flatMap(({ needs }) => needs[preset] ? [needs[preset]] : []);
    const only = targets.some((each) => each.length === 0) ? [] : [...new Set(targets.flat())];
    const { code, output } = await build(preset, undefined, only);
    if (code !== 0) console.log(tail(output, 60));
    console.log(`build: ${preset} ${code === 0 ? 'done' : 'FAILED'} (${secondsSince(started)})`);
    return code;
  });
  if (codes.some((code) => code !== 0)) return false;
  if (needed.includes('wasi')) ship('wasi');
  return true;
}

/**
 * Runs a suite and prints what it printed: while it runs, if nothing else does.
 * @param {Suite} suite
 * @param {boolean} alone
 * @returns {Promise<Tally & {failures: string[]}>}
 */
async function runSuite(suite, alone) {
  if (alone) console.log(`\n---- ${suite.name}`);
  const started = performance.now();
  const { code, output } = await run(suite.command, suite.args, {
    env: packageEnv(),
    echo: alone ? (text) => process.stdout.write(text) : undefined,
  });
  if (!alone) console.log(`\n---- ${suite.name}\n${output.trimEnd()}`);
  const tally = suite.count(output) ?? { passed: 0, failed: 0, skipped: 0 };
  const complaint = complaintAbout(tally, code);
  if (complaint) {
    console.log(`---- ${suite.name}: ${complaint}`);
    tally.failed += 1;
  }
  const { passed, failed } = tally;
  console.log(`---- ${suite.name}: ${passed} passed, ${failed} failed (${secondsSince(started)})`);
  const failures = failed > 0 ? (suite.failures?.(output) ?? []) : [];
  if (failed > 0 && suite.one) console.log(`---- ${suite.name}: one test by itself: ${suite.one}`);
  if (complaint) failures.push(complaint);
  return { ...tally, failures: failures.map((each) => `${suite.name}: ${each}`) };
}

/**
 * @param {Suite[]} suites
 * @returns {Promise<(Tally & {failures: string[]})[]>}
 */
async function runSuites(suites) {
  const side = suites.filter(({ alone }) => !alone);
  const many = side.length > 1;
  const tallies = await forEachLimited(side, availableParallelism(), (each) => runSuite(each, !many));
  for (const each of suites.filter(({ alone }) => alone)) tallies.push(await runSuite(each, true));
  return tallies;
}

/**
 * What is wrong with a suite apart from the tests that it says have failed.
 * @param {Tally} tally
 * @param {number} code
 * @returns {string | null}
 */
function complaintAbout({ passed, failed, skipped }, code) {
  if (passed + failed === 0) return 'it ran no test';
  if (code !== 0 && failed === 0) return `it ended with code ${code}, though no test failed`;
  // Where Square's description is at hand, a test that was skipped is a test that was forgotten.
  if (skipped > 0 && process.env.POS_SYNC_REQUIRE_OPENAPI === '1') {
    return `${skipped} skipped, and nothing may be skipped here`;
  }
  return null;
}

const { wanted, pattern } = readArguments();
const chosen = SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (pattern !== undefined) {
  for (const suite of chosen) {
    if (!suite.only) refuse(`${suite.name} has no tests with names; -t goes with unit, switches, shell, worker and node`);
    suite.args.push(...suite.only(pattern));
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true, options: { 'test-name': { type: 'string', short: 't' } },
    });
    const unknown = positionals.filter((name) => !SUITES.some((suite) => suite.name === name));
    if (unknown.length > 0) {
      refuse(`no suite called ${unknown.join(', ')}; there are ${SUITES.map(({ name }) => name).join(', ')}`);
    }
    return { wanted: positionals, pattern: values['test-name'] };
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/** @param {string} words @returns {never} */
function refuse(words) {
  console.error(`test: ${words}`);
  process.exit(1);
}

// A report of an earlier run must not be taken for this one's.
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];
if (await buildFor(chosen)) {
  for (const each of await runSuites(chosen)) {
    total.passed += each.passed;
    total.failed += each.failed;
    total.skipped += each.skipped;
    failures.push(...each.failures);
  }
} else {
  total.failed += 1;
}
if (failures.length > 0) console.log(['', 'Failed:', ...failures].join('\n  '));
const skippedToo = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skippedToo}`);
process.exitCode = total.failed > 0 ? 1 : 0;
