// Everything that reads the sources without running them: clang-format, clang-tidy, ESLint, tsc.
// `--fix` formats the C++ and mends what ESLint can; `--all` has clang-tidy read every source. Each
// file that a tool has read counts once; the last line says how many passed.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { build } from './lib/cmake.mjs';
import { ask, forEachLimited, packageEnv, readJson, ROOT, run, tail } from './lib/run.mjs';
import { findClangTool, LINT_CLANG_RELEASE } from './lib/toolchains.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} [skipped]
 */

const fix = process.argv.includes('--fix');
const everything = process.argv.includes('--all');
const env = packageEnv();

/**
 * Files of this project that match: known to git, or new and not ignored.
 * @param {...string} patterns
 * @returns {string[]}
 */
function sources(...patterns) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const listed = ask('git', ['-C', ROOT, ...args]) ?? '';
  // A file that is deleted but not yet committed is still listed.
  return listed.split('\n').filter((file) => file && existsSync(path.join(ROOT, file)));
}

/**
 * @param {string} tool
 * @param {number} files
 * @returns {Tally}
 */
function skipped(tool, files) {
  console.log(`lint: skipped: ${tool} ${LINT_CLANG_RELEASE} is not on this machine`);
  return { passed: 0, failed: 0, skipped: files };
}

/** @returns {Promise<Tally>} */
async function clangFormat() {
  const files = sources('*.cpp', '*.hpp', '*.h');
  const tool = findClangTool('clang-format', LINT_CLANG_RELEASE);
  if (!tool) return skipped('clang-format', files.length);
  const mode = fix ? ['-i'] : ['--dry-run', '-Werror', '--ferror-limit=3'];
  const codes = await forEachLimited(files, availableParallelism(), async (file) => {
    const { code, output } = await run(tool, ['--style=file', ...mode, file]);
    if (code !== 0) console.log(output.trimEnd());
    return code;
  });
  return tallyOf(codes);
}

/** @param {number[]} codes @returns {Tally} */
function tallyOf(codes) {
  const passed = codes.filter((code) => code === 0).length;
  return { passed, failed: codes.length - passed };
}

/**
 * What Ninja saw each object to be made of, apart from the system's headers.
 * @param {string} dir the build
 * @returns {Map<string, string[]>}
 */
function dependencies(dir) {
  const listed = ask('ninja', ['-C', dir, '-t', 'deps']) ?? '';
  return new Map(
    listed.split('\n\n').map((block) => {
      const [head, ...files] = block.trim().split('\n');
      const ours = files
        .map((file) => path.resolve(dir, file.trim()))
        .filter((file) => file.startsWith(ROOT) && existsSync(file));
      return [head.slice(0, head.indexOf(':')), ours];
    }),
  );
}

/**
 * A number for everything that clang-tidy's verdict on a file depends on, so that a verdict can be
 * kept: reading all sources anew takes minutes.
 * @param {string} salt
 * @param {string[]} files
 */
function fingerprint(salt, files) {
  const hash = createHash('sha256').update(salt);
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * The object that a unit's command makes, as Ninja names it. (Not every CMake says it.)
 * @param {{command: string}} unit
 */
const objectOf = ({ command }) => / -o (\S+) /.exec(command)?.[1] ?? '';

/**
 * Each source is judged once, as it ships; what is compiled to nothing there, as tests see it.
 * @param {{file: string, command: string}} unit
 */
function isJudged(unit) {
  const { file } = unit;
  // doctest's macros make clang-tidy slow and blind: half of its time went into what it cannot judge.
  if (file.includes('/tests/unit/') || file.includes('/tests/ablation/')) return false;
  // Programs that judge the core are read on demand, and so is what repairs the past: they would double
  // the minutes that this takes.
  const onDemand = /\/(tests\/(explore|simulate)|wasm\/(repair|resend))\//;
  if (!everything && onDemand.test(file)) return false;
  return /pos_(core|world)_switched\.dir/.test(objectOf(unit)) === file.includes('/wasm/ablation/');
}

/** @returns {Promise<Tally>} */
async function clangTidy() {
  const dir = path.join(ROOT, 'build', 'native');
  const built = await build('native');
  if (built.code !== 0) {
    console.log(`${tail(built.output)}\nlint: clang-tidy needs a native build that succeeds`);
    return { passed: 0, failed: 1 };
  }
  /** @type {{file: string, command: string}[]} */
  const all = readJson(path.join(dir, 'compile_commands.json')) ?? [];
  const units = all.filter(isJudged);
  const tool = findClangTool('clang-tidy', LINT_CLANG_RELEASE);
  if (!tool) return skipped('clang-tidy', units.length);

  const kept = path.join(ROOT, 'build', 'tidy');
  mkdirSync(kept, { recursive: true });
  // clang-tidy reads a file once for each command that it finds for it.
  writeFileSync(path.join(kept, 'compile_commands.json'), JSON.stringify(units));
  const known = dependencies(dir);
  const settings = `${ask(tool, ['--version'])}${readFileSync(path.join(ROOT, '.clang-tidy'))}`;
  const codes = await forEachLimited(units, availableParallelism(), async (unit) => {
    const madeOf = known.get(objectOf(unit));
    const files = [...new Set([unit.file, ...(madeOf ?? [])])].sort();
    const verdict = path.join(kept, fingerprint(settings + unit.command, files));
    if (madeOf && existsSync(verdict)) return 0;
    const { code, output } = await run(tool, ['-p', kept, '--quiet', unit.file]);
    if (code === 0 && madeOf) writeFileSync(verdict, '');
    if (code !== 0) console.log(output.replace(/^\d+ warnings.*generated\.\n/gm, '').trimEnd());
    return code;
  });
  return tallyOf(codes);
}

/** @returns {Promise<Tally>} */
async function eslint() {
  const report = path.join(ROOT, 'build', 'eslint.json');
  const args = ['.', '--max-warnings=0', '--cache', '--cache-location=build/eslint.cache'];
  if (fix) args.push('--fix');
  const { code, output } = await run('eslint', [...args, '-f', 'json', '-o', report], { env });
  /** @type {{filePath: string, messages: {line: number, message: string, ruleId: string}[]}[]} */
  const results = code <= 1 ? readJson(report) : null;
  if (!results) {
    console.log(tail(output));
    return { passed: 0, failed: 1 };
  }
  for (const { filePath, messages } of results) {
    for (const { line, message, ruleId } of messages) {
      console.log(`${path.relative(ROOT, filePath)}:${line}: ${message} [${ruleId}]`);
    }
  }
  return tallyOf(results.map(({ messages }) => messages.length));
}

/** @returns {Promise<Tally>} */
async function tsc() {
  const projects = ['tsconfig.json', 'tsconfig.node.json', 'tests/worker/tsconfig.json'];
  const codes = await forEachLimited(projects, projects.length, async (project) => {
    const { code, output } = await run('tsc', ['-p', project, '--pretty', 'false'], { env });
    if (code !== 0) console.log(output.trimEnd());
    return code;
  });
  return tallyOf(codes);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, check] of Object.entries({
  'clang-format': clangFormat,
  'clang-tidy': clangTidy,
  ESLint: eslint,
  tsc,
})) {
  const started = performance.now();
  const tally = await check();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`lint: ${name.padEnd(12)} ${tally.passed} passed, ${tally.failed} failed (${seconds} s)`);
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped ?? 0;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
