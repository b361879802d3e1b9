// What was measured, as a table that a person reads.

/**
 * @typedef {object} Line
 * @property {string} section
 * @property {string} name
 * @property {number} value
 * @property {number} [limit] the most that it may be
 * @property {number} [old] the old pusher's
 * @property {string} [note]
 */

/** @param {Line} line */
export const isMiss = ({ value, limit }) => limit !== undefined && value > limit;

/** @param {number | undefined} value */
function numeral(value) {
  if (value === undefined) return '';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(value < 100 ? 2 : 1);
}

/** @param {number} value
 * @param {number | undefined} by */
function ratio(value, by) {
  if (!by) return '';
  return value / by < 0.01 ? (value / by).toPrecision(1) : (value / by).toFixed(2);
}

/** @param {Line} line */
function cellsOf(line) {
  const { name, value, limit, old } = line;
  const verdict = limit === undefined ? '' : isMiss(line) ? 'MISS' : 'PASS';
  const [most, before] = [limit, old].map(numeral);
  // A value that only rounding makes equal to its limit shows the digits that part them.
  const isClose = limit !== undefined && value !== limit && numeral(value) === most;
  const measured = isClose ? value.toPrecision(5) : numeral(value);
  return [name, measured, most, ratio(value, limit), before, ratio(value, old), verdict];
}

const HEAD = ['', 'measured', 'limit', '÷ limit', 'old pusher', '÷ old', ''];

/** @param {Line[]} lines
 * @returns {string} */
export function tableOf(lines) {
  const rows = lines.map((line) => ({ line, cells: cellsOf(line) }));
  const widths = HEAD.map((head, i) =>
    Math.max(head.length, ...rows.map(({ cells }) => cells[i].length)),
  );
  const format = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ');
  const text = [`  ${format(HEAD)}`.trimEnd()];
  let section = '';
  for (const { line, cells } of rows) {
    if (line.section !== section) text.push('', line.section);
    section = line.section;
    text.push(`  ${format(cells)}${line.note ? `  ${line.note}` : ''}`.trimEnd());
  }
  return text.join('\n');
}
