// Which change of one line would no test notice? `npm run mutants -- wasm/repair bindings worker.js`
// changes each file of these rooms in every small way, one at a time, in a copy of the tree, and runs the
// fast tests that could see it. What survives is printed, and kills the run: a test is missing, or the
// change changes nothing and stands in tests/mutants/equivalent.txt with its reason.
//
//   --only PART     files whose name has that part
//   --lines A-B     only what begins in these lines of its file
//   --sample N      N mutants of all, chosen by --seed TEXT
//   --list          only say what would be changed
//   --survivors     those that survived when they were last judged
//   --until JUDGE   leave out the judges behind that one: unit is much faster, and says less
//   --jobs N        so many at once, each in a copy of its own
//   --together      C++ and its SQL as one program that holds all mutants, each behind a number
//   --held          only those mutants that this program can hold: no other has to be built
//   --fresh         judge again what was judged of this very tree
//
// A run that is interrupted goes on where it stopped. Nothing of the tree itself is touched.

import { mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './lib/run.mjs';
import { Copy, digestOf, filesOf } from './mutants/copy.mjs';
import { asEntry, explains, readEquivalent } from './mutants/equivalent.mjs';
import { hunt, Results } from './mutants/hunt.mjs';
import { mutantsOf, sampleOf } from './mutants/list.mjs';
import { endAll } from './mutants/process.mjs';
import { SwitchedCopy } from './mutants/switched_copy.mjs';

/** @import { Judge } from './mutants/hunt.mjs' */
/** @import { Mutant } from './mutants/list.mjs' */

/**
 * @typedef {object} Project
 * @property {(file: string) => boolean} isRoom
 * @property {Judge[]} judges
 * @property {(root: string) => string} equivalentOf
 * @property {string} EQUIVALENT
 * @property {import('./mutants/switched_copy.mjs').Switchable} [switchable]
 */

/** @param {string} words @returns {never} */
function refuse(words) {
  console.error(`mutants: ${words}`);
  process.exit(2);
}

const { positionals: rooms, values } = readArguments();
const root = path.resolve(values.root ?? ROOT);
const project = /** @type {Project} */ (
  await import(values.project ? path.resolve(values.project) : './mutants/judges.mjs'));
if (values.held && !values.together) refuse('--held: which program holds them? Only that of --together');
const files = filesOf(root);
const sources = chosenFiles();
const all = mutantsOf(root, sources);
const { entries, complaints } = readEquivalent(project.equivalentOf(root));
for (const words of complaints) console.log(`mutants: ${project.EQUIVALENT}: ${words}`);
// An entry is about a file: it is stale where that file was looked at, and nothing in it is like that.
const whole = new Set(sources);
const stale = entries.filter((entry) =>
  (whole.has(entry.file) ? !all.some((mutant) => explains(entry, mutant)) : !files.includes(entry.file)));
for (const { line, file, before } of stale) {
  console.log(`mutants: ${project.EQUIVALENT}:${line}: stale: ${file} can no longer be changed so: ${before}`);
}
const explained = new Set(all.filter((mutant) => entries.some((entry) => explains(entry, mutant))));

const folder = path.join(root, 'build', 'mutants');
const kept = path.join(folder, 'results.jsonl');
mkdirSync(folder, { recursive: true });
if (values.fresh) rmSync(kept, { force: true });
const results = new Results(kept, digestOf(root, files));

const judges = judgesUntil(values.until);
const seen = (/** @type {string} */ file) => judges.some(({ sees }) => sees(file));
if (!sources.some(seen)) refuse(`--until ${values.until}: none of these judges sees what stands in these rooms`);
let mutants = all.filter((mutant) => !explained.has(mutant) && seen(mutant.file));
if (values.survivors) mutants = mutants.filter(({ id }) => results.last(id)?.verdict === 'survived');
if (values.lines !== undefined) {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(values.lines) ?? refuse(`--lines: expected two numbers, as 20-45, not "${values.lines}"`);
  mutants = mutants.filter(({ line }) => line >= Number(from) && line <= Number(to));
}
if (values.sample !== undefined) mutants = sampleOf(mutants, numberOf('sample', values.sample), values.seed ?? '1');

console.log(
  `${mutants.length} mutants of ${all.length} in ${sources.length} files; ` +
    `${explained.size} more are known to change nothing`);
if (values.list) {
  for (const { id, file, line, what, before, after } of mutants) {
    console.log(`${file}:${line}: ${what} (${id})\n  - ${before}\n  + ${after}`);
  }
  // Not process.exit: a pipe takes its time.
  process.exitCode = complaints.length + stale.length > 0 ? 1 : 0;
} else {
  process.exitCode = await run();
}

/** @returns {Promise<number>} the exit code */
async function run() {
  const copies = Array.from({ length: values.jobs ? numberOf('jobs', values.jobs) : 1 }, () => new Copy(root, folder));
  let stopped = false;
  const stop = () => {
    stopped = true;
    endAll();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  /** @type {Map<Copy, Set<Judge>>} */
  const prepared = new Map();
  /** @type {Mutant[]} */
  const survivors = [];
  const counts = { killed: 0, survived: 0, invalid: 0 };
  try {
    const undecided = mutants.filter(({ id, file }) => !results.of(id, judges.filter(({ sees }) => sees(file))));
    const isTogether = (/** @type {string} */ file) => values.together && project.switchable?.isCode(file);
    const together = project.switchable && undecided.some(({ file }) => isTogether(file))
      ? new SwitchedCopy(root, folder, project.switchable)
      : null;
    await together?.prepare(files, sources, (words) => console.log(`mutants: ${words}`));
    if (values.held) {
      const held = mutants.filter((each) => together?.holds(each));
      console.log(`mutants: ${mutants.length - held.length} of them are left out, for that program cannot hold them`);
      mutants = held;
    }
    await hunt({
      mutants, judges, copies, results, together,
      async ready(copy, needed) {
        const missing = needed.filter((each) => !prepared.get(copy)?.has(each));
        if (missing.length > 0) copy.sync(files);
        for (const each of missing) {
          console.log(`mutants: ${each.name}, before anything is changed ...`);
          await each.prepare(copy);
          prepared.set(copy, new Set([...prepared.get(copy) ?? [], each]));
        }
      },
      isOver: () => stopped,
      tell(mutant, { verdict, by }, done) {
        counts[verdict] += 1;
        const { file, line, what, before, after } = mutant;
        const how = by ? ` (${by})` : '';
        console.log(`${done}/${mutants.length} ${verdict.padEnd(8)} ${file}:${line}: ${what}${how}`);
        if (verdict !== 'survived') return;
        survivors.push(mutant);
        console.log(`  - ${before}\n  + ${after}`);
      },
    });
  } catch (error) {
    if (!stopped) {
      console.error(`mutants: ${error instanceof Error ? error.message : error}`);
      return 2;
    }
  } finally {
    for (const copy of copies) copy.release();
  }
  if (survivors.length > 0) {
    console.log(`\nSurvivors. Each needs a test that names the harm, or, in ${project.EQUIVALENT}, a reason:\n`);
    for (const mutant of survivors) console.log(`# ${mutant.what}, line ${mutant.line}\n${asEntry(mutant)}\n`);
  }
  if (stopped) {
    console.log('mutants: interrupted; run it again, and it goes on where it stopped');
    return 130;
  }
  const { killed, survived, invalid } = counts;
  console.log(`${killed} killed, ${survived} survived, ${invalid} do not compile, ${stale.length} stale`);
  return survived + complaints.length + stale.length > 0 ? 1 : 0;
}

function readArguments() {
  try {
    const text = /** @type {const} */ ({ type: 'string' });
    const flag = /** @type {const} */ ({ type: 'boolean' });
    return parseArgs({
      allowPositionals: true,
      options: {
        only: text, sample: text, seed: text, until: text, jobs: text, list: flag, survivors: flag, fresh: flag,
        together: flag, held: flag,
        // For its own tests: another tree, and who judges it.
        root: text, project: text,
        // Some lines of each file alone.
        lines: text,
      },
    });
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/** @param {string} name @param {string} text */
function numberOf(name, text) {
  if (!/^[1-9]\d*$/.test(text)) refuse(`--${name}: expected a number from 1 on, not "${text}"`);
  return Number(text);
}

/** @param {string | undefined} name */
function judgesUntil(name) {
  if (name === undefined) return project.judges;
  const last = project.judges.findIndex((each) => each.name.startsWith(name));
  if (last < 0) {
    refuse(`--until: there is no judge "${name}"; there are ${project.judges.map((each) => each.name).join(', ')}`);
  }
  return project.judges.slice(0, last + 1);
}

/** @returns {string[]} */
function chosenFiles() {
  if (rooms.length === 0) refuse('which rooms? For instance: npm run mutants -- wasm/repair worker.js');
  const candidates = files.filter((file) => project.isRoom(file));
  for (const room of rooms) {
    const isThere = statSync(path.join(root, room), { throwIfNoEntry: false });
    if (!isThere || !candidates.some((file) => isIn(file, room))) refuse(`there is nothing to change in ${room}`);
  }
  const chosen = candidates.filter((file) =>
    rooms.some((room) => isIn(file, room)) && file.includes(values.only ?? ''));
  if (chosen.length === 0) refuse(`no file of these rooms has "${values.only}" in its name`);
  return chosen;
}

/** @param {string} file @param {string} room */
function isIn(file, room) {
  const name = path.normalize(room).replace(/\/$/, '');
  return file === name || file.startsWith(`${name}/`) || name === '.';
}
