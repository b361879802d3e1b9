// Configures and builds one CMake preset.

import { copyFileSync, existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, run } from './run.mjs';
import { findNative } from './toolchains.mjs';

/** @typedef {'native' | 'asan' | 'wasi' | 'emscripten'} Preset */

/** What the worker imports: the module that pushes, and the one that repairs. */
const MODULES = ['pos_sync.wasm', 'pos_repair.wasm'];

/** Whichever toolchain built them. */
export const SHIPPED_MODULE = path.join(ROOT, 'build', MODULES[0]);
export const SHIPPED_REPAIR_MODULE = path.join(ROOT, 'build', MODULES[1]);

/**
 * A module that a wasm preset builds.
 * @param {'wasi' | 'emscripten'} preset
 */
export const moduleOf = (preset, name = MODULES[0]) => path.join(ROOT, 'build', preset, name);

/**
 * The checkout whose sources a build directory builds: `build/` goes along when a checkout is copied or
 * moved, and Ninja goes on building the sources that it was configured for.
 * @param {string} dir
 * @returns {string | null} null where nothing was configured
 */
function homeOf(dir) {
  const cache = path.join(dir, 'CMakeCache.txt');
  if (!existsSync(cache)) return null;
  const line = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'));
  return line?.[1] ?? null;
}

/**
 * @param {string} one
 * @param {string} other
 */
const isSamePlace = (one, other) =>
  existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);

/**
 * Writes build/<preset>, where nothing was configured yet: after that Ninja itself sees when CMake has
 * to run again. What was configured for another checkout is thrown away, and the output says so.
 * @param {Preset} preset
 * @param {(text: string) => void} [echo] receives the output while it comes
 * @param {string} [root] the checkout
 * @returns {Promise<import('./run.mjs').Finished>}
 */
export async function configure(preset, echo, root = ROOT) {
  const dir = path.join(root, 'build', preset);
  const home = homeOf(dir);
  let note = '';
  if (home !== null && !isSamePlace(home, root)) {
    note = `build: build/${preset} was configured for the sources in ${home}: it is made again for ${root}\n`;
    echo?.(note);
    rmSync(dir, { recursive: true, force: true });
  }
  if (existsSync(path.join(dir, 'build.ninja'))) return { code: 0, output: '' };
  const configured = await run('cmake', ['--preset', preset, ...settingsFor(preset)], { cwd: root, echo });
  if (configured.code !== 0) {
    // What a failed configuration remembers, a compiler that is not there, outlives its reason.
    rmSync(path.join(dir, 'CMakeCache.txt'), { force: true });
  }
  return { ...configured, output: note + configured.output };
}

/**
 * Brings build/<preset> up to date.
 * @param {Preset} preset
 * @param {(text: string) => void} [echo] receives the output while it comes
 * @param {string | string[]} [targets] only these, and what they need
 * @param {string} [root] the checkout
 * @returns {Promise<import('./run.mjs').Finished>}
 */
export async function build(preset, echo, targets = [], root = ROOT) {
  const configured = await configure(preset, echo, root);
  if (configured.code !== 0) return configured;
  const only = targets.length > 0 ? ['--target', ...[targets].flat()] : [];
  return run('cmake', ['--build', '--preset', preset, ...only], { cwd: root, echo });
}

/**
 * @param {Preset} preset
 * @returns {string[]}
 */
function settingsFor(preset) {
  if (preset !== 'native' && preset !== 'asan') return [];
  const compiler = findNative();
  const options = compiler ? [`-DCMAKE_CXX_COMPILER=${compiler}`] : [];
  // Nobody works on the sources there, and a build that takes a third of the time is worth more.
  return process.env.CI ? [...options, '-DPOS_SYNC_TOGETHER=ON'] : options;
}

/**
 * Puts the built modules where the worker imports them. An equal file is left alone: to write it would
 * make a running `wrangler dev` reload.
 * @param {'wasi' | 'emscripten'} preset
 */
export function ship(preset) {
  for (const name of MODULES) {
    const built = moduleOf(preset, name);
    const shipped = path.join(ROOT, 'build', name);
    if (existsSync(shipped) && readFileSync(shipped).equals(readFileSync(built))) continue;
    copyFileSync(built, shipped);
  }
}
