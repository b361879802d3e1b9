// The workflows run on GitHub alone, so what can be held of them here is: each action is named with the digest of
// a commit, and each command of ours is one that package.json has.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readJson, ROOT } from '../../scripts/lib/run.mjs';

const folder = path.join(ROOT, '.github', 'workflows');
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));

it.each(workflows)('$name names each action with the digest of a commit: a tag can be moved', ({ text }) => {
  const used = [...text.matchAll(/^\s*-? *uses: *(.*)$/gm)].map(([, action]) => action);
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+(?:\/[\w-]+)*@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it.each(workflows)('$name runs only commands of package.json', ({ text }) => {
  const known = Object.keys(readJson(path.join(ROOT, 'package.json')).scripts);
  for (const [, command] of text.matchAll(/npm run ([\w-]+)/g)) expect(known).toContain(command);
});
