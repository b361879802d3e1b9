// The hunt: each mutant is written into a copy of the tree, and judged. Verdicts are kept, so that a hunt
// that was interrupted goes on where it stopped, and two at once share the work.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { mutated } from './list.mjs';

/** @import { Copy } from './copy.mjs' */
/** @import { Mutant } from './list.mjs' */

/**
 * @typedef {object} Verdict
 * @property {'killed' | 'survived' | 'invalid'} verdict `invalid`: it does not compile
 * @property {string} by the test that noticed it, or what else did
 */

/**
 * @typedef {object} Judge one way to find a mutant
 * @property {string} name
 * @property {(file: string) => boolean} sees whether it can notice a change of a file
 * @property {(copy: Copy) => Promise<void>} prepare builds what it needs in an unchanged copy, and sees it
 *   pass; throws otherwise
 * @property {(copy: Copy, mutant: Mutant, likely: string[]) => Promise<Verdict>} judge `likely`: the tests
 *   that have noticed others of this file
 */

/** @typedef {Verdict & {id: string, tree: string, file: string, judged: string[]}} Kept `judged`: who was asked */

/** What is known of earlier hunts. */
export class Results {
  #read = 0;
  /** @type {Map<string, Kept>} */
  #known = new Map();

  /** @param {string} file @param {string} tree */
  constructor(file, tree) {
    this.file = file;
    this.tree = tree;
    this.refresh();
  }

  /** Takes in what others have found meanwhile. */
  refresh() {
    if (!existsSync(this.file)) return;
    const bytes = readFileSync(this.file);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    for (const line of bytes.subarray(this.#read, whole).toString().split('\n')) {
      if (line === '') continue;
      const kept = /** @type {Kept} */ (JSON.parse(line));
      this.#known.set(kept.id, kept);
    }
    this.#read = whole;
  }

  /** The verdict on a mutant of this very tree; what survived fewer judges has survived nothing.
   * @param {string} id @param {Judge[]} judges */
  of(id, judges) {
    const kept = this.#known.get(id);
    if (kept?.tree !== this.tree) return undefined;
    const asked = new Set(kept.judged);
    return kept.verdict !== 'survived' || judges.every(({ name }) => asked.has(name)) ? kept : undefined;
  }

  /** The verdict on it whenever it was last judged. @param {string} id */
  last(id) {
    return this.#known.get(id);
  }

  /** The tests that have noticed most mutants of a file, the most useful first.
   * @param {string} file */
  likely(file) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { verdict, by, file: of } of this.#known.values()) {
      if (verdict === 'killed' && of === file) counts.set(by, (counts.get(by) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 24).map(([name]) => name);
  }

  /** @param {Mutant} mutant @param {Verdict} verdict @param {Judge[]} judges */
  keep({ id, file }, verdict, judges) {
    const kept = { id, file, tree: this.tree, judged: judges.map(({ name }) => name), ...verdict };
    this.#known.set(id, kept);
    appendFileSync(this.file, `${JSON.stringify(kept)}\n`);
    return kept;
  }
}

/**
 * @typedef {object} Together a program that holds many mutants at once
 * @property {(mutant: Mutant) => boolean} holds
 * @property {(judges: Judge[]) => Judge[]} others those judges whose work it does not do
 * @property {(mutant: Mutant, judges: Judge[], likely: string[]) => Promise<Verdict>} judge
 */

/**
 * Judges one mutant: a verdict is the first that is no survival.
 * @param {Copy} copy
 * @param {Mutant} mutant
 * @param {Judge[]} judges those that see its file
 * @param {string[]} likely
 * @param {Together | null} together
 * @param {(copy: Copy, judges: Judge[]) => Promise<void>} ready
 * @returns {Promise<Verdict>}
 */
async function judge(copy, mutant, judges, likely, together, ready) {
  if (together?.holds(mutant)) {
    const verdict = await together.judge(mutant, judges, likely);
    if (verdict.verdict !== 'survived') return verdict;
    judges = together.others(judges);
  }
  if (judges.length === 0) return { verdict: 'survived', by: '' };
  await ready(copy, judges);
  const source = copy.read(mutant.file);
  copy.write(mutant.file, mutated(mutant, source));
  try {
    for (const each of judges) {
      const verdict = await each.judge(copy, mutant, likely);
      if (verdict.verdict !== 'survived') return verdict;
    }
    return { verdict: 'survived', by: '' };
  } finally {
    copy.write(mutant.file, source);
  }
}

/**
 * @param {object} hunt
 * @param {Mutant[]} hunt.mutants
 * @param {Judge[]} hunt.judges
 * @param {Copy[]} hunt.copies as many mutants are judged at once
 * @param {Results} hunt.results
 * @param {(mutant: Mutant, kept: Kept, done: number) => void} hunt.tell
 * @param {() => boolean} hunt.isOver asked before each mutant
 * @param {Together | null} hunt.together
 * @param {(copy: Copy, judges: Judge[]) => Promise<void>} hunt.ready prepares judges in a copy, the first time
 */
export async function hunt({ mutants, judges, copies, results, tell, isOver, together, ready }) {
  let next = 0;
  let done = 0;
  const lane = async (/** @type {Copy} */ copy) => {
    while (next < mutants.length && !isOver()) {
      const mutant = mutants[next++];
      results.refresh();
      const seeing = judges.filter(({ sees }) => sees(mutant.file));
      const kept = results.of(mutant.id, seeing) ??
        results.keep(
          mutant, await judge(copy, mutant, seeing, results.likely(mutant.file), together, ready), seeing);
      done += 1;
      tell(mutant, kept, done);
    }
  };
  await Promise.all(copies.map(lane));
}
