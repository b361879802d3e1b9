// Which room of wasm/ may include which: each arrow that is not listed here fails, and the failure names
// the include. A reader who opens a room has to know the rooms that it lists, and no other.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/run.mjs';

/** @type {Record<string, string>} room: the rooms that it may include */
const MAY_INCLUDE = {
  base: '',
  net: 'base',
  config: 'base',
  identity: 'base',
  push: 'base net ablation',
  store: 'base identity push',
  // Of the store it knows the names of statements alone.
  io: 'base net store/statements.hpp',
  square: 'base net identity push ablation',
  resend: 'base net io',
  account: 'base net io square',
  runtime: 'base config io store ablation',
  drain: 'base net config identity push store io square account ablation',
  api: 'base config identity push store io square account runtime',
  audit: 'base net config store io square account runtime ablation',
  repair: 'base net config identity push io square account runtime ablation',
  mail: 'base net config identity io square/currency.hpp resend runtime ablation',
  reconcile: 'base identity store io square account runtime',
  jobs: 'base config io runtime drain api audit repair mail reconcile',
  // The switches of tests. Nothing of them is in a module that ships.
  ablation: 'base push',
};

/** The rooms of an audit, in the same way. @type {Record<string, string>} */
const MAY_INCLUDE_OF_AUDIT = {
  row: '',
  group: 'plan',
  plan: 'row group',
  scan: 'row group plan',
  approve: 'row plan scan',
  views: 'row plan',
};

/** What no room may know, although the room that it stands in may be known.
 * @type {[room: RegExp, what: RegExp, why: string][]} */
const NEVER = [
  [/^(?!base)/, /nlohmann/, 'JSON is read by base/json alone'],
  [/./, /^(bindings|tests|world|unit|explore|simulate)\//, 'the core knows neither its shell nor its tests'],
  [/^(?!push|ablation)/, /^ablation\/cells\.hpp$/, 'what a removed layer does instead is for push alone'],
];

/**
 * The includes that break a rule, each with its place.
 * @param {{file: string, text: string}[]} sources by their paths below wasm/
 */
function broken(sources) {
  /** @type {string[]} */
  const found = [];
  for (const { file, text } of sources) {
    const [room, second] = file.split('/');
    for (const [i, line] of text.split('\n').entries()) {
      const included = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line)?.[1];
      if (included === undefined) continue;
      const never = NEVER.find(([rooms, what]) => rooms.test(file) && what.test(included));
      const complain = (/** @type {string} */ why) => found.push(`wasm/${file}:${i + 1}: ${included}: ${why}`);
      if (never) {
        complain(never[2]);
        continue;
      }
      if (!/^\s*#\s*include\s*"/.test(line)) continue;
      const [target, inner] = included.split('/');
      const allowed = MAY_INCLUDE[room]?.split(' ');
      if (!allowed) complain(`the room ${room} has no rule`);
      else if (inner === undefined) complain('an include says its room');
      else if (target !== room && !allowed.includes(target) && !allowed.includes(included)) {
        complain(`${room} may not include ${target}; it may include ${allowed.join(', ') || 'nothing'}`);
      } else if (target === 'audit' && room === 'audit') {
        const [of, to] = [second, inner].map((each) => each.replace(/\.[ch]pp$/, ''));
        const known = MAY_INCLUDE_OF_AUDIT[of]?.split(' ');
        if (of !== to && !known?.includes(to)) {
          complain(`audit/${of} may not include audit/${to}; it may include ${known?.join(', ') || 'nothing'}`);
        }
      }
    }
  }
  return found;
}

const wasm = path.join(ROOT, 'wasm');
const sources = readdirSync(wasm, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/')).filter((file) => /\.([ch]pp|h)$/.test(file))
  .map((file) => ({ file, text: readFileSync(path.join(wasm, file), 'utf8') }));

describe('the rooms of wasm/', () => {
  it('include only what their rules allow', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(broken(sources)).toEqual([]);
  });

  it('have no rule that nothing uses: an arrow that has gone may not come back unseen', () => {
    const used = new Set(sources.flatMap(({ file, text }) =>
      [...text.matchAll(/^#include "([^"]+)"/gm)].flatMap(([, included]) =>
        [included, included.split('/')[0]].map((to) => `${file.split('/')[0]} ${to}`))));
    const unused = Object.entries(MAY_INCLUDE).flatMap(([room, allowed]) =>
      allowed.split(' ').filter((to) => to && !used.has(`${room} ${to}`)).map((to) => `${room} ${to}`));
    expect(unused).toEqual([]);
  });

  it('stand on floors: no room is above one that is above it, but for the switches of tests', () => {
    /** @type {Map<string, number>} */
    const floors = new Map([['ablation', 0]]);
    /** @type {(room: string, above: string[]) => number} */
    const floorOf = (room, above) => {
      if (above.includes(room)) throw new Error(`a circle: ${[...above, room].join(' > ')}`);
      const known = floors.get(room);
      if (known !== undefined) return known;
      const below = MAY_INCLUDE[room].split(' ').filter(Boolean).map((each) => each.split('/')[0]);
      const floor = 1 + Math.max(0, ...below.map((each) => floorOf(each, [...above, room])));
      floors.set(room, floor);
      return floor;
    };
    for (const room of Object.keys(MAY_INCLUDE)) expect(floorOf(room, [])).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['io/outcome.hpp', '#include "square/reply.hpp"', 'io may not include square'],
    ['resend/reply.cpp', '#include "square/limits.hpp"', 'resend may not include square'],
    ['audit/row.cpp', '#include "api/queries.hpp"', 'audit may not include api'],
    ['audit/group/grouping.cpp', '#include "audit/scan/rows.hpp"', 'audit/group may not include audit/scan'],
    ['mail/letter.cpp', '#include "square/reply.hpp"', 'mail may not include square'],
    ['square/reply.cpp', '#include "drain/tick.hpp"', 'square may not include drain'],
    ['drain/tick.cpp', '#include <nlohmann/json.hpp>', 'JSON is read by base/json alone'],
    ['drain/tick.cpp', '#include "ablation/cells.hpp"', 'for push alone'],
    ['jobs/push_job.cpp', '  #  include "bindings/abi.h"', 'neither its shell nor its tests'],
    ['base/text.cpp', '#include "net/reply.hpp"', 'base may not include net'],
    ['attic/new.cpp', '#include "base/text.hpp"', 'the room attic has no rule'],
  ])('%s with %s is named', (file, text, words) => {
    expect(broken([{ file, text: `// why\n${text}\n` }])).toEqual([
      expect.stringMatching(new RegExp(`^wasm/${file}:2: .*${words}`)),
    ]);
  });
});
