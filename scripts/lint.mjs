// Everything that reads the sources without running them: clang-format, clang-tidy, ESLint, tsc.
// `--fix` formats the C++ and mends what ESLint can; `--deep` has clang's analyzer follow every path, which
// takes minutes. Each file that a tool has read counts once; the last line says how many passed. Where CI is
// set, a tool that is missing fails: files that were not read did not pass.

import { clangFormat, eslint, skipped, sources, tsc } from './lib/lint_tools.mjs';
import { readBySource } from './lib/tidy.mjs';
import { findClangTool, LINT_CLANG_RELEASE } from './lib/toolchains.mjs';

/** @import { Tally } from './lib/lint_tools.mjs' */

const fix = process.argv.includes('--fix');
const deep = process.argv.includes('--deep');

/** @returns {Promise<Tally>} */
async function clangTidy() {
  const files = sources('*.cpp');
  const tool = findClangTool('clang-tidy', LINT_CLANG_RELEASE);
  if (!tool) return skipped('clang-tidy', files.length);
  return readBySource(tool, files, sources('*.hpp', '*.h'), deep);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, check] of Object.entries({
  'clang-format': () => clangFormat(sources('*.cpp', '*.hpp', '*.h'), { fix }),
  'clang-tidy': clangTidy,
  ESLint: () => eslint(['.'], { fix }),
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
