// A copy of the tree to change and build in, so that the developer's own stays as it is. Each run has one
// to itself: a slot under build/mutants, locked by the process that uses it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync,
  writeFileSync, writeSync,
} from 'node:fs';
import path from 'node:path';

/** What git tracks, and what it would: with the changes that nobody has committed.
 * @param {string} root @returns {string[]} sorted */
export function filesOf(root) {
  const { status, stdout, stderr } = spawnSync(
    'git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', maxBuffer: Infinity },
  );
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`);
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(path.join(root, file)));
  return [...new Set(files)].filter((file) => statSync(path.join(root, file)).isFile()).sort();
}

/** What a verdict depends on: all files but prose, and the list of equivalents.
 * @param {string} root @param {string[]} files */
export function digestOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    if (/\.md$|(^|\/)equivalent\.txt$|^docs\/|^LICENSE$/.test(file)) continue;
    hash.update(`${file}\0`).update(readFileSync(path.join(root, file))).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Takes a lock that ends with this process, however it ends.
 * @param {string} lock @returns {boolean} */
function take(lock) {
  for (;;) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return true;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(lock, 'utf8'));
    // A lock that is empty is being written in this very moment.
    if (!holder || isAlive(holder)) return false;
    // Of two that find a dead one's lock only one moves it away.
    const grave = `${lock}.${process.pid}`;
    try {
      renameSync(lock, grave);
      rmSync(grave);
    } catch {
      return false;
    }
  }
}

export class Copy {
  /** @type {string} */
  #lock;

  /** @param {string} root the repository @param {string} folder where the slots are */
  constructor(root, folder) {
    this.origin = root;
    mkdirSync(folder, { recursive: true });
    let slot = 0;
    while (!take(path.join(folder, `slot-${slot}.lock`))) slot += 1;
    this.#lock = path.join(folder, `slot-${slot}.lock`);
    this.root = path.join(folder, `slot-${slot}`);
  }

  /** Makes it equal to the tree. What is equal keeps its time, so that it is not built again.
   * @param {string[]} files */
  sync(files) {
    for (const file of files) {
      const wanted = readFileSync(path.join(this.origin, file));
      const target = path.join(this.root, file);
      if (existsSync(target) && readFileSync(target).equals(wanted)) continue;
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, wanted);
    }
    const known = new Set(files);
    this.#removeOthers('', known);
    const modules = path.join(this.origin, 'node_modules');
    const link = path.join(this.root, 'node_modules');
    if (existsSync(modules) && !existsSync(link)) symlinkSync(modules, link);
  }

  /** @param {string} folder @param {Set<string>} known */
  #removeOthers(folder, known) {
    for (const entry of readdirSync(path.join(this.root, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (/^(build|node_modules|\.wrangler)$/.test(entry.name)) continue;
      if (entry.isDirectory()) this.#removeOthers(name, known);
      else if (!known.has(name)) rmSync(path.join(this.root, name));
    }
  }

  /** As it was when the copy was made: the tree itself may be worked on meanwhile. @param {string} file */
  read(file) {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** @param {string} file @param {string} text */
  write(file, text) {
    writeFileSync(path.join(this.root, file), text);
  }

  release() {
    rmSync(this.#lock, { force: true });
  }
}
