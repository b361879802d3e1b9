// Everything that reads the sources without running them: clang-format, clang-tidy, ESLint, tsc.
// `--fix` formats the C++ and mends what ESLint can; `--deep` has clang's analyzer follow every path, which
// takes minutes. Each file that a tool has read counts once; the last line says how many passed. Where CI is
// set, a tool that is missing fails: files that nobody read did not pass.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ask, forEachLimited, packageEnv, readJson, ROOT, run, tail } from './lib/run.mjs';
import { readBySource } from './lib/tidy.mjs';
import { findClangTool, LINT_CLANG_RELEASE } from './lib/toolchains.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} [skipped]
 */

/** More than a few files for a process; fewer than its command has room for. */
const FORMATTED_AT_ONCE = 40;

const fix = process.argv.includes('--fix');
const deep = process.argv.includes('--deep');
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
  return process.env.CI ? { passed: 0, failed: files } : { passed: 0, failed: 0, skipped: files };
}

/** @returns {Promise<Tally>} */
async function clangFormat() {
  const files = sources('*.cpp', '*.hpp', '*.h');
  const tool = findClangTool('clang-format', LINT_CLANG_RELEASE);
  if (!tool) return skipped('clang-format', files.length);
  const mode = fix ? ['-i'] : ['--dry-run', '-Werror', '--ferror-limit=3'];
  const parts = Array.from({ length: Math.ceil(files.length / FORMATTED_AT_ONCE) }, (_, i) =>
    files.slice(i * FORMATTED_AT_ONCE, (i + 1) * FORMATTED_AT_ONCE),
  );
  const failed = await forEachLimited(parts, availableParallelism(), async (part) => {
    const { code, output } = await run(tool, ['--style=file', ...mode, ...part]);
    if (code === 0) return 0;
    console.log(output.trimEnd());
    return new Set([...output.matchAll(/^(\S+?):\d+:\d+: error:/gm)].map(([, file]) => file)).size || 1;
  });
  const wrong = failed.reduce((sum, each) => sum + each, 0);
  return { passed: files.length - wrong, failed: wrong };
}

/** @param {number[]} codes @returns {Tally} */
function tallyOf(codes) {
  const passed = codes.filter((code) => code === 0).length;
  return { passed, failed: codes.length - passed };
}

/** @returns {Promise<Tally>} */
async function clangTidy() {
  const files = sources('*.cpp');
  const tool = findClangTool('clang-tidy', LINT_CLANG_RELEASE);
  if (!tool) return skipped('clang-tidy', files.length);
  return readBySource(tool, files, sources('*.hpp', '*.h'), deep);
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
