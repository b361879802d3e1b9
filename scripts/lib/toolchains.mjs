// Which compilers and tools this machine has. Built-ins only: setup runs before anything is installed.

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { ask, isExecutable, pathDirectories, which } from './run.mjs';

/** Older releases lack parts of the C++20 library that the core uses. */
export const OLDEST_WASI_CLANG = 16;

/** Formatting and checks differ between releases, so the sources are held to one of them. */
export const LINT_CLANG_RELEASE = 14;

/**
 * `clang++-NN` on the PATH, the newest first.
 * @returns {{path: string, release: number}[]}
 */
function versionedClangs() {
  const found = new Map();
  for (const dir of pathDirectories()) {
    for (const name of existsSync(dir) ? readdirSync(dir) : []) {
      const release = Number(/^clang\+\+-(\d+)$/.exec(name)?.[1] ?? 0);
      if (release > 0 && !found.has(release)) found.set(release, path.join(dir, name));
    }
  }
  return [...found]
    .map(([release, file]) => ({ path: file, release }))
    .sort((a, b) => b.release - a.release);
}

/**
 * Whether a clang can make a wasm module: it needs the linker, libc++ and the compiler's own
 * runtime for wasm32, which distributions package apart from it. (It prints the bare name of a
 * library that it cannot find.)
 * @param {string} clang
 * @returns {boolean}
 */
function targetsWasi(clang) {
  const target = '--target=wasm32-wasi';
  const libraries = [
    ask(clang, [target, '-print-file-name=libc++.a']),
    ask(clang, [target, '-print-file-name=libc.a']),
    ask(clang, [target, '--rtlib=compiler-rt', '-print-libgcc-file-name']),
  ];
  const linker = ask(clang, [target, '-print-prog-name=wasm-ld']);
  return (
    libraries.every((file) => file !== null && path.isAbsolute(file) && existsSync(file)) &&
    linker !== null &&
    (path.isAbsolute(linker) || which(linker) !== null)
  );
}

/**
 * The compiler of the wasi build. scripts/cmake/wasi.cmake looks in the same places.
 * @returns {string | null} its path
 */
export function findWasi() {
  const prefix = process.env.WASI_SDK_PREFIX;
  if (prefix) {
    const clang = path.join(prefix, 'bin', 'clang++');
    return isExecutable(clang) ? clang : null;
  }
  const candidates = versionedClangs().filter(({ release }) => release >= OLDEST_WASI_CLANG);
  return candidates.find(({ path: clang }) => targetsWasi(clang))?.path ?? null;
}

/**
 * Emscripten's compiler driver. scripts/cmake/emscripten.cmake looks in the same places.
 * @returns {string | null} its path
 */
export function findEmscripten() {
  const sdk = process.env.EMSDK;
  if (sdk) {
    const emcc = path.join(sdk, 'upstream', 'emscripten', 'em++');
    if (isExecutable(emcc)) return emcc;
  }
  const emcc = which('em++');
  return emcc && realpathSync(emcc);
}

/**
 * The compiler of the native builds. clang before g++: the wasm builds and clang-tidy are clang's
 * too, so a warning means the same everywhere.
 * @returns {string | null} its path
 */
export function findNative() {
  if (process.env.CXX) return which(process.env.CXX) ?? process.env.CXX;
  return which('clang++') ?? versionedClangs()[0]?.path ?? which('g++');
}

/**
 * @param {string} name a header, as the sources include it
 * @returns {boolean}
 */
export function hasHeader(name) {
  const dirs = ['/usr/include', '/usr/local/include', '/opt/homebrew/include'];
  const extra = (process.env.CMAKE_PREFIX_PATH ?? '')
    .split(/[;:]/)
    .filter(Boolean)
    .map((prefix) => path.join(prefix, 'include'));
  return [...extra, ...dirs].some((dir) => existsSync(path.join(dir, name)));
}

/**
 * A clang tool of one release, under its versioned or its plain name.
 * @param {string} name
 * @param {number} release
 * @returns {string | null} its path
 */
export function findClangTool(name, release) {
  const versioned = which(`${name}-${release}`);
  if (versioned) return versioned;
  const plain = which(name);
  const version = plain && ask(plain, ['--version']);
  return version && Number(/version (\d+)\./.exec(version)?.[1]) === release ? plain : null;
}
