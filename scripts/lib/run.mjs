// Child processes and files for the scripts. Built-ins only: setup runs before anything is installed.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * The full path of a program, as a shell would find it.
 * @param {string} name
 * @returns {string | null}
 */
export function which(name) {
  for (const dir of pathDirectories()) {
    const file = path.join(dir, name);
    if (isExecutable(file)) return file;
  }
  return null;
}

/** @returns {string[]} */
export function pathDirectories() {
  return (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
}

/**
 * @param {string} file
 * @returns {boolean}
 */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The environment for the programs of our npm packages: their Node before the machine's own, which
 * is too old for some of them, and no colours where nobody sees them.
 * @returns {NodeJS.ProcessEnv}
 */
export function packageEnv() {
  const bin = path.join(ROOT, 'node_modules', '.bin');
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: bin + path.delimiter + (process.env.PATH ?? '') };
  if (!process.stdout.isTTY) env.NO_COLOR = '1';
  return env;
}

/**
 * What a short command prints, or null if it fails.
 * @param {string} command
 * @param {string[]} args
 * @returns {string | null}
 */
export function ask(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: Infinity, // what Ninja knows of headers is more than the one MiB that Node allows
  });
  return status === 0 ? stdout.trim() : null;
}

/**
 * A JSON file's value, or null when there is none to read.
 * @param {string} file
 * @returns {any}
 */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @typedef {object} Finished
 * @property {number} code the exit code; 1 for a command that a signal ended or that never started
 * @property {string} output standard output and error, in the order in which they came
 */

/**
 * Runs a command to its end and keeps what it prints.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, echo?: (text: string) => void}} [options]
 *   `echo` also receives the output while it comes
 * @returns {Promise<Finished>}
 */
export function run(command, args, { cwd = ROOT, env = process.env, echo } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    /** @param {string} text */
    const keep = (text) => {
      output += text;
      echo?.(text);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => {
      if (signal) keep(`${path.basename(command)} was ended by ${signal}\n`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * Does all tasks, a few at a time, and keeps the order of their results.
 * @template T, R
 * @param {readonly T[]} tasks
 * @param {number} atOnce
 * @param {(task: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
export async function forEachLimited(tasks, atOnce, work) {
  /** @type {R[]} */
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < tasks.length) {
      const index = next++;
      results[index] = await work(tasks[index]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

/**
 * The last lines of a long output: where the reason of a failure usually stands.
 * @param {string} output
 * @param {number} [lines]
 * @returns {string}
 */
export function tail(output, lines = 40) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
