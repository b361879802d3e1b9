// Walks every way that a small world can go wrong, or takes the mechanisms away one at a time:
// `npm run explore`, `npm run ablate`. `--only PART` runs those whose name has that part; `--pin`
// writes the numbers of states down as those that are expected from now on, `--repairs` leaves the
// pushes out. What a whole run found
// is kept in build/reports, for docs/proof.md.

import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './lib/cmake.mjs';
import { ROOT, run, tail } from './lib/run.mjs';

const PROGRAM = path.join(ROOT, 'build', 'native', 'pos_explore');
const PINS = path.join(ROOT, 'tests', 'explore', 'pinned.txt');
const REPORTS = path.join(ROOT, 'build', 'reports');

const { positionals, values } = parseArgs({
  allowPositionals: true,
    options: { only: { type: 'string' }, pin: { type: 'boolean' }, repairs: { type: 'boolean' } },
});
// `npm run explore -- mutants` asks which small changes of a statement the small worlds notice.
const what = positionals.at(-1) ?? '';
if (!['explore', 'ablate', 'mutants'].includes(what)) {
  console.error('explore: expected one of: explore, ablate, mutants');
  process.exit(2);
}

const built = await build('native', undefined, 'pos_explore');
if (built.code !== 0) {
  console.error(tail(built.output, 60));
  process.exit(1);
}
mkdirSync(REPORTS, { recursive: true });
const threads = String(availableParallelism());
const args = what === 'ablate' ? [what, threads] : [what, PINS, threads];
if (values.only) args.push('--only', values.only);
if (values.pin) args.push('--pin');
if (values.repairs) args.push('--repairs');
const whole = !values.only && !values.repairs;
if (what !== 'mutants' && whole) args.push('--json', path.join(REPORTS, `${what}.json`));
const { code } = await run(PROGRAM, args, { echo: (text) => process.stdout.write(text) });
process.exitCode = code;
