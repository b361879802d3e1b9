// docs/proof.md, as a function of what the explorations reported. Nothing in it is a time: the page
// must come out the same on every machine.

/**
 * @typedef {object} Broken
 * @property {string} invariant
 * @property {number} times
 * @property {string[]} story
 *
 * @typedef {object} World
 * @property {string} name
 * @property {string} about
 * @property {number} states
 * @property {number} steps
 * @property {number} ends
 * @property {string} schedules
 * @property {number} batches
 * @property {number} calls
 * @property {Broken[]} broken
 *
 * @typedef {object} Exploration
 * @property {World[]} worlds
 * @property {{what: string, met: number, of: number}[]} coverage
 * @property {{name: string, words: string, holds: boolean}[]} checks
  * @property {{name: string, meaning: string}[]} invariants
 * @property {Omit<Exploration, 'checks' | 'repairs'>} repairs
 *
 * @typedef {object} Row
 * @property {'mechanism' | 'theory' | 'assumption' | 'control'} kind
 * @property {string} name
 * @property {string} removed
 * @property {string} invariant
 * @property {boolean} as_expected
 * @property {number} states
 * @property {number} states_intact
 * @property {Broken[]} broken
 *
 * @typedef {object} Reports
 * @property {Exploration} explore
  * @property {{rows: Row[], repairs: Row[]}} ablate
 */

/** @param {number | string} number */
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);

/** @param {string[]} head @param {string[][]} rows */
const table = (head, rows) =>
  [head, head.map((name) => (name.endsWith(' ') ? '--:' : '---')), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.trim()).join(' | ')} |`)
    .join('\n');

/** @param {Row} row */
const breaking = (row) => row.broken.find(({ invariant }) => invariant === row.invariant);

/** @param {Row} row */
const storyOf = (row) => (breaking(row)?.story ?? []).join(' · ');

/** @param {Row} row */
const verdictOf = (row) => {
  if (!row.as_expected) return '**not as expected**';
  return row.invariant ? `*${row.invariant}*, in ${breaking(row)?.story.length} steps` : 'nothing, as it should be';
};

/** @param {Row[]} rows @param {Row['kind']} kind @param {string} head */
const ablations = (rows, kind, head) =>
  table(
    [head, 'taken away', 'what breaks', 'the shortest story'],
    rows
      .filter((row) => row.kind === kind)
      .map((row) => [row.name, row.removed, verdictOf(row), storyOf(row)]),
  );

/** Which variable sets the number of an assumption (docs/architecture.md), and what to do where it does not hold.
 * @type {Record<string, [variable: string, advice: string]>} */
const ASSUMPTIONS = {
  'a request lands within QUIET_SECONDS of its start, or never': [
    '`QUIET_SECONDS` 120',
    'raise it; every retry of an order in doubt waits that long',
  ],
  'Square knows a key for DEDUPE_WINDOW_SECONDS': [
    '`DEDUPE_WINDOW_SECONDS` 72000',
    'Square publishes no number; a smaller window has more orders looked for before they are sent again',
  ],
  'Square dedupes by key': [
    '',
    'a window no longer than the lease: then whatever is unknown is looked for, and nothing is sent blindly',
  ],
  'a search shows an order SETTLE_DELAY_SECONDS after it landed': [
    '`SETTLE_DELAY_SECONDS` 60',
    'raise it; two looks that find nothing are that far apart',
  ],
  'a search is not wrong twice in a row': ['', 'one that is wrongly empty once does no harm'],
  "D1's clock and real time differ by CLOCK_STEP_SECONDS at most": ['`CLOCK_STEP_SECONDS` 30', 'raise it, and the lease with it'],
  'the time that a worker measures loses CLOCK_STEP_SECONDS at most': [
    '`CLOCK_STEP_SECONDS` 30',
    'the same; the wall clock of a worker may do anything',
  ],
    'a batch of D1 is one transaction': ['', 'D1 documents it'],
  'a refund lands within QUIET_SECONDS of its start, or never': ['`QUIET_SECONDS` 120', 'raise it'],
  'a refund shows SETTLE_DELAY_SECONDS after it landed': [
    '`SETTLE_DELAY_SECONDS` 60',
    'raise it. Square documents that a version token and an amount are checked, which holds a second refund back; ' +
      'here it does neither',
  ],

};

/** @param {Row[]} rows */
const assumptions = (rows) =>
  table(
    ['assumption', 'set by', 'where it does not hold', 'what breaks', 'the shortest story', 'what helps'],
    rows
      .filter((row) => row.kind === 'assumption')
      .map((row) => {
        const [variable, advice] = ASSUMPTIONS[row.name] ?? ['', ''];
        return [row.name, variable, row.removed, verdictOf(row), storyOf(row), advice];
      }),
  );

/** @param {World} world */
const worldRow = ({ name, about, states, steps, schedules, broken }) => [
  name,
  about,
  grouped(states),
  grouped(steps),
  grouped(schedules),
  grouped(sum(broken.map(({ times }) => times))),
];

/**
 * @param {Reports} reports
 * @returns {string}
 */
export function proofPage({ explore, ablate }) {
    const { worlds, repairs } = explore;
  const all = [...worlds, ...repairs.worlds];
  const total = /** @param {'states' | 'steps' | 'batches' | 'calls'} what */ (what) =>
        grouped(sum(all.map((world) => world[what])));
  const violations = sum(all.flatMap(({ broken }) => broken.map(({ times }) => times)));
  const met = /** @param {{what: string, met: number, of: number}[]} counts */ (counts) =>
    counts.map(({ what, met: some, of }) => `${some} of ${of} ${what}`).join(', ');
  const controls = [...ablate.rows, ...ablate.repairs].filter(({ kind }) => kind === 'control');

  return `<!-- Written by \`npm run proof\` out of what the runs found; a test holds it to them. -->

# Proof

> For every order, provider and revision Square ends with **at most one** order, and at most one payment;
> and every accepted order ends booked, or in front of a human with its reason.

This page says what was done to break that promise, what each part of the design is for, and on what the
promise rests. All numbers come from \`npm run explore\` and \`npm run ablate\`, and come out the same on every
machine.

## What was explored

The explorer runs the core itself, compiled natively, on the real migrations and the core's own statements in
SQLite under D1's limits. Between the two, and between the core and a small model of Square, it makes every
choice: each batch of D1 is done, fails, or is done and reported as failed; each request lands or not, now or
later, and ends in each way that a request can end; workers are killed at any point; ticks overlap in every
way; time passes to wherever a comparison turns; producers, operators and deploys interfere. Each state is
visited once: databases are values that are numbered by their content, and so are the core's jobs. What is
possible at once can happen in any order, and a command is one step, for nothing but awaited calls interleaves
in a worker.

${total('states')} states, ${total('steps')} steps between them, ${total('batches')} transactions on SQLite,
${total('calls')} different calls of the core: **${grouped(violations)} violations.**

${table(['world', 'what happens in it', 'states ', 'steps ', 'schedules ', 'violations '], worlds.map(worldRow))}

A *schedule* is one way from the beginning of a world to an end of it; they are counted, not walked one by one.
Whatever a world begins with was reached by a script of the same moves. The numbers are pinned in
[\`tests/explore/pinned.txt\`](../tests/explore/pinned.txt): a change of the core that can be seen from outside
changes them. At each end faults stop, and clean ticks must bring every order to rest.

Something that is never met proves nothing, so over all worlds everything must be met: ${met(explore.coverage)}.

Is the explorer itself to be believed?

${explore.checks.map(({ name, words, holds }) => `- ${holds ? '' : '**broken:** '}${name}: ${words}.`).join('\n')}
- ${controls.map((row) => `${row.removed}: ${row.invariant ? 'found' : 'nothing breaks'}`).join('; ')}.

## What must hold

After every move, and at rest:

${explore.invariants.map(({ name, meaning }) => `- **${name}**: ${meaning}.`).join('\n')}

## What each mechanism is for

Each is taken away alone, in a world in which it is what saves the order: by a switch that exists in test
builds only, or by a clause that is cut out of a statement. The invariant that it guards, whole before, must
then break.

${ablations(ablate.rows, 'mechanism', 'mechanism')}

## What the incident's report tried or believed

${ablations(ablate.rows, 'theory', 'theory')}

## On what the promise rests

Where one of these does not hold, an order can be doubled. This is how:

${assumptions(ablate.rows)}

## What repairs the past

> A payment is refunded by us **at most once**, never beside somebody else's refund and never where the order
> that stays is gone; and every repair that was approved ends done, or in front of a human with its reason.

The same explorer, with another Square: payments, refunds and orders that stand there since before, with versions
that change, lists that lag, and people at the dashboard who refund, dispute, pay and cancel at any moment.

${table(['world', 'what happens in it', 'states ', 'steps ', 'schedules ', 'violations '], repairs.worlds.map(worldRow))}

Over all of them everything must be met: ${met(repairs.coverage)}.

What must hold, besides that the database accepts every batch, that an outcome which is told twice is heard once,
and that all comes to rest:

${repairs.invariants.map(({ name, meaning }) => `- **${name}**: ${meaning}.`).join('\n')}

What each mechanism is for:

${ablations(ablate.repairs, 'mechanism', 'mechanism')}

On what that rests:

${assumptions(ablate.repairs)}

## The same elsewhere


- *At scale.* \`npm run simulate -- --seeds 20000\` runs seeded storms with hundreds of orders, restaurants and
  ticks over the same core; \`npm test\` runs 1,000 of them. A seed that failed once is kept for ever.
- *The shipped bytes.* The ${grouped(
    worlds.find(({ name }) => name === 'two ticks, one order')?.calls ?? 0,
  )} different calls that the explorer makes of the core in the world of two ticks and one order, and
  a hundred thousand of the simulation's, are put to both wasm modules, and must be answered byte for byte.
- *The worker.* More than a thousand seeded schedules run through \`worker.js\` in workerd with D1 and the local
  Square; a crash loop fails the first, the second, the third … call until a run is clean.
- *The process.* \`npm run soak -- --kills 25\` kills a real \`wrangler dev\` again and again, and counts at Square.

## What is not covered

- *Orders that cost nothing.* They are settled by PayOrder, which the explorer's Square does not have; unit
  tests, and the worker against the local Square, do.
- *Larger worlds.* Three ticks or four orders, and a handful of faults, are what is exhausted. That small worlds
  show what large ones suffer from is experience, not a theorem; the simulation is there for the rest.
- *Square itself.* The model, and the local Square, do what its documentation says. Where it says nothing (how
  long a key is known, what two overlapping calls with one key do) the worst is assumed.
- *Cloudflare itself.* workerd, its D1 and its clock run here; its network, its limits in production and its
  deployments do not.
- *More than one change at a time.* Mechanisms are taken away one by one. Several guard the same thing twice; that
  is what layers are for, and two that fail together are not shown.
- *Money.* That totals, taxes and bodies are right is the business of other tests.
- *How duplicates are found.* Reading, grouping and planning have tests of their own; the explorer begins where a
  plan is approved.

`;
}
