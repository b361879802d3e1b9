// How the demo looks: money, tables and colours. Pure, so that a test can read it.

/** @typedef {'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'} Style */
/** @typedef {(style: Style, text: string) => string} Paint */

/** The narrowest terminal that shows every line whole. */
export const WIDTH = 96;

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/**
 * Colours where somebody sees them and has not asked for none (no-color.org).
 * @param {{isTTY?: boolean}} stream
 * @param {NodeJS.ProcessEnv} env
 * @returns {Paint}
 */
export function painter(stream, env) {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === 'dumb') return (_style, text) => text;
  return (style, text) => `\x1b[${CODES[style]}m${text}\x1b[0m`;
}

/** Not the system's: a demo shows the same everywhere. */
const GROUPED = new Intl.NumberFormat('en-US');

/** @param {number} count */
export const number = (count) => GROUPED.format(count);

/**
 * @param {number} kurus
 * @returns {string} such as ₺1,234.50
 */
export function lira(kurus) {
  const minor = String(kurus % 100).padStart(2, '0');
  return `₺${number(Math.floor(kurus / 100))}.${minor}`;
}

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * "1 order", "2 orders".
 * @param {number} count
 * @param {string} noun
 */
export const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

/**
 * Fills lines of a text up to a width.
 * @param {string} text
 * @param {number} width
 * @returns {string[]}
 */
export function wrap(text, width) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/**
 * A line of the side-by-side table.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} old
 * @property {string} ours
 * @property {boolean} [bad] whether the old pusher's value is what the incident was about
 */

const NAME = 40;
const VALUE = 16;

/**
 * @param {string} title
 * @param {Row[]} rows
 * @param {Paint} paint
 * @returns {string[]}
 */
export function sideBySide(title, rows, paint) {
  const head = title.padEnd(NAME) + 'old pusher'.padStart(VALUE) + 'pos-sync'.padStart(VALUE);
  const line = '─'.repeat(NAME + 2 * VALUE);
  return [
    paint('bold', head),
    paint('dim', line),
    ...rows.map(({ name, old, ours, bad = false }) => {
      const [left, right] = [old.padStart(VALUE), ours.padStart(VALUE)];
      return name.padEnd(NAME) + (bad ? paint('red', left) + paint('green', right) : left + right);
    }),
    paint('dim', line),
  ];
}

/**
 * Lines of cells, each column as wide as its widest cell; the last one ends where it ends.
 * @param {string[][]} lines
 * @returns {string[]}
 */
export function columns(lines) {
  /** @type {number[]} */
  const widths = [];
  for (const cells of lines) {
    cells.slice(0, -1).forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  }
  return lines.map((cells) =>
    cells.map((cell, at) => (at < cells.length - 1 ? cell.padEnd(widths[at]) : cell)).join('  '),
  );
}
