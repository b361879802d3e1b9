// A build directory that went along with a copy of the checkout still names the sources of the original.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { build } from '../../scripts/lib/cmake.mjs';

// CMake, Ninja and copies of folders, on a machine that may be busy.
const MINUTES = 120_000;
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'pos-sync-cmake-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A project that "compiles" a text by copying it.
 * @param {string} name
 * @param {string} text
 */
function checkout(name, text) {
  const root = path.join(folder, name);
  cpSync(new URL('fixtures/copying', import.meta.url), root, { recursive: true });
  writeFileSync(path.join(root, 'source.txt'), text);
  return root;
}

/** @param {string} root */
const builtIn = (root) => readFileSync(path.join(root, 'build/native/built.txt'), 'utf8');

test('a copied checkout builds its own sources, not those of the path it was copied from', async () => {
  const original = checkout('original', 'the original');
  expect(await build('native', undefined, undefined, original)).toMatchObject({ code: 0 });
  expect(builtIn(original)).toBe('the original');

  const copy = path.join(folder, 'copy');
  cpSync(original, copy, { recursive: true });
  writeFileSync(path.join(copy, 'source.txt'), 'the copy');
  writeFileSync(path.join(original, 'source.txt'), 'the original, changed');
  let said = '';
  expect(await build('native', (text) => (said += text), undefined, copy)).toMatchObject({ code: 0 });
  expect(builtIn(copy)).toBe('the copy');
  expect(builtIn(original)).toBe('the original');
  expect(said).toContain(`was configured for the sources in ${original}`);
}, MINUTES);

test('a moved checkout, whose old path is gone, is built again where it is now', async () => {
  const original = checkout('original', 'moved');
  await build('native', undefined, undefined, original);
  const moved = path.join(folder, 'moved');
  cpSync(original, moved, { recursive: true });
  rmSync(original, { recursive: true });
  rmSync(path.join(moved, 'build/native/built.txt'));
  expect(await build('native', undefined, undefined, moved)).toMatchObject({ code: 0 });
  expect(builtIn(moved)).toBe('moved');
}, MINUTES);

test('a checkout that is reached by another name is not built again for it', async () => {
  const original = checkout('original', 'one');
  await build('native', undefined, undefined, original);
  const alias = path.join(folder, 'alias');
  symlinkSync(original, alias);
  const again = await build('native', undefined, undefined, alias);
  expect(again.output).toContain('no work to do');
}, MINUTES);
