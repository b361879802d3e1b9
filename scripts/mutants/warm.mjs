// Runs test files of tests/worker under Node again and again, in one process that stays warm: what has not
// changed is read and compiled once. `warm.mjs ROOT` answers each line on its standard input, a JSON object
// {changed, files, names}, with a line {failed} on its standard output: the first test that failed, or ''.
// Where there are `names`, only the tests of these files that are called so are run.
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createVitest } from 'vitest/node';

const root = process.argv[2];
/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

const vitest = await createVitest('test', {
  root, config: path.join(root, 'tests/vitest.shell.config.js'), watch: false, bail: 1,
  reporters: [{}], pool: 'threads', isolate: true, silent: true,
});
await vitest.standalone();
say('ready');

/** A pattern of names as `firstFailure` tells them. @param {string[]} names */
const patternOf = (names) => new RegExp(`^(?:${names
  .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll(' ', '(?: > | )')).join('|')})$`);

/** @param {string[]} files @param {string[]} [names] */
async function firstFailure(files, names) {
  const found = await vitest.globTestSpecifications(files);
  if (found.length === 0) throw new Error(`no tests in ${files}`);
  const specifications = !names ? found : found.map(({ project, moduleId }) =>
    project.createSpecification(moduleId, { testNamePattern: patternOf(names) }));
  // It remembers what has failed before, and would count that against this run.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  vitest.state.errorsSet.clear();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const asked = new Set(specifications.map(({ moduleId }) => moduleId));
  const seen = testModules.filter(({ moduleId }) => asked.has(moduleId));
  for (const module of seen) {
    const name = path.relative(root, module.moduleId);
    const [test] = module.children.allTests('failed');
    if (test) return `${name}: ${test.fullName.replaceAll(' > ', ' ')}`;
    const [error] = module.errors();
    if (error) return `${name}: does not load`;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) return `${name}: ${suite.fullName}`;
  }
  if (unhandledErrors.length > 0) return 'an error that no test has seen';
  if (!names && (seen.length < asked.size || seen.some(({ children }) => [...children.allTests('passed')].length === 0))) {
    throw new Error(`no test was run of ${files}`);
  }
  return '';
}

for await (const line of createInterface({ input: process.stdin })) {
  const { changed, files, names } = JSON.parse(line);
  for (const file of changed) vitest.invalidateFile(path.join(root, file));
  process.exitCode = 0;
  say(JSON.stringify({ failed: await firstFailure(files, names) }));
}
await vitest.close();
process.exit(0);
