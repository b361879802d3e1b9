// Makes a machine ready: `node scripts/setup.mjs --for demo|test`.
//
// The demo needs one wasm toolchain, the tests need both. It runs under whichever Node the machine
// has, before anything is installed, so it uses nothing but Node's built-in modules. With nothing
// to do it says so in one line and is done in a moment: every other script calls it first.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ask, isExecutable, readJson, ROOT, run, tail, which } from './lib/run.mjs';
import {
  findClangTool,
  findEmscripten,
  findNative,
  findWasi,
  hasHeader,
  LINT_CLANG_RELEASE,
  OLDEST_WASI_CLANG,
} from './lib/toolchains.mjs';

/** The release that this project was measured with; any other from OLDEST_WASI_CLANG on will do. */
const FAVOURITE_WASI_CLANG = 22;

const LOG = path.join(ROOT, 'build', 'setup.log');

/** A reason that the user can act on: printed without a stack trace. */
class Unready extends Error {}

/** @param {string} line */
const say = (line) => console.log(`setup: ${line}`);

/**
 * Runs one step that takes a while; its own output goes to the log unless it fails.
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function step(title, command, args, env) {
  say(`${title} ...`);
  const { code, output } = await run(command, args, { env: { ...process.env, ...env } });
  mkdirSync(path.dirname(LOG), { recursive: true });
  writeFileSync(LOG, `${title}\n${output}\n`, { flag: 'a' });
  if (code !== 0) throw new Unready(`${title} failed:\n${tail(output)}`);
}

/* ---------------------------------------------------------------- npm packages */

/**
 * @typedef {object} LockedPackage an entry of the lock file
 * @property {string} version
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * Whether a package may be absent. Binaries are optional packages, one for each kind of machine: the
 * one for this machine may not (npm leaves it out without a word where the Node is too old for it).
 * @param {LockedPackage} locked
 */
function mayBeAbsent({ optional, os, cpu, libc }) {
  if (!optional) return false;
  if (!os || !cpu) return true;
  const hasMusl = process.platform === 'linux' && readdirSync('/lib').some(isMuslLoader);
  const forThisMachine =
    os.includes(process.platform) &&
    cpu.includes(process.arch) &&
    (libc?.includes(hasMusl ? 'musl' : 'glibc') ?? true);
  return !forThisMachine;
}

/** @param {string} file */
const isMuslLoader = (file) => file.startsWith('ld-musl-');

/**
 * Whether what is installed is what the lock file names.
 * @returns {boolean}
 */
function npmPackagesAreFresh() {
  const wanted = readJson(path.join(ROOT, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(path.join(ROOT, 'node_modules', '.package-lock.json'))?.packages ?? {};
  const same = Object.entries(wanted).every(
    ([name, locked]) =>
      name === '' ||
      (installed[name] ? installed[name].version === locked.version : mayBeAbsent(locked)),
  );
  // The node package fetches its binary while it is installed: npm may have been told not to.
  return same && isExecutable(path.join(ROOT, 'node_modules', '.bin', 'node'));
}

async function ensureNpmPackages() {
  if (npmPackagesAreFresh()) return;
  // Not `npm ci`: it refuses a lock file without the packages of other platforms, and a registry
  // that gets workerd's builds one platform at a time yields such a lock file. `npm install` takes
  // the same versions from it; npmPackagesAreFresh checks that, and the lock file stays as it is.
  const lock = path.join(ROOT, 'package-lock.json');
  const locked = readFileSync(lock);
  try {
    await step('installing npm packages', 'npm', ['install', '--no-save', '--no-audit', '--no-fund']);
  } finally {
    if (!readFileSync(lock).equals(locked)) writeFileSync(lock, locked);
  }
  if (!npmPackagesAreFresh()) {
    throw new Unready(
      'npm left out packages that package-lock.json names.\n' +
        'If node_modules/.bin/node is missing, its install script was not allowed to run:\n' +
        '  npm rebuild node --ignore-scripts=false',
    );
  }
}

/* ---------------------------------------------------------------- system packages */

/**
 * The words before a command that gives it the right to install packages.
 * @returns {string[] | null} null without that right
 */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  if (!which('sudo')) return null;
  // A sudo that wants a password can only ask for one on a terminal.
  if (process.stdin.isTTY || ask('sudo', ['-n', 'true']) !== null) return ['sudo'];
  return null;
}

/** @param {string} name */
const isPackaged = (name) => /^Package:/m.test(ask('apt-cache', ['show', name]) ?? '');

/** @param {number} release */
const wasiPackagesOf = (release) => [
  `clang-${release}`,
  `lld-${release}`,
  'wasi-libc',
  `libc++-${release}-dev-wasm32`,
  `libc++abi-${release}-dev-wasm32`,
  `libclang-rt-${release}-dev-wasm32`,
];

/**
 * Debian's parts of a wasi-sdk: the favourite release, else the newest that is packaged.
 * @returns {string[] | null}
 */
function wasiPackages() {
  const listed = ask('apt-cache', ['search', '--names-only', '^libc[+][+]-[0-9]+-dev-wasm32$']);
  const releases = [...(listed ?? '').matchAll(/^libc\+\+-(\d+)-dev-wasm32/gm)]
    .map((match) => Number(match[1]))
    .filter((release) => release >= OLDEST_WASI_CLANG)
    .sort((a, b) => b - a);
  const favourite = releases.includes(FAVOURITE_WASI_CLANG) ? [FAVOURITE_WASI_CLANG] : [];
  for (const release of [...favourite, ...releases]) {
    const packages = wasiPackagesOf(release);
    if (packages.every(isPackaged)) return packages;
  }
  return null;
}

let aptListsAreFresh = false;

/** Fetches the package lists, once. */
async function updateAptLists() {
  if (aptListsAreFresh) return;
  aptListsAreFresh = true;
  await apt('updating the package lists', ['update']);
}

/**
 * @param {string} title
 * @param {string[]} args
 */
async function apt(title, args) {
  const root = asRoot();
  if (!root) throw new Unready(`${title} needs root, or sudo.`);
  // Another apt may be at work on a machine that has just started: wait for its lock.
  const command = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive'];
  command.push('apt-get', '-o', 'DPkg::Lock::Timeout=300', '-q', ...args);
  await step(title, command[0], command.slice(1));
}

/** @param {string[]} packages */
async function aptInstall(packages) {
  const title = `installing ${packages.join(' ')}`;
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  try {
    await apt(title, args);
  } catch (error) {
    // Lists from yesterday name files that are gone from the mirror.
    if (aptListsAreFresh) throw error;
    await updateAptLists();
    await apt(title, args);
  }
}

/* ---------------------------------------------------------------- what must be there */

/**
 * @typedef {object} Need
 * @property {string} name what a person calls it
 * @property {() => boolean} met
 * @property {() => string[] | null} packages Debian's packages for it, or null if it has none
 * @property {string} elsewhere how to get it on any other machine
 */

/** @param {string} name @param {string} command @param {string} pkg @returns {Need} */
const program = (name, command, pkg) => ({
  name,
  met: () => which(command) !== null,
  packages: () => [pkg],
  elsewhere: `install ${command} from your system's packages`,
});

/** @param {string} name @param {string} file @param {string} pkg @returns {Need} */
const header = (name, file, pkg) => ({
  name,
  met: () => hasHeader(file),
  packages: () => [pkg],
  elsewhere: `put the header <${file}> where the compiler finds it`,
});

/** @param {string} name @returns {Need} */
const lintTool = (name) => ({
  name: `${name} ${LINT_CLANG_RELEASE}`,
  met: () => findClangTool(name, LINT_CLANG_RELEASE) !== null,
  packages: () => [`${name}-${LINT_CLANG_RELEASE}`],
  elsewhere: `install ${name} of LLVM ${LINT_CLANG_RELEASE}`,
});

/** @type {Need} */
const WASI = {
  name: 'a wasi toolchain',
  met: () => findWasi() !== null,
  packages: wasiPackages,
  elsewhere: 'unpack a wasi-sdk (github.com/WebAssembly/wasi-sdk) and set WASI_SDK_PREFIX to it',
};

/** @type {Need} */
const EMSCRIPTEN = {
  name: 'Emscripten',
  met: () => findEmscripten() !== null,
  packages: () => ['emscripten'],
  elsewhere: 'install the emsdk (emscripten.org) and set EMSDK to it, or put em++ on the PATH',
};

const ANY_BUILD = [
  program('CMake', 'cmake', 'cmake'),
  program('Ninja', 'ninja', 'ninja-build'),
  header('nlohmann/json', 'nlohmann/json.hpp', 'nlohmann-json3-dev'),
];

/** @type {Need[]} */
const TESTS = [
  {
    name: 'a native C++ compiler',
    met: () => findNative() !== null,
    packages: () => ['clang', 'libclang-rt-dev'],
    elsewhere: 'install clang, or set CXX',
  },
  header('doctest', 'doctest/doctest.h', 'doctest-dev'),
  header('SQLite', 'sqlite3.h', 'libsqlite3-dev'),
  lintTool('clang-format'),
  lintTool('clang-tidy'),
];

/** @param {Need[]} needs */
const unmet = (needs) => needs.filter((need) => !need.met());

/**
 * What is left to install for a level.
 * @param {string} level
 * @returns {Need[]}
 */
function missingFor(level) {
  const toolchains = [WASI, EMSCRIPTEN];
  if (level === 'test') return unmet([...ANY_BUILD, ...toolchains, ...TESTS]);
  return unmet(toolchains.some((need) => need.met()) ? ANY_BUILD : [...ANY_BUILD, WASI]);
}

/**
 * Debian's packages for the needs. The lists are fetched when they do not know a package.
 * @param {Need[]} needs
 * @returns {Promise<{packages: string[], without: Need[]}>} `without`: needs that have no package
 */
async function resolvePackages(needs) {
  /** @param {Need} need */
  const known = (need) => {
    const packages = need.packages();
    return packages?.every(isPackaged) ? packages : null;
  };
  if (needs.some((need) => !known(need))) await updateAptLists();
  const found = needs.map((need) => ({ need, packages: known(need) }));
  return {
    packages: found.flatMap(({ packages }) => packages ?? []),
    without: found.filter(({ packages }) => !packages).map(({ need }) => need),
  };
}

/** @param {Need[]} needs */
function howToGet(needs) {
  const width = Math.max(...needs.map(({ name }) => name.length));
  return needs.map(({ name, elsewhere }) => `  ${name.padEnd(width)}  ${elsewhere}`).join('\n');
}

/** @param {string} level */
async function ensureSystemPackages(level) {
  const missing = missingFor(level);
  if (missing.length === 0) return;
  if (missing.includes(WASI) && process.env.WASI_SDK_PREFIX) {
    throw new Unready('WASI_SDK_PREFIX is set, but there is no bin/clang++ in it');
  }
  if (!which('apt-get')) {
    throw new Unready(`this machine lacks:\n${howToGet(missing)}`);
  }
  if (!asRoot()) {
    // Without package lists nobody knows what is packaged: name what most machines have.
    const unlisted = () => wasiPackagesOf(FAVOURITE_WASI_CLANG);
    const names = [...new Set(missing.flatMap((need) => need.packages() ?? unlisted()))];
    throw new Unready(
      `this machine lacks:\n${howToGet(missing)}\n` +
        `or, with the right to install packages: sudo apt-get update && sudo apt-get install ${names.join(' ')}`,
    );
  }
  const { packages, without } = await resolvePackages(missing);
  // One toolchain is as good as the other where one is enough.
  if (level === 'demo' && without.includes(WASI)) packages.push('emscripten');
  if (packages.length > 0) await aptInstall([...new Set(packages)]);

  const still = missingFor(level);
  if (still.length > 0) throw new Unready(`this machine still lacks:\n${howToGet(still)}`);
}

/* ---------------------------------------------------------------- */

/** Older ones cannot start npm's packages. What the packages themselves run under is newer still. */
const OLDEST_NODE = 20;

async function main() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Unready(`Node ${process.versions.node} is too old: ${OLDEST_NODE} or later is needed`);
  }
  const flag = process.argv.indexOf('--for');
  const level = flag < 0 ? 'test' : process.argv[flag + 1];
  if (level !== 'demo' && level !== 'test') {
    throw new Unready('usage: node scripts/setup.mjs --for demo|test');
  }
  if (!existsSync(path.join(ROOT, 'package-lock.json'))) {
    throw new Unready('package-lock.json is missing: is this a complete checkout?');
  }
  await ensureNpmPackages();
  await ensureSystemPackages(level);
  const toolchains = [findWasi() && 'wasi', findEmscripten() && 'emscripten'].filter(Boolean);
  say(`ready (${toolchains.join(', ')})`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Unready)) throw error;
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}
