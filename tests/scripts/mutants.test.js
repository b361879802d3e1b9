// The tool that looks for what no test notices, held to what it says: on text, and on a small tree of its own.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/lib/run.mjs';
import { explains, readEquivalent } from '../../scripts/mutants/equivalent.mjs';
import { mutantsIn, sampleOf } from '../../scripts/mutants/list.mjs';
import { isRoom } from '../../scripts/mutants/judges.mjs';
import { failedCase } from '../../scripts/mutants/process.mjs';
import { bodiesOf, switchedSource, switchedText } from '../../scripts/mutants/switched.mjs';
import { maskOf } from '../../scripts/mutants/text.mjs';

/** What a source is changed to, one line each.
 * @param {string} file @param {string} source */
const changes = (file, source) => mutantsIn(file, source).map(({ after }) => after);

describe('a C++ source is changed', () => {
  test('in its comparisons, its conditions, its numbers and its calls', () => {
    const found = changes('wasm/a.cpp', 'void f(int a, int b) {\n  if (a < b && !done(a)) return;\n  send(a, b);\n  count += 2;\n}\n');
    expect(found).toEqual(expect.arrayContaining([
      'if (a <= b && !done(a)) return;', 'if (a < b || !done(a)) return;', 'if (a < b && done(a)) return;',
      'if (false) return;', 'if (true) return;', ';', 'send(b, a);', 'count -= 2;', 'count += 3;',
    ]));
  });

  test('neither in comments, nor in includes, nor where a template opens', () => {
    expect(changes('wasm/a.cpp', '#include "a/b.hpp"\n// a < b && 3\n/* x == 1 */\nstd::vector<int> all;\n')).toEqual([]);
  });

  test('in the words it looks for, and not in sentences', () => {
    expect(changes('wasm/a.cpp', 'const auto a = get("order_id");\nconst auto b = say("an order is lost");\n'))
      .toEqual(['const auto a = get("order_id~");']);
  });

  test('in the enumerator that it answers with', () => {
    const source = 'Kind of(int a) {\n  if (a) return Kind::done;\n  return Kind::lost;\n}\n';
    expect(changes('wasm/a.cpp', source)).toContain('return Kind::done;');
    expect(changes('wasm/a.cpp', source)).toContain('if (a) return Kind::lost;');
  });

  test('but not where only a switch of the tests asks or goes: no module that ships has it', () => {
    const source = [
      'Cell f(Event event) {', '  ablation::visited(state, event);',
      '  if (a && !intact(Layer::seal)) {', '    event = Event::no;', '  }',
      '  if (!ablation::intact(Layer::window)) return Cell::lost;',
      '  return b && intact(Layer::seal) ? Cell::done : Cell::lost;', '}',
    ].join('\n');
    // What is there for a test must stay out where it is not asked for.
    expect(changes('wasm/a.cpp', `${source}\n`)).toEqual([
      'if (true) {', 'if (true) return Cell::lost;',
      'return b || intact(Layer::seal) ? Cell::done : Cell::lost;',
      'return b && intact(Layer::seal) ? Cell::lost : Cell::lost;',
      'return b && intact(Layer::seal) ? Cell::done : Cell::done;',
    ]);
  });

  test('but not in what stands behind a switch whose cases all return: nothing comes there', () => {
    const source = (/** @type {string} */ last) => [
      'const char* f(Kind kind) {', '  switch (kind) {', '    case Kind::a:', '      return one();',
      '    case Kind::b:', '    case Kind::c: {', '      return two(3);', '    }', '    case Kind::d:', `      ${last}`,
      '  }', '  return "four";', '}',
    ].join('\n');
    expect(changes('wasm/a.cpp', `${source('return five();')}\n`)).toEqual(['return two(4);']);
    for (const falls of ['++five;', 'break;', 'if (six) return five();\n      ++five;']) {
      expect(changes('wasm/a.cpp', `${source(falls)}\n`)).toContain('return "four~";');
    }
  });

  test('nor in the order of what has none', () => {
    expect(changes('wasm/a.cpp', 'a = std::min(b, c);\n')).toEqual([';', 'a = std::max(b, c);']);
    expect(changes('wasm/a.cpp', 'a = std::max<int>(b, c);\n')).not.toContain('a = std::max<int>(c, b);');
    expect(changes('wasm/a.cpp', 'a = clamp(b, c);\n')).toContain('a = clamp(c, b);');
  });

  test('but a digit separator opens no character', () => {
    expect(changes('wasm/a.cpp', "constexpr int day = 86'400'000;\nint a = b + c;\n")).toEqual([
      'constexpr int day = 172800000;', 'int a = b - c;',
    ]);
  });
});

describe('a JavaScript source is changed', () => {
  test('where it awaits, and where it sets a header', () => {
    const found = changes('bindings/a.js', "const h = new Headers({ 'content-type': type, 'cache-control': 'no-store' });\nawait run(h);\n");
    expect(found).toContain("const h = new Headers({ 'content-type': type, });");
    expect(found).toContain("const h = new Headers({ 'cache-control': 'no-store' });");
    expect(found).toContain('run(h);');
  });

  test('not in the text of a template, but in what is put into it', () => {
    const text = (/** @type {string} */ sum) => ['const text = `a < b $', `{${sum}} && c\`;`].join('');
    expect(changes('bindings/a.js', text('count + 1')).slice(0, 2)).toEqual([text('count - 1'), text('count + 0')]);
  });

  test('inside a regular expression only by what is a change of one', () => {
    expect(maskOf('const a = /[/"]b < 1/.test(c);', 'js')).toMatch(/^const a = \/¤+\/\.test\(c\);$/);
    expect(maskOf('const a = (b) =>\n  /< 1/.test(b);', 'js')).toMatch(/=>\n {2}\/¤+\/\.test/);
    expect(changes('bindings/a.js', 'const a = /^(one|two) +[+]{1,9}$/i;\n')).toEqual([
      'const a = /(one|two) +[+]{1,9}$/i;', 'const a = /^(two) +[+]{1,9}$/i;', 'const a = /^(one) +[+]{1,9}$/i;',
      'const a = /^(one|two) *[+]{1,9}$/i;', 'const a = /^(one|two) +[+]{1,10}$/i;', 'const a = /^(one|two) +[+]{1,9}/i;',
      'const a = /^(one|two) +[+]{1,9}$/;',
    ]);
  });

  test('in which of two it takes, in what stands for what is missing, and in what it takes over', () => {
    expect(changes('bindings/a.js', 'const a = b ? c : d;\n')).toEqual(['const a = b && false ? c : d;', 'const a = b || true ? c : d;']);
    expect(changes('bindings/a.js', "const a = b ?? '';\nconst c = d?.e;\nconst f = g?.[h];\n")).toEqual(['const a = b;', 'const c = d.e;', 'const f = g[h];']);
    expect(changes('bindings/a.js', 'const a = { ...b, ...c };\nconst { d, ...e } = f;\n')).toEqual(['const a = { ...c };', 'const a = { ...b, };']);
    expect(changes('bindings/a.js', 'while (a) b();\n')).toEqual(['while (false && a) b();']);
  });

  test('in the methods that have a neighbour, and in the sentences that it says', () => {
    expect(changes('bindings/a.js', 'const a = b.some(c);\nconst d = e.trim();\n')).toEqual(['const a = b.every(c);', 'const d = e;']);
    const told = (/** @type {string} */ end) => ['const b = `$', `{c} is not set${end}\`;`].join('');
    expect(changes('bindings/a.js', `const a = 'it is not set';\n${told('')}\n`)).toEqual(["const a = 'it is not set~';", told('~')]);
  });
});

describe('SQL is changed', () => {
  const file = 'wasm/store/claim_sql.hpp';

  test('by dropping each clause of a condition, over the ends of lines', () => {
    const source = 'constexpr char a[] =\n    "DELETE FROM t WHERE x = 1 "\n    "AND y < ?1 ORDER BY z";\n';
    const found = changes(file, source);
    expect(found).toContain('"DELETE FROM t WHERE true "');
    expect(found).toContain('" ORDER BY z";');
    expect(found).toContain('"OR y < ?1 ORDER BY z";');
    expect(found).toContain('"AND y <= ?1 ORDER BY z";');
  });

  test('by leaving a column as it was', () => {
    const found = changes(file, 'constexpr char a[] = "UPDATE t SET x = 1, y = CASE WHEN b = 2 THEN 3 END WHERE c = 4";\n');
    expect(found).toContain('constexpr char a[] = "UPDATE t SET y = CASE WHEN b = 2 THEN 3 END WHERE c = 4";');
    expect(found).toContain('constexpr char a[] = "UPDATE t SET x = 1 WHERE c = 4";');
    expect(found).not.toContain('constexpr char a[] = "UPDATE t SET x <> 1, y = CASE WHEN b = 2 THEN 3 END WHERE c = 4";');
  });

  test('but BETWEEN keeps its AND', () => {
    expect(changes(file, 'constexpr char a[] = "SELECT x FROM t WHERE y BETWEEN ?1 AND ?2";\n')).toEqual([
      'constexpr char a[] = "SELECT x FROM t WHERE true";',
    ]);
  });

  test('in migrations by dropping an index, a trigger and what a column promises', () => {
    const source = 'CREATE TABLE t (a TEXT NOT NULL CHECK (a <> \'\'));\nCREATE UNIQUE INDEX i ON t (a) WHERE a = 1;\n';
    const found = changes('migrations/0001.sql', source);
    expect(found).toContain("CREATE TABLE t (a TEXT CHECK (a <> ''));");
    expect(found).toContain('CREATE TABLE t (a TEXT NOT NULL );');
    expect(found).toContain('CREATE INDEX i ON t (a) WHERE a = 1;');
    expect(found).toContain('');
  });
});

test('every source of the product has mutants of which each differs from the source', () => {
  const files = ['worker.js', 'bindings/host.js', 'wasm/store/claim_sql.hpp', 'wasm/drain/tick.cpp'];
  for (const file of files) {
    expect(isRoom(file)).toBe(true);
    const found = mutantsIn(file, readFileSync(path.join(ROOT, file), 'utf8'));
    expect(found.length).toBeGreaterThan(10);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    expect(found.filter(({ before, after }) => before === after)).toEqual([]);
  }
});

test('a sample is the same for the same seed, and another one for another', () => {
  const all = Array.from({ length: 100 }, (_each, i) => ({ id: `m${i}` }));
  const ten = sampleOf(all, 10, 'a');
  expect(ten).toHaveLength(10);
  expect(sampleOf(all, 10, 'a')).toEqual(ten);
  expect(sampleOf(all, 10, 'b')).not.toEqual(ten);
  expect(sampleOf(all, 20, 'a')).toEqual(expect.arrayContaining(ten));
});

describe('the list of equivalents', () => {
  const source = 'int f(int a) {\n  return a < 3;\n}\n';
  const [mutant] = mutantsIn('wasm/a.cpp', source);
  const entry = 'wasm/a.cpp\nin int f(int a) {\n-   return a < 3;\n+ return a <= 3;\n= a is never 3\n';

  test('is found by file and lines, wherever they have moved', () => {
    const { entries, complaints } = readEquivalent(`# words\n\n${entry}`);
    expect(complaints).toEqual([]);
    expect(explains(entries[0], mutant)).toBe(true);
    const [moved] = mutantsIn('wasm/a.cpp', `\n\n\n${source}`);
    expect(explains(entries[0], moved)).toBe(true);
    const [elsewhere] = mutantsIn('wasm/a.cpp', source.replace('int f', 'int g'));
    expect(explains(entries[0], elsewhere)).toBe(false);
  });

  test('takes no entry without a reason', () => {
    expect(readEquivalent(entry.replace('= a is never 3', '=')).complaints).toEqual([expect.stringContaining('line 1')]);
    expect(readEquivalent(`wasm/a.cpp\n- a\n+ b\nc\n= d`).complaints).toHaveLength(1);
  });
});

describe('all mutants in one program', () => {
  const source = [
    '#include "a.hpp"', 'namespace {', 'constexpr int most = 5;', 'constexpr int twice(int a) { return a + a; }',
    'struct Each : Other {', '  explicit Each(int a) : a_(a), b_{2} { begin(a); }', '  int a_ = 1;', '};',
    'int f(int a) const {', '  if (a < most) return 1;', '  return 2;', '}', 'void g() { stop(); }', '}', '',
  ].join('\n');
  const held = (/** @type {boolean} */ constants) => {
    const mutants = mutantsIn('wasm/a.cpp', source).map((mutant, i) => ({ mutant, number: i + 1 }));
    const { text, variants } = switchedSource('wasm/a.cpp', source, mutants, { constants, firstBody: 7 });
    return {
      text,
      words: variants.map(({ number, from, to }) =>
        [mutants[number - 1].mutant.after, text.split('\n').slice(from - 1, to).join('\n')]),
    };
  };

  test('are found in the bodies of functions, and not where the compiler itself needs the value', () => {
    const bodies = bodiesOf(maskOf(source, 'cpp'));
    expect(bodies.map(({ open, close }) => source.slice(open, close + 1)).map((each) => each.split('\n')[0]))
      .toEqual(['{ begin(a); }', '{', '{ stop(); }']);
    expect(bodies.map(({ gives }) => gives)).toEqual(['void', 'value', 'void']);
  });

  test('are each a whole function beside itself, which neither falls into the next nor into the true one', () => {
    const { text, words } = held(true);
    for (const [after, lines] of words) {
      if (/const(expr)? int/.test(after)) continue;
      expect(lines.replace(/\s+/g, ' ')).toContain(after.replace(/.*\{ | \}$/g, ''));
      expect(lines).toMatch(/(return;|__builtin_trap\(\);)$/);
    }
    expect(text).toContain('const int most = \npos_mutant == ');
    expect(text).toContain('pos_mutant_reached(8);');
    expect(text).toContain('constexpr int twice(int a) { return a + a; }');
    expect(held(false).text).toContain('constexpr int most = 5;');
  });

  test('and of SQL as the text that the program has, whatever lines it stands on', () => {
    const sql = 'constexpr char a[] =\n    "SELECT \\"a\\" "\n    "FROM b WHERE c = 1";\n';
    const mutant = mutantsIn('wasm/store/a_sql.hpp', sql).find(({ after }) => after.includes('<>'));
    expect(mutant && switchedText(mutant, sql)).toEqual({
      before: 'SELECT "a" FROM b WHERE c = 1', after: 'SELECT "a" FROM b WHERE c <> 1',
    });
  });
});

test('a mutant that only the history of a test notices is not said to be noticed by what the test checks', () => {
  const line = '='.repeat(79);
  const failed = `${line}\na.cpp:1:\nTEST CASE:  nothing is sold twice\n\na.cpp:2: ERROR: CHECK( 1 == 2 )\n${line}\n`;
  const other = `${line}\nTEST CASE:  nothing is lost\n\nERROR: what it plays is not what was recorded; …\n\n`;
  expect(failedCase(failed)).toBe('nothing is sold twice');
  expect(failedCase(other)).toBe('the history of: nothing is lost');
  expect(failedCase(failed + other)).toBe('nothing is sold twice');
  expect(failedCase(`${line}\n[doctest] Status: SUCCESS!\n`)).toBeUndefined();
});

describe('a hunt', () => {
  const FIXTURE = path.join(ROOT, 'tests', 'mutants', 'fixture');
  const TOOL = path.join(ROOT, 'scripts', 'mutants.mjs');

  /** @type {string} */
  let tree;
  /** @type {string} */
  let log;

  beforeEach(() => {
    tree = mkdtempSync(path.join(tmpdir(), 'mutants-'));
    log = path.join(tree, 'build', 'log');
    cpSync(FIXTURE, tree, { recursive: true });
    writeFileSync(path.join(tree, '.gitignore'), 'build/\n');
    writeFileSync(path.join(tree, 'package.json'), '{"type": "module"}');
    spawnSync('git', ['init', '-q'], { cwd: tree });
  });

  afterEach(() => rmSync(tree, { recursive: true, force: true }));

  /** @param {string[]} args */
  const command = (...args) => [TOOL, 'shop.js', '--root', tree, '--project', path.join(FIXTURE, 'project.js'), ...args];
  /** @param {string[]} args */
  const run = (...args) => {
    const env = { ...process.env, FIXTURE_LOG: log };
    const { status, stdout, stderr } = spawnSync(process.execPath, command(...args), { encoding: 'utf8', env });
    return { status, stdout, stderr };
  };
  const judged = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);

  test('finds what no test notices, names its place, and fails', () => {
    const { status, stdout } = run();
    expect(stdout).toMatch(/survived shop\.js:11: >= becomes >\n {2}- if \(total >= 100\) return total - 10;\n {2}\+ if \(total > 100\)/);
    expect(stdout).toMatch(/killed {3}shop\.js:5: the condition never holds \(check\.js\)/);
    expect(status).toBe(1);
  });

  test('passes where each survivor is explained, and fails for an explanation that fits nothing', () => {
    const survivors = run().stdout.split(/\n(?=# )/).slice(1).map((each) =>
      each.split('\n').filter((line) => !line.startsWith('#') && /^(shop|in|[-+=] ?)/.test(line)).join('\n'));
    expect(survivors.length).toBeGreaterThan(0);
    const reasons = survivors.map((each) => each.replace(/=\s*$/, '= nobody sells for exactly 100'));
    writeFileSync(path.join(tree, 'equivalent.txt'), reasons.join('\n\n'));
    expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('0 survived') });
    writeFileSync(path.join(tree, 'equivalent.txt'), [...reasons, 'shop.js\n- gone\n+ forgotten\n= it was so'].join('\n\n'));
    expect(run()).toMatchObject({ status: 1, stdout: expect.stringContaining('stale') });
  });

  test('leaves the tree as it is', () => {
    const before = readFileSync(path.join(tree, 'shop.js'), 'utf8');
    run('--sample', '4');
    expect(readFileSync(path.join(tree, 'shop.js'), 'utf8')).toBe(before);
    expect(readdirSync(tree).sort()).toEqual(
      ['.git', '.gitignore', 'build', 'check.js', 'package.json', 'project.js', 'shop.js']);
  });

  test('goes on where it stopped, and begins again where the tree is another', () => {
    run('--sample', '5');
    const first = judged();
    expect(first).toHaveLength(5);
    const { stdout } = run('--sample', '8');
    expect(judged()).toHaveLength(8);
    expect(judged().slice(0, 5)).toEqual(first);
    expect(stdout).toContain('8/8');
    writeFileSync(path.join(tree, 'check.js'), `${readFileSync(path.join(tree, 'check.js'), 'utf8')}// more\n`);
    run('--sample', '5');
    expect(judged()).toHaveLength(13);
  });

  test('looks at some lines alone, if it is asked to', () => {
    const { stdout } = run('--lines', '5-5', '--list');
    const places = [...stdout.matchAll(/^shop\.js:(\d+):/gm)].map(([, line]) => line);
    expect(new Set(places)).toEqual(new Set(['5']));
    expect(run('--lines', '5').stderr).toContain('--lines: expected two numbers');
  });

  test('takes nothing for a survivor that some judge has not seen yet', () => {
    writeFileSync(path.join(tree, 'check.js'), '// It notices nothing.\n');
    expect(run('--sample', '3', '--until', 'check').status).toBe(1);
    expect(judged()).toHaveLength(3);
    run('--sample', '3');
    expect(judged()).toHaveLength(6);
  });

  test('that is interrupted ends what it has started, says so, and leaves nothing broken behind', async () => {
    const child = spawn(process.execPath, command(), { env: { ...process.env, FIXTURE_LOG: log, FIXTURE_HANGS: '1' } });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    while (judged().length === 0) await new Promise((resolve) => void setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output).toContain('interrupted');
    expect(run('--sample', '3').stdout).toContain('3/3');
  });

  test('is not led astray by what is written in the tree meanwhile', async () => {
    const shop = path.join(tree, 'shop.js');
    const source = readFileSync(shop, 'utf8');
    const child = spawn(process.execPath, command(), { env: { ...process.env, FIXTURE_LOG: log } });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    while (judged().length === 0) await new Promise((resolve) => void setTimeout(resolve, 20));
    writeFileSync(shop, `// ${'Everything stands elsewhere now. '.repeat(9)}\n${source}`);
    await ended;
    writeFileSync(shop, source);
    const { stdout } = run('--fresh');
    const verdicts = (/** @type {string} */ text) => text.split('\n').filter((line) => /^\d+\//.test(line));
    expect(verdicts(output).length).toBeGreaterThan(3);
    expect(verdicts(output)).toEqual(verdicts(stdout));
  });

  test('beside another one has a copy of its own', async () => {
    const both = [['--jobs', '2'], []].map((more) => ['--only', 'shop', '--sample', '24', ...more]).map((args) => new Promise((resolve) => {
      const child = spawn(process.execPath, command(...args), { stdio: 'ignore' });
      child.once('exit', resolve);
    }));
    expect(await Promise.all(both)).toEqual([1, 1]);
    const slots = readdirSync(path.join(tree, 'build', 'mutants'));
    expect(slots).toContain('results.jsonl');
    expect(slots.filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  test('does not begin where the tests fail before anything is changed', () => {
    writeFileSync(path.join(tree, 'check.js'), 'throw new Error();\n');
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('not green before anything is changed') });
  });

  test('says what is wrong with what it was asked for', () => {
    expect(run('--sample', 'many')).toMatchObject({ status: 2, stderr: expect.stringContaining('--sample') });
    expect(run('--only', 'attic')).toMatchObject({ status: 2, stderr: expect.stringContaining('"attic"') });
    expect(run('--until', 'blind')).toMatchObject({ status: 2, stderr: expect.stringContaining('none of these judges') });
    expect(run('--until', 'dawn')).toMatchObject({ status: 2, stderr: expect.stringContaining('"dawn"') });
  });
});
