// Who judges the mutants of this project: the fast tests first, and each only what it can see.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packageEnv, readJson, tail } from '../lib/run.mjs';
import { SLOW_UNIT_TESTS as SLOW } from '../lib/slow_tests.mjs';
import { findNative } from '../lib/toolchains.mjs';
import { holdsSql } from './list.mjs';
import { failedCase, runLimited } from './process.mjs';
import { fileOf, killersOf, NOT_LOADED, noted, underNode, wanted } from './shell.mjs';

/** @import { Copy } from './copy.mjs' */
/** @import { Judge, Verdict } from './hunt.mjs' */

/** Thrown where it is not the mutant that fails. */
export class Unfit extends Error {}

/** Small worlds that show most of what a tick, and a repair, can do. */
const WORLDS = ['a failing database', 'listed', 'a second revision in doubt', 'looked for, out of attempts', 'edges'];
const REPAIR_WORLDS = ['a dispute', 'a refund followed to the last', 'a refund in conflict', 'refunds, a clock'];

/** How long a test inside workerd, which takes a moment, may take. */
const WORKER_TEST_SECONDS = 120;

/** @type {Verdict} */
const SURVIVED = { verdict: 'survived', by: '' };

const isCpp = (/** @type {string} */ file) => /^(wasm|bindings)\/.*\.([ch]pp|h)$/.test(file);
/** What a native program has in it: the modules alone have the other two. */
const isNative = (/** @type {string} */ file) => isCpp(file) && !/^bindings\/(memory|runtime_shims)\./.test(file);
const isSql = (/** @type {string} */ file) => /^(wasm\/store|migrations)\//.test(file);
const isShell = (/** @type {string} */ file) => /^(worker\.js|bindings\/.*\.js)$/.test(file);

const nativeOf = (/** @type {Copy} */ copy, program = '') => path.join(copy.root, 'build', 'native', program);

/** @param {Copy} copy @param {string} target */
async function compile(copy, target, more = /** @type {string[]} */ ([])) {
  const dir = nativeOf(copy);
  if (!existsSync(path.join(dir, 'build.ninja'))) {
    const compiler = findNative();
    const configured = await runLimited([
      'cmake', '-S', copy.root, '-B', dir, '-G', 'Ninja', ...(compiler ? [`-DCMAKE_CXX_COMPILER=${compiler}`] : []),
      // Warnings are for people. What takes long to compile is compiled once, so it need not be fast.
      '-DCMAKE_BUILD_TYPE=Mutants', '-DCMAKE_CXX_FLAGS_MUTANTS=-O1 -w', '-DPOS_SYNC_TOGETHER=OFF',
      '-DPOS_SYNC_TESTS_TOGETHER=ON',
    ], { cwd: copy.root });
    if (configured.code !== 0) {
      rmSync(path.join(dir, 'CMakeCache.txt'), { force: true });
      throw new Unfit(`cmake: ${tail(configured.output)}`);
    }
  }
  return runLimited(['cmake', '--build', dir, '--target', target, ...more], { cwd: copy.root });
}

/** A name as doctest's filters take it: commas separate them. @param {string} name */
const asFilter = (name) => name.replaceAll(',', '?').replaceAll('\\', '?').replaceAll('"', '?');

/**
 * @param {Copy} copy
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<Verdict>}
 */
async function doctest(copy, program, args) {
  const command = [nativeOf(copy, program), '--no-version', '--no-intro', '--abort-after=1', ...args];
  const { code, output, endless } = await runLimited(command, { cwd: copy.root, cpuSeconds: 600 });
  if (endless) return { verdict: 'killed', by: `${program} does not end` };
  if (code === 0) return SURVIVED;
  return { verdict: 'killed', by: failedCase(output) ?? `${program} crashes` };
}

/** @param {Copy} copy @param {string} target @returns {Promise<Verdict>} `invalid` if it does not compile */
async function compiled(copy, target) {
  const { code, output, endless } = await compile(copy, target);
  if (code === 0) return SURVIVED;
  if (!endless && !/error:|undefined reference|undefined symbol|FAILED:/.test(output)) throw new Unfit(tail(output));
  return { verdict: 'invalid', by: 'does not compile' };
}

/** @param {Copy} copy @param {string} name @param {() => Promise<Verdict>} work */
async function mustPass(copy, name, work) {
  const { verdict, by } = await work();
  if (verdict !== 'survived') throw new Unfit(`${name} is not green before anything is changed: ${by}`);
}

/** @type {Judge} */
const valid = {
  name: 'SQL that SQLite takes',
  sees: isSql,
  async prepare(copy) {
    await mustPass(copy, 'the build', () => compiled(copy, 'pos_unit'));
    await mustPass(copy, this.name, () => doctest(copy, 'pos_unit', [`-tc=${PREPARED}`]));
  },
  async judge(copy) {
    const build = await compiled(copy, 'pos_unit');
    if (build.verdict !== 'survived') return build;
    const { verdict } = await doctest(copy, 'pos_unit', [`-tc=${PREPARED}`]);
    return verdict === 'survived' ? SURVIVED : { verdict: 'invalid', by: 'is no SQL' };
  },
};
const PREPARED = 'every statement is one that SQLite takes';

/** @type {Judge} */
const unit = {
  name: 'unit tests',
  sees: (file) => isNative(file) || isSql(file),
  async prepare(copy) {
    await mustPass(copy, 'the build', () => compiled(copy, 'pos_unit'));
    await mustPass(copy, this.name, () => doctest(copy, 'pos_unit', [`-tce=${SLOW}`]));
  },
  async judge(copy, _mutant, likely) {
    const build = await compiled(copy, 'pos_unit');
    if (build.verdict !== 'survived') return build;
    if (likely.length > 0) {
      const soon = await doctest(copy, 'pos_unit', [`-tc=${likely.map(asFilter)}`]);
      if (soon.verdict !== 'survived') return soon;
    }
    return doctest(copy, 'pos_unit', [`-tce=${SLOW}`]);
  },
};

/** @type {Judge} */
const slow = {
  name: 'slow unit tests',
  sees: unit.sees,
  async prepare(copy) {
    await mustPass(copy, this.name, () => doctest(copy, 'pos_unit', [`-tc=${SLOW}`]));
  },
  judge: (copy) => doctest(copy, 'pos_unit', [`-tc=${SLOW}`]),
};

/** @type {Judge} */
const switches = {
  name: 'switches',
  sees: unit.sees,
  async prepare(copy) {
    await mustPass(copy, 'the build', () => compiled(copy, 'pos_switches'));
    await mustPass(copy, this.name, () => doctest(copy, 'pos_switches', []));
  },
  async judge(copy) {
    const build = await compiled(copy, 'pos_switches');
    return build.verdict === 'survived' ? doctest(copy, 'pos_switches', []) : build;
  },
};

/** @type {Judge} */
const worlds = {
  name: 'small worlds',
  sees: unit.sees,
  async prepare(copy) {
    await mustPass(copy, 'the build', () => compiled(copy, 'pos_explore'));
    await mustPass(copy, this.name, () => explored(copy, [...WORLDS, ...REPAIR_WORLDS]));
  },
  async judge(copy, { file }) {
    const build = await compiled(copy, 'pos_explore');
    if (build.verdict !== 'survived') return build;
    const names = /repair|audit|mail|reconcil/.test(file) ? REPAIR_WORLDS : WORLDS;
    return explored(copy, names);
  },
};

/** A world that is only larger or smaller than it was has broken no promise.
 * @param {Copy} copy @param {string[]} names @returns {Promise<Verdict>} */
async function explored(copy, names) {
  for (const name of names) {
    const pins = path.join(copy.root, 'tests', 'explore', 'pinned.txt');
    const command = [nativeOf(copy, 'pos_explore'), 'explore', pins, '1', '--only', name];
    const { output, endless, code } = await runLimited(command, { cwd: copy.root, cpuSeconds: 900 });
    if (endless) return { verdict: 'killed', by: `the world "${name}" does not end` };
    const broken = output.split('\n').find((line) => /^ *BROKEN/.test(line) && !/is the pinned one|everything is met/.test(line));
    if (broken) return { verdict: 'killed', by: `${name}: ${broken.trim().slice(8, 200)}` };
    if (code !== 0 && code !== 1) return { verdict: 'killed', by: `the world "${name}" crashes` };
  }
  return SURVIVED;
}

/** What the shell promises is held to here; the files behind them use it. */
const SHELL_TESTS = [
  'tests/abi/core.test.js',
  ...['bindings', 'door', 'host', 'roles', 'routes', 'seals', 'shell', 'webhooks', 'wire', 'wiring'].map((name) => `tests/worker/${name}.test.js`),
];

/** Which of these are most likely to notice a change of a file.
 * @type {Record<string, string[]>} */
const FIRST = {
  'worker.js': ['tests/worker/wiring.test.js', 'tests/worker/routes.test.js', 'tests/worker/shell.test.js'],
  'bindings/host.js': ['tests/worker/wire.test.js', 'tests/worker/host.test.js'],
  'bindings/core.js': ['tests/abi/core.test.js'],
  'bindings/days.js': ['tests/worker/bindings.test.js'],
  'bindings/roles.js': ['tests/worker/bindings.test.js', 'tests/worker/roles.test.js'],
  'bindings/vault.js': ['tests/worker/bindings.test.js', 'tests/worker/host.test.js'],
  'bindings/seal.js': ['tests/worker/bindings.test.js', 'tests/worker/host.test.js'],
  'bindings/sign.js': ['tests/worker/bindings.test.js', 'tests/worker/seals.test.js'],
  'bindings/key_ring.js': ['tests/worker/bindings.test.js', 'tests/worker/seals.test.js'],
};

/** What no native program has in it, seen from outside of the modules.
 * @type {Judge} */
const modules = {
  name: 'modules',
  sees: (file) => /^bindings\/(memory|runtime_shims|abi)\.(cpp|h)$/.test(file),
  async prepare(copy) {
    await ship(copy);
    await mustPass(copy, this.name, () => vitest(copy, MODULE_TESTS));
  },
  async judge(copy) {
    const { code } = await runLimited([process.execPath, 'scripts/build.mjs'], { cwd: copy.root, env: packageEnv() });
    return code === 0 ? vitest(copy, MODULE_TESTS) : { verdict: 'invalid', by: 'does not compile' };
  },
};
const MODULE_TESTS = ['tests/abi/memory.test.js', 'tests/abi/payloads.test.js'];

/** A judge that shows a mutant to test files under Node, the likely ones first.
 * @param {string} name
 * @param {(copy: Copy) => string[]} testsOf
 * @returns {Judge} */
const shell = (name, testsOf) => ({
  name,
  sees: isShell,
  async prepare(copy) {
    if (!existsSync(path.join(copy.root, 'build', 'pos_sync.wasm'))) await ship(copy);
    await mustPass(copy, name, () => underNode(copy, [], testsOf(copy)));
  },
  async judge(copy, { file }, likely) {
    const files = testsOf(copy);
    const killers = killersOf(file, likely);
    const before = new Set([...FIRST[file] ?? [], ...killers.map(fileOf)]);
    // One by one: the first of them that fails is the end.
    const soon = [...before].filter((each) => files.includes(each));
    /** @type {{group: string[], names?: string[]}[]} */
    const steps = [
      ...wanted(killers, files), ...soon.map((each) => ({ group: [each] })), { group: files.filter((each) => !before.has(each)) },
    ];
    for (const { group, names } of steps) {
      if (group.length === 0) continue;
      const verdict = await underNode(copy, [file], group, names);
      if (verdict.verdict === 'survived') continue;
      noted(file, verdict.by);
      if (!verdict.by.endsWith(NOT_LOADED)) return verdict;
      const { code } = await runLimited([process.execPath, '--check', file], { cwd: copy.root });
      return code === 0 ? verdict : { verdict: 'invalid', by: 'is no JavaScript' };
    }
    return SURVIVED;
  },
});

/** Those of these tests that are there. @param {Copy} copy */
const shellTests = (copy) => SHELL_TESTS.filter((file) => existsSync(path.join(copy.root, file)));

/** All others that run under Node. @param {Copy} copy */
const otherTests = (copy) => readdirSync(path.join(copy.root, 'tests', 'worker'))
  .filter((name) => name.endsWith('.test.js') && !/^(statements|adoption|cost|crashes|schedules)\./.test(name))
  .map((name) => `tests/worker/${name}`)
  .filter((file) => !SHELL_TESTS.includes(file));

/** @type {Judge} */
const worker = {
  name: 'worker tests',
  sees: (file) => isShell(file) || isSql(file),
  async prepare(copy) {
    await ship(copy);
    await mustPass(copy, this.name, () => vitest(copy, []));
  },
  async judge(copy, { file }, likely) {
    if (file.startsWith('wasm/')) await ship(copy);
    const files = [...new Set(likely.map((by) => by.split(': ')[0]))]
      .filter((each) => existsSync(path.join(copy.root, each)));
    for (const each of files.slice(0, 4)) {
      const soon = await vitest(copy, [each]);
      if (soon.verdict !== 'survived') return soon;
    }
    return vitest(copy, []);
  },
};

/** Builds the modules and puts them where the worker imports them. @param {Copy} copy */
async function ship(copy) {
  const command = [process.execPath, 'scripts/build.mjs'];
  const { code, output } = await runLimited(command, { cwd: copy.root, env: packageEnv() });
  if (code !== 0) throw new Unfit(`the modules cannot be built: ${tail(output)}`);
}

/**
 * @param {Copy} copy
 * @param {string[]} files none: all of them
 * @returns {Promise<Verdict>}
 */
async function vitest(copy, files) {
  const reports = path.join(copy.root, 'build', 'reports');
  mkdirSync(reports, { recursive: true });
  const report = path.join(reports, 'mutant.json');
  rmSync(report, { force: true });
  const isNode = files.length > 0 && files.every((file) => !file.startsWith('tests/worker/'));
  const config = `tests/vitest.${isNode ? 'node' : 'worker'}.config.js`;
  const { code, endless, output } = await runLimited([
    'vitest', 'run', '--root', copy.root, '--config', path.join(copy.root, config), '--bail=1',
    '--reporter=json', `--outputFile.json=${report}`, ...files,
  ], {
    cwd: copy.root,
    cpuSeconds: 1200,
    wallSeconds: 3600,
    env: {
      ...packageEnv(), POS_SYNC_SCHEDULES: '20', POS_SYNC_TEST_SECONDS: String(WORKER_TEST_SECONDS),
    },
  });
  if (endless) return { verdict: 'killed', by: 'the worker tests do not end' };
  /** @type {{name: string, assertionResults: {status: string, fullName: string}[]}[]} */
  const results = readJson(report)?.testResults ?? [];
  if (code === 0 && results.length > 0) return SURVIVED;
  for (const { name, assertionResults } of results) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed) return { verdict: 'killed', by: `${path.relative(copy.root, name)}: ${failed.fullName}` };
  }
  // A worker that does not even load is noticed by all of them.
  if (results.length > 0 || /Error|FAIL/.test(output)) return { verdict: 'killed', by: 'the worker does not load' };
  throw new Unfit(`vitest: ${tail(output)}`);
}

/** The rooms whose functions hold their mutants. */
const SWITCHED = ['audit', 'drain', 'jobs', 'mail', 'reconcile', 'repair', 'runtime', 'store'];

/** How all mutants get into one program. @type {import('./switched_copy.mjs').Switchable} */
export const switchable = {
  isCode: (file) => /^wasm\/.*\.[ch]pp$/.test(file) && SWITCHED.some((room) => file.startsWith(`wasm/${room}/`)) &&
    !/\/parts\//.test(file),
  isText: (file) => holdsSql(file),
  judges: [valid.name, unit.name, slow.name],
  patient: slow.name,
  slow: SLOW,
  valid: PREPARED,
  programOf: (root, program) => path.join(root, 'build', 'native', program),
  build: (copy, target) => compile(/** @type {Copy} */ (copy), target, ['--', '-k', '0']),
  hooks: {
    'CMakeLists.txt': (source) => source.replace(
      `add_library(pos_core OBJECT \${core_sources})`,
      `file(GLOB_RECURSE switched_sources ${SWITCHED.map((room) => `wasm/${room}/*.cpp`).join(' ')})\n` +
        `set_source_files_properties(\${switched_sources} PROPERTIES COMPILE_OPTIONS "-O0;-ferror-limit=0")\n$&`),
    'wasm/store/parts/all.cpp': (source) => source.replace('#include', '#include "mutant_switch.hpp"\n$&'),
    'tests/harness/database.cpp': (source) => source
      .replace('#include <sqlite3.h>', '#include "mutant_switch.hpp"\n$&')
      .replace('all[static_cast<std::size_t>(each.statement)] =',
        'pos_mutant_statement(static_cast<int>(each.statement));\n$&')
      .replace('sqlite3_stmt*& statement = prepared_[static_cast<std::size_t>(each)];',
        '$&\n      prepared_text(each); pos_mutant_ran(static_cast<int>(each));'),
  },
  /** Asks the switch for each text, in a source that is itself switched. */
  textHooks: {
    'wasm/store/written_out.cpp': (source) => source
      .replaceAll('return each.text;', 'return pos_mutant_text(each.text);'),
    'wasm/store/statements.cpp': (source) => source
      .replaceAll('written_out(entry(statement).sql)', 'written_out(pos_mutant_text(entry(statement).sql))')
      .replaceAll('written_out(each.sql)', 'written_out(pos_mutant_text(each.sql))'),
  },
};

/** Which files are sources of the product. @param {string} file */
export const isRoom = (file) => isCpp(file) || isSql(file) || isShell(file);

/** @type {Judge[]} the fastest first */
export const judges = [
  valid, unit, shell('shell tests', shellTests), shell('other tests under Node', otherTests), worker, modules, slow, switches, worlds,
];

/** Where changes that change nothing are listed, with their reasons. */
export const EQUIVALENT = 'tests/mutants/equivalent.txt';

/** @param {string} root */
export const equivalentOf = (root) => {
  const file = path.join(root, EQUIVALENT);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
