// The variables and the crons of wrangler.toml, read without wrangler, which takes a second to load.
import { readFileSync } from 'node:fs';

/** @returns {{vars: Record<string, string>, crons: string[]}} */
export function configured() {
  const text = readFileSync(new URL('../../wrangler.toml', import.meta.url), 'utf8');
  const [, vars] = text.split(/^\[vars\]$/m);
  const crons = /^crons = (\[.*\])$/m.exec(text)?.[1] ?? '[]';
  return {
    vars: Object.fromEntries([...vars.matchAll(/^(\w+) = ("[^"]*")$/gm)].map(([, name, value]) => [name, JSON.parse(value)])),
    crons: JSON.parse(crons),
  };
}
