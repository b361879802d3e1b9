// The program that holds all mutants at once (see switched.mjs): builds it, learns which test reaches which
// function and which statement, and shows each mutant to those alone.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tail } from '../lib/run.mjs';
import { mutantsOf } from './list.mjs';
import { failedCase, runLimited } from './process.mjs';
import {
  LISTENER_SOURCE, SWITCH_HEADER, switchSource, switchedSource, switchedText,
} from './switched.mjs';

/** @import { Mutant } from './list.mjs' */
/** @import { Judge, Verdict } from './hunt.mjs' */
/** @import { Variant } from './switched.mjs' */

/** @typedef {{name: string, seconds: number, bodies: number[], texts: number[]}} Reach */

/**
 * @typedef {object} Switchable
 * @property {(file: string) => boolean} isCode C++ whose functions are switched
 * @property {(file: string) => boolean} isText C++ whose strings are SQL
 * @property {Record<string, (source: string) => string>} hooks what is changed in other files to ask the switch
 * @property {Record<string, (source: string) => string>} textHooks the same in files that are switched
 * @property {(copy: {root: string}, target: string) => Promise<{code: number | null, output: string}>} build
 * @property {(root: string, program: string) => string} programOf
 * @property {string[]} judges whose work this is
 * @property {string} patient the judge without whom slow tests are left out
 * @property {string[]} slow tests that are shown a mutant only by the patient judge: patterns of doctest's
 * @property {string} valid the test that every statement is one; what fails it is no mutant
 */

const FUNCTIONS_OF_A_FILE = 200;
const MUTANTS_OF_A_FILE = 2000;
/** A test that takes longer is shown a mutant only behind all others. */
const SOON_SECONDS = 0.4;
/** A shorter one may stand elsewhere by chance. */
const SHORT_TEXT = 12;
/** What the slow ones may take in all. */
const SLOW_SECONDS = 60;

export class SwitchedCopy {
  /** @type {Map<string, {file: string, number: number, body: number}>} by the mutant's id */
  #numbers = new Map();
  /** @type {Map<string, {before: string, after: string}>} */
  #texts = new Map();
  /** @type {Map<string, string>} mutants that do not compile, by their words */
  #invalid = new Map();
  /** @type {Reach[]} */
  #reaches = [];
  /** @type {string[]} */
  #knownTexts = [];

  /** @param {string} origin @param {string} folder @param {Switchable} project */
  constructor(origin, folder, project) {
    this.origin = origin;
    this.root = path.join(folder, 'switched');
    this.project = project;
  }

  /**
   * @param {string[]} files all of the tree
   * @param {string[]} chosen those whose mutants are looked at
   * @param {(words: string) => void} tell
   */
  async prepare(files, chosen, tell) {
    const { isCode, isText } = this.project;
    const switched = files.filter((file) => isCode(file) && !isText(file));
    for (const file of files) {
      if (!switched.includes(file)) this.#write(file, this.#patched(file));
    }
    const modules = path.join(this.origin, 'node_modules');
    if (!existsSync(path.join(this.root, 'node_modules'))) symlinkSync(modules, path.join(this.root, 'node_modules'));
    this.#write('wasm/mutant_switch.hpp', SWITCH_HEADER);
    this.#write('wasm/mutant_switch.cpp', switchSource((switched.length + 1) * FUNCTIONS_OF_A_FILE));
    this.#write('tests/unit/mutant_listener.cpp', LISTENER_SOURCE);
    for (const file of chosen.filter(isText)) {
      const source = readFileSync(path.join(this.origin, file), 'utf8');
      for (const mutant of mutantsOf(this.origin, [file])) {
        const text = switchedText(mutant, source);
        if (text) this.#texts.set(mutant.id, text);
      }
    }
    await this.#compile(switched, chosen, tell);
    tell('which test reaches what ...');
    await this.#learn();
  }

  /** @param {string} file */
  #patched(file) {
    const bytes = readFileSync(path.join(this.origin, file));
    const hook = this.project.hooks[file];
    if (!hook) return bytes;
    const source = bytes.toString();
    const changed = hook(source);
    if (changed === source) throw new Error(`${file} has changed: scripts/mutants no longer finds where to ask`);
    return changed;
  }

  /** @param {string} file @param {string | Buffer} content */
  #write(file, content) {
    const target = path.join(this.root, file);
    const wanted = Buffer.from(content);
    if (existsSync(target) && readFileSync(target).equals(wanted)) return;
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, wanted);
  }

  /** Compiles, and takes out what does not compile until the rest does.
   * @param {string[]} switched @param {string[]} chosen @param {(words: string) => void} tell */
  async #compile(switched, chosen, tell) {
    // What was found not to compile before need not be found again.
    const memory = path.join(this.root, 'build', 'uncompilable.json');
    /** @type {Record<string, string>} */
    const known = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {};
    const sources = new Map(switched.map((file, index) => {
      const source = readFileSync(path.join(this.origin, file), 'utf8');
      const mutants = (chosen.includes(file) ? mutantsOf(this.origin, [file]) : [])
        .map((mutant, i) => ({ mutant, number: index * MUTANTS_OF_A_FILE + i + 1 }));
      return [file, {
        source, mutants, firstBody: index * FUNCTIONS_OF_A_FILE + 1, constants: known[file] !== 'constants',
        isPlain: known[file] === 'plain', invalid: new Set(mutants.filter(({ mutant }) => known[mutant.id])),
        variants: /** @type {Variant[]} */ ([]),
      }];
    }));
    for (let round = 1; ; ++round) {
      for (const [file, each] of sources) {
        const { text, variants } = each.isPlain
          ? { text: each.source, variants: [] }
          : switchedSource(file, each.source, each.mutants.filter((one) => !each.invalid.has(one)), each);
        each.variants = variants;
        const ask = this.project.textHooks[file];
        this.#write(file, ask ? ask(text) : text);
      }
      tell(`all mutants in one program, round ${round} ...`);
      const { code, output } = await this.project.build(this, 'pos_unit');
      if (code === 0) break;
      let found = 0;
      let lost = '';
      const blamed = new Set();
      for (const { places, words } of errorsIn(output, this.root)) {
        const at = places.find(({ file }) => sources.has(file));
        if (!at) {
          lost = words;
          continue;
        }
        const hit = places.flatMap(({ file, line }) =>
          sources.get(file)?.variants.filter(({ from, to }) => from <= line && line <= to)
            .map(({ number }) => ({ each: sources.get(file), number })) ?? [])[0];
        if (hit?.each) {
          const one = hit.each.mutants.find(({ number }) => number === hit.number);
          if (one && !hit.each.invalid.has(one)) {
            hit.each.invalid.add(one);
            known[one.mutant.id] = 'invalid';
          }
          found += 1;
          continue;
        }
        // The errors behind it in the same source follow from the first.
        if (blamed.has(at.file)) continue;
        blamed.add(at.file);
        // A constant of a header is missed in a source that includes it: the header is among the places.
        const named = places.map(({ file }) => file).filter((file) => sources.get(file)?.isPlain === false);
        const file = named.findLast((each) => sources.get(each)?.constants) ?? named[0];
        const each = file === undefined ? undefined : sources.get(file);
        if (file === undefined || !each) {
          lost = words;
          continue;
        }
        known[file] = each.constants ? 'constants' : 'plain';
        if (!each.constants) tell(`${file} cannot be switched: ${words}`);
        each.isPlain = !each.constants;
        each.constants = false;
        found += 1;
      }
      writeFileSync(memory, JSON.stringify(known));
      if (found === 0) throw new Error(`all mutants in one program: ${lost || tail(output)}`);
    }
    for (const [file, { mutants, variants, invalid, source, firstBody }] of sources) {
      const held = new Set(variants.map(({ number }) => number));
      for (const one of mutants) {
        if (invalid.has(one)) this.#invalid.set(one.mutant.id, 'does not compile');
        else if (held.has(one.number)) {
          const body = this.#bodyAt(source, one.mutant.start);
          this.#numbers.set(one.mutant.id, { file, number: one.number, body: body < 0 ? -1 : firstBody + body });
        }
      }
    }
  }

  /** @type {Map<string, import('./switched.mjs').Body[]>} */
  #bodies = new Map();

  /** @param {string} source @param {number} at */
  #bodyAt(source, at) {
    let bodies = this.#bodies.get(source);
    if (!bodies) this.#bodies.set(source, bodies = bodiesIn(source));
    return bodies.findIndex(({ open, close }) => open < at && at <= close);
  }

  async #learn() {
    const report = path.join(this.root, 'build', 'reach.jsonl');
    rmSync(report, { force: true });
    const program = this.project.programOf(this.root, 'pos_unit');
    const { code, output } = await runLimited([
      program, '--no-version', '--no-intro', `-tce=${this.project.slow}`,
    ], {
      cwd: this.root, env: { ...process.env, POS_SYNC_MUTANT_REACH: report },
    });
    if (code !== 0) throw new Error(`the unit tests are not green before anything is changed: ${tail(output)}`);
    for (const line of readFileSync(report, 'utf8').trim().split('\n')) {
      const each = JSON.parse(line);
      if (each.name) this.#reaches.push(each);
      else this.#knownTexts = each.texts;
    }
  }

  /** @param {Judge[]} judges */
  others(judges) {
    return judges.filter(({ name }) => !this.project.judges.includes(name));
  }

  /** @param {Mutant} mutant */
  holds({ id }) {
    const text = this.#texts.get(id);
    return this.#invalid.has(id) || this.#numbers.has(id) ||
      (text !== undefined && this.#textsWith(text.before).length > 0);
  }

  /** The texts that are, or hold, this one. @param {string} before */
  #textsWith(before) {
    const whole = this.#knownTexts.indexOf(before);
    if (whole >= 0) return [whole];
    if (before.length < SHORT_TEXT) return [];
    return this.#knownTexts.flatMap((text, i) => (text.includes(before) ? [i] : []));
  }

  /**
   * @param {Mutant} mutant
   * @param {Judge[]} judges
   * @param {string[]} likely
   * @returns {Promise<Verdict>}
   */
  async judge(mutant, judges, likely) {
    const { id } = mutant;
    const words = this.#invalid.get(id);
    if (words) return { verdict: 'invalid', by: words };
    const place = this.#numbers.get(id);
    /** @type {NodeJS.ProcessEnv} */
    let env = process.env;
    let reaching = this.#reaches;
    if (place) {
      env = { ...env, POS_SYNC_MUTANT: String(place.number) };
      if (place.body >= 0) reaching = reaching.filter(({ bodies }) => bodies.includes(place.body));
    } else {
      const text = /** @type {{before: string, after: string}} */ (this.#texts.get(id));
      const files = ['before', 'after'].map((each) => path.join(this.root, 'build', `mutant-${id}.${each}`));
      writeFileSync(files[0], text.before);
      writeFileSync(files[1], text.after);
      env = { ...env, POS_SYNC_MUTANT_BEFORE: files[0], POS_SYNC_MUTANT_AFTER: files[1] };
      // A macro stands between it and the rest of its statement.
      if (!this.#knownTexts.includes(text.before)) env = { ...env, POS_SYNC_MUTANT_PART: '1' };
      const valid = await this.#run([this.project.valid], 1, env);
      if (valid.verdict !== 'survived') return { verdict: 'invalid', by: 'is no SQL' };
      const numbers = this.#textsWith(text.before);
      reaching = reaching.filter(({ texts }) => texts.some((each) => numbers.includes(each)));
    }
    const names = new Set(reaching.map(({ name }) => name));
    const first = likely.filter((name) => names.has(name));
    const seconds = new Map(reaching.map((each) => [each.name, each.seconds]));
    const rest = reaching.filter(({ name }) => !first.includes(name)).sort((a, b) => a.seconds - b.seconds);
    const soon = rest.filter((each) => each.seconds < SOON_SECONDS).map(({ name }) => name);
    const late = rest.filter((each) => each.seconds >= SOON_SECONDS).map(({ name }) => name);
    for (const group of [first.slice(0, 8), first.slice(8), soon, late]) {
      for (let from = 0; from < group.length; from += 100) {
        const part = group.slice(from, from + 100);
        const verdict = await this.#run(part, part.reduce((sum, name) => sum + (seconds.get(name) ?? 0), 0), env);
        if (verdict.verdict !== 'survived') return verdict;
      }
    }
    if (!judges.some(({ name }) => name === this.project.patient)) return { verdict: 'survived', by: '' };
    return this.#run(this.project.slow, SLOW_SECONDS, env);
  }

  /**
   * @param {string[]} names
   * @param {number} seconds that they take where nothing is changed
   * @param {NodeJS.ProcessEnv} env
   * @returns {Promise<Verdict>}
   */
  async #run(names, seconds, env) {
    const filter = names.map((name) => name.replaceAll(/[,\\"]/g, '?'));
    const { code, output, endless } = await runLimited([
      this.project.programOf(this.root, 'pos_unit'), '--no-version', '--no-intro', '--abort-after=1', '-cs=true',
      `-tc=${filter}`,
    ], { cwd: this.root, env, cpuSeconds: 10 + 8 * seconds, memoryKilobytes: 4_000_000 });
    if (endless) return { verdict: 'killed', by: 'pos_unit does not end' };
    if (code === 0) return { verdict: 'survived', by: '' };
    return { verdict: 'killed', by: failedCase(output) ?? 'pos_unit crashes' };
  }
}

import { bodiesOf } from './switched.mjs';
import { maskOf } from './text.mjs';

/** @param {string} source */
const bodiesIn = (source) => bodiesOf(maskOf(source, 'cpp'));

/**
 * The compiler's errors, each with the places of this tree that it names: its own first.
 * @param {string} output
 * @param {string} root
 */
function errorsIn(output, root) {
  /** @type {{places: {file: string, line: number}[], words: string}[]} */
  const errors = [];
  for (const line of output.split('\n')) {
    const found = /^(?:In file included from )?([^\s:]+):(\d+):(?:\d+:)? (fatal error|error|note):? ?(.*)$/.exec(line);
    if (!found) continue;
    const [, file, row, kind, words] = found;
    const relative = path.relative(root, path.resolve(root, 'build', 'native', file));
    if (kind !== 'note') errors.push({ places: [], words: `${relative}:${row}: ${words}` });
    errors.at(-1)?.places.push({ file: relative, line: Number(row) });
  }
  return errors;
}
