// The tools that read sources without running them, each over the files that it is given: for `npm run lint` all
// of them, for `npm run check` those that have changed.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ask, forEachLimited, packageEnv, readJson, ROOT, run, tail } from './run.mjs';
import { findClangTool, LINT_CLANG_RELEASE } from './toolchains.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} [skipped]
 */

/**
 * Files of this project that match: known to git, or new and not ignored.
 * @param {...string} patterns none: all of them
 * @returns {string[]}
 */
export function sources(...patterns) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const listed = ask('git', ['-C', ROOT, ...args]) ?? '';
  // A file that is deleted but not yet committed is still listed.
  return listed.split('\n').filter((file) => file && existsSync(path.join(ROOT, file)));
}

/** More than a few files for a process; fewer than its command has room for. */
const FORMATTED_AT_ONCE = 40;

/**
 * @param {string} tool
 * @param {number} files
 * @returns {Tally}
 */
export function skipped(tool, files) {
  console.log(`lint: skipped: ${tool} ${LINT_CLANG_RELEASE} is not on this machine`);
  return process.env.CI ? { passed: 0, failed: files } : { passed: 0, failed: 0, skipped: files };
}

/**
 * @param {string[]} files from the root
 * @param {{fix?: boolean}} [options] writes them formatted
 * @returns {Promise<Tally>}
 */
export async function clangFormat(files, { fix = false } = {}) {
  const tool = findClangTool('clang-format', LINT_CLANG_RELEASE);
  if (!tool) return skipped('clang-format', files.length);
  const mode = fix ? ['-i'] : ['--dry-run', '-Werror', '--ferror-limit=3'];
  const parts = Array.from({ length: Math.ceil(files.length / FORMATTED_AT_ONCE) }, (_, i) =>
    files.slice(i * FORMATTED_AT_ONCE, (i + 1) * FORMATTED_AT_ONCE),
  );
  const failed = await forEachLimited(parts, availableParallelism(), async (part) => {
    const { code, output } = await run(tool, ['--style=file', ...mode, ...part], { cwd: ROOT });
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

/**
 * @param {string[]} files `.` for all
 * @param {{fix?: boolean}} [options] mends what ESLint can
 * @returns {Promise<Tally>}
 */
export async function eslint(files, { fix = false } = {}) {
  const report = path.join(ROOT, 'build', 'eslint.json');
  const args = [...files, '--max-warnings=0', '--no-warn-ignored', '--cache', '--cache-location=build/eslint.cache'];
  if (fix) args.push('--fix');
  const { code, output } = await run('eslint', [...args, '-f', 'json', '-o', report], { cwd: ROOT, env: packageEnv() });
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
export async function tsc() {
  const projects = ['tsconfig.json', 'tsconfig.node.json', 'tests/worker/tsconfig.json'];
  const codes = await forEachLimited(projects, projects.length, async (project) => {
    const { code, output } = await run('tsc', ['-p', project, '--pretty', 'false'], { cwd: ROOT, env: packageEnv() });
    if (code !== 0) console.log(output.trimEnd());
    return code;
  });
  return tallyOf(codes);
}
