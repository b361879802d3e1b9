// Makes docs/proof.md of what the explorations found: `npm run proof`. With `--check` it takes the
// reports of the explorations that have just run, and says whether the page says the same.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { proofPage } from './lib/proof-page.mjs';
import { readJson, ROOT, run } from './lib/run.mjs';

const PAGE = path.join(ROOT, 'docs', 'proof.md');
const REPORTS = path.join(ROOT, 'build', 'reports');
/** @type {{name: string, command: string[]}[]} */
const RUNS = [
  { name: 'explore', command: ['scripts/explore.mjs', 'explore'] },
  { name: 'ablate', command: ['scripts/explore.mjs', 'ablate'] },
];

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });

/** @param {string} name */
const reportOf = (name) => readJson(path.join(REPORTS, `${name}.json`));

/** @type {Record<string, any>} */
const reports = {};
for (const { name, command } of RUNS) {
  if (!values.check || !reportOf(name)) {
    const { code } = await run('node', command, { echo: (text) => process.stdout.write(text) });
    if (code !== 0) {
      console.error(`proof: ${command.join(' ')} failed; a page of it would be no proof`);
      process.exit(1);
    }
  }
  reports[name] = reportOf(name);
}

const page = proofPage(/** @type {any} */ (reports));
if (values.check) {
  const same = existsSync(PAGE) && readFileSync(PAGE, 'utf8') === page;
  if (!same) console.log('docs/proof.md is not what the runs say: npm run proof writes it anew');
  console.log(same ? '1 passed, 0 failed' : '0 passed, 1 failed');
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(PAGE, page);
  console.log(`proof: ${path.relative(ROOT, PAGE)} is written`);
}
