// The pages that people read: every link leads somewhere, and nothing that can be set or called is
// missing from them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} file */
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');

/**
 * @param {string} folder
 * @param {string} ending
 * @returns {string[]}
 */
const filesIn = (folder, ending) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .sort();

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'tests/fakes/square/README.md',
  ...filesIn('docs', '.md'),
];

/**
 * The lines of a page that are not in a block of code.
 * @param {string} text
 */
function prose(text) {
  let inCode = false;
  return text.split('\n').filter((line) => {
    const fence = /^\s*```/.test(line);
    if (fence) inCode = !inCode;
    return !fence && !inCode;
  });
}

/**
 * A heading's anchor, as GitHub makes it.
 * @param {string} heading
 */
const slugOf = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replace(/ /g, '-');

/** @param {string} text */
function anchorsOf(text) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const anchors = new Set(Array.from(text.matchAll(/<a (?:id|name)="([^"]+)"/g), (match) => match[1]));
  for (const line of prose(text)) {
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line);
    if (!heading) continue;
    const slug = slugOf(heading[1]);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}

/** @param {string} text */
const linksOf = (text) =>
  prose(text).flatMap((line) =>
    Array.from(line.replace(/`[^`]*`/g, '').matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g), (match) => match[1]),
  );

/**
 * What is wrong with the links of a page; none if nothing is.
 * @param {string} page
 * @param {string} text
 */
function brokenLinks(page, text) {
  return linksOf(text)
    .filter((link) => !/^[a-z][a-z+.-]*:/i.test(link))
    .flatMap((link) => {
      const [file, anchor] = link.split('#');
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), decodeURI(file));
      if (target.startsWith('..') || !existsSync(path.join(ROOT, target))) return [`${link}: no such file`];
      if (anchor === undefined || !target.endsWith('.md')) return [];
      const known = anchorsOf(target === page ? text : read(target));
      return known.has(anchor) ? [] : [`${link}: no such heading`];
    });
}

/**
 * The first cells of a page's tables.
 * @param {string} file
 */
const firstCells = (file) =>
  prose(read(file))
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ')[0].slice(2));

/** @param {string} cell */
const codeIn = (cell) => Array.from(cell.matchAll(/`([^`]+)`/g), (match) => match[1]);

test('the README can be read in one sitting: at most 250 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(250);
});

describe('no link leads a reader to nothing', () => {
  test.each(PAGES)('%s', (page) => {
    expect(brokenLinks(page, read(page))).toEqual([]);
  });

  test('a link to a file, or to a heading, that is not there is noticed', () => {
    const text = '# A page\n## A `part`, twice\n## A `part`, twice\n';
    const links = ['#a-part-twice', '#a-part-twice-1', 'docs/api.md#roles', 'https://example.com/#x'];
    const broken = ['#a-part', 'docs/nothing.md', 'docs/api.md#nothing', '../elsewhere.md'];
    const linked = [...links, ...broken].map((link) => `[text](${link})`).join(' ');
    expect(brokenLinks('README.md', `${text}${linked}`).map((each) => each.split(':')[0])).toEqual(broken);
    expect(brokenLinks('README.md', '```\n[code](nothing.md)\n```\n')).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  const VARIABLE = /^[A-Z][A-Z0-9_]{3,}$/;
  const cells = prose(read('docs/configuration.md'))
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2).split(' | '));
  const documented = cells.flatMap(([first]) => codeIn(first)).filter((name) => VARIABLE.test(name));

  const wrangler = read('wrangler.toml');
  const vars = Array.from(wrangler.slice(wrangler.indexOf('[vars]')).matchAll(/^([A-Z0-9_]+) *= *"(.*)"/gm));
  const known = new Set([
    ...vars.map(([, name]) => name),
    ...Array.from(read('.dev.vars.example').matchAll(/^(?:# )?([A-Z0-9_]+)=/gm), (match) => match[1]),
    ...filesIn('wasm/config', '.cpp').flatMap((file) =>
      Array.from(read(file).matchAll(/"([A-Z0-9_]+)"/g), (match) => match[1]).filter((name) => VARIABLE.test(name)),
    ),
    ...Array.from(wrangler.matchAll(/^binding = "(\w+)"/gm), (match) => match[1]),
  ]);

  test('every variable that can be set has a row', () => {
    expect(known.size).toBeGreaterThan(25);
    expect([...known].filter((name) => !documented.includes(name))).toEqual([]);
  });

  test('no row names a variable that nothing reads', () => {
    expect(documented.filter((name) => !known.has(name))).toEqual([]);
  });

  test('a default is the one that wrangler.toml sets', () => {
    const written = new Map(cells.map(([first, fallback]) => [codeIn(first)[0], fallback.trim().replaceAll('`', '')]));
    const plain = vars.filter(([, name, value]) => value !== '' && name !== 'SQUARE_BASE_URL');
    expect(plain.length).toBeGreaterThan(15);
    expect(plain.map(([, name]) => [name, written.get(name)])).toEqual(plain.map(([, name, value]) => [name, value]));
  });
});

describe('docs/api.md', () => {
  /** @param {string} route */
  const withoutNames = (route) =>
    route
      .replace(/\?.*$/, '')
      .replace(/\{[^}]*\}/g, '{}')
      .replace(/:\w+/g, '{}');

  // Of worker.js only the text: it imports the modules.
  const worker = read('worker.js');
  const table = worker.slice(worker.indexOf('const ROUTES = ['), worker.indexOf('\n];', worker.indexOf('const ROUTES = [')));
  const routes = table
    .split('\n')
    .map((line) => ({ path: /\['(\/[^']*)'/.exec(line)?.[1], line }))
    .flatMap(({ path: route, line }) =>
      Array.from(line.matchAll(/\b(GET|POST|PUT|DELETE): \['(\w+)'/g), ([, method, role]) => ({
        route: withoutNames(`${method} ${route}`),
        role,
      })),
    );
  const open = Array.from(worker.matchAll(/app\.(get|post)\('(\/[^']+)'/g), ([, method, route]) =>
    withoutNames(`${method.toUpperCase()} ${route}`),
  );

  const rows = prose(read('docs/api.md')).filter((line) => /^\| `(?:GET|POST|PUT|DELETE) /.test(line));
  // A row may name a second route in its text.
  const documented = rows.map((line) => ({
    routes: codeIn(line).filter((text) => /^(?:GET|POST|PUT|DELETE) \//.test(text)).map(withoutNames),
    role: line.split(' | ')[1],
  }));

  test('every route has a row, with the role that it needs', () => {
    expect(routes.length).toBeGreaterThan(25);
    const rolesOf = (/** @type {string} */ route) =>
      documented.filter((row) => row.routes.includes(route)).map((row) => row.role);
    expect(routes.map(({ route }) => [route, rolesOf(route)])).toEqual(routes.map(({ route, role }) => [route, [role]]));
  });

  test('every route that needs no token has a row', () => {
    expect(open.length).toBeGreaterThan(2);
    expect(open.filter((route) => !documented.some((row) => row.routes.includes(route)))).toEqual([]);
  });

  test('no row names a route that does not exist', () => {
    const existing = new Set([...routes.map(({ route }) => route), ...open]);
    expect(documented.flatMap((row) => row.routes).filter((route) => !existing.has(route))).toEqual([]);
  });
});

test('every code that an order can be dead with has a section in the runbook', () => {
  const header = read('wasm/push/transition.hpp');
  const codes = header.slice(header.indexOf('enum class Code'), header.indexOf('};', header.indexOf('enum class Code')));
  const inCode = Array.from(codes.matchAll(/^ *(\w+) = \d+/gm), (match) => match[1]).filter((name) => name !== 'none');
  const expected = inCode.toSorted();
  const lifecycle = firstCells('docs/order-lifecycle.md').flatMap(codeIn);
  const sections = Array.from(read('docs/operating.md').matchAll(/^### `(\w+)`$/gm), (match) => match[1]);
  expect(inCode.length).toBeGreaterThan(10);
  expect(sections.sort()).toEqual(expected);
  expect(expected.filter((code) => !lifecycle.includes(code))).toEqual([]);
});
