// clang-tidy over all C++ that it can judge. Sources of one folder are read together: most of the time
// that it would need for each goes into the headers, which they have in common.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { configure } from './cmake.mjs';
import { ask, forEachLimited, readJson, ROOT, run, tail } from './run.mjs';

/**
 * Whose flags a source is read with: the first that its path begins with. doctest's macros make
 * clang-tidy slow and blind, so the unit tests are not read.
 */
const TARGETS = {
  // What is compiled to nothing as it ships is read as tests see it.
  'wasm/ablation/': 'pos_core_switched',
  'wasm/': 'pos_core',
  'bindings/abi.cpp': 'pos_abi_repair',
  'tests/harness/': 'pos_harness',
  'tests/simulate/': 'pos_simulation',
  'tests/explore/': 'pos_explore',
  'tests/traces/': 'pos_traces',
  'tests/bench/': 'pos_replay',
};

/** Read at once: more would take more memory than a small machine has. */
const MOST_AT_ONCE = 24;

/** clang's analyzer looks into sources that another one includes only where that one is called so. */
const PREFIX = 'UnifiedSource';

/**
 * How far the analyzer follows a function before it leaves it: nine tenths of its time would go into a
 * few functions with many branches.
 */
const STEPS_IN_PASSING = 20_000;
const STEPS_TO_THE_END = 225_000;

/**
 * @typedef {object} Group
 * @property {string} name
 * @property {string} target
 * @property {string[]} files from the root
 */

/**
 * @param {string[]} files
 * @returns {Group[]}
 */
function groupsOf(files) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const file of files.toSorted()) {
    const prefix = Object.keys(TARGETS).find((each) => file.startsWith(each));
    // Which statements a program can ask for is said once more for each module.
    if (!prefix || /^wasm\/store\/parts\/(push|repair)\.cpp$/.test(file)) continue;
    const folder = path.dirname(file).replaceAll('/', '-');
    let number = 1;
    while ((groups.get(`${folder}-${number}`)?.files.length ?? 0) >= MOST_AT_ONCE) number += 1;
    const name = `${folder}-${number}`;
    const target = TARGETS[/** @type {keyof typeof TARGETS} */ (prefix)];
    const group = groups.get(name) ?? { name, target, files: [] };
    group.files.push(file);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/**
 * The command that compiles a target's sources, up to what it makes of which.
 * @param {{command: string}[]} commands
 * @param {string} target
 */
function flagsOf(commands, target) {
  const found = commands.find(({ command }) => command.includes(`/${target}.dir/`));
  if (!found) throw new Error(`the native build has no target ${target}`);
  return `${found.command.replace(/ -o \S+ -c \S+$/, '')} -DPOS_SYNC_SOURCE_DIR='""'`;
}

/**
 * @param {string} salt
 * @param {string[]} files
 */
function fingerprint(salt, files) {
  const hash = createHash('sha256').update(salt);
  for (const file of files) hash.update(file).update(readFileSync(path.join(ROOT, file)));
  return hash.digest('hex');
}

/**
 * Reads these sources and tells what it finds. A verdict is kept until something changes that it may
 * depend on: reading all of them anew takes minutes.
 * @param {string} tool
 * @param {string[]} sources
 * @param {string[]} headers
 * @param {boolean} deep clang's analyzer takes its time
 * @returns {Promise<{passed: number, failed: number}>} of files
 */
export async function readBySource(tool, sources, headers, deep) {
  const configured = await configure('native');
  if (configured.code !== 0) {
    console.log(`${tail(configured.output)}\nlint: clang-tidy needs a native build`);
    return { passed: 0, failed: 1 };
  }
  const native = path.join(ROOT, 'build', 'native');
  /** @type {{command: string}[]} */
  const commands = readJson(path.join(native, 'compile_commands.json')) ?? [];
  const groups = groupsOf(sources);

  const dir = path.join(ROOT, 'build', 'tidy');
  mkdirSync(dir, { recursive: true });
  const units = groups.map(({ name, target, files }) => {
    const file = path.join(dir, `${PREFIX}-${name}.cpp`);
    const lines = files.map(
      (each) => `#include "${path.join(ROOT, each)}"  // NOLINT(bugprone-suspicious-include)\n`,
    );
    writeFileSync(file, lines.join(''));
    return { directory: native, file, command: `${flagsOf(commands, target)} -c ${file}` };
  });
  writeFileSync(path.join(dir, 'compile_commands.json'), JSON.stringify(units));

  const settings = `${ask(tool, ['--version'])}${readFileSync(path.join(ROOT, '.clang-tidy'))}`;
  const steps = `max-nodes=${deep ? STEPS_TO_THE_END : STEPS_IN_PASSING}`;
  const analyzer = ['-Xclang', '-analyzer-config', '-Xclang', steps].map((each) => `--extra-arg=${each}`);
  const known = fingerprint(settings + steps, headers.toSorted());
  const tallies = await forEachLimited(groups, availableParallelism(), async (group) => {
    const unit = units[groups.indexOf(group)];
    const kept = path.join(dir, `${group.name}.verdict`);
    const verdict = fingerprint(known + unit.command, group.files);
    if (existsSync(kept) && readFileSync(kept, 'utf8') === verdict) {
      return { passed: group.files.length, failed: 0 };
    }
    const { code, output } = await run(tool, ['-p', dir, '--quiet', ...analyzer, unit.file]);
    if (code === 0) {
      writeFileSync(kept, verdict);
      return { passed: group.files.length, failed: 0 };
    }
    rmSync(kept, { force: true });
    console.log(output.replace(/^\d+ warnings.*generated\.\n/gm, '').trimEnd());
    const found = new Set([...output.matchAll(/^(\S+?):\d+:\d+: error:/gm)].map(([, file]) => file));
    return { passed: Math.max(0, group.files.length - found.size), failed: found.size || 1 };
  });
  return tallies.reduce(
    (sum, each) => ({ passed: sum.passed + each.passed, failed: sum.failed + each.failed }),
    { passed: 0, failed: 0 },
  );
}
