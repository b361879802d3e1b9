// Small changes of SQL: of the statements in wasm/store, which are C++ string literals, and of migrations.
import { otherNumber } from './operators.mjs';
import { INSIDE } from './text.mjs';

/** @import { Edit } from './operators.mjs' */

/**
 * @typedef {object} Token
 * @property {string} text
 * @property {number} at in the SQL
 * @property {number} depth of brackets around it
 */

const TOKEN =
  /'(?:[^']|'')*'|[@#]?[A-Za-z_]\w*|#\d+|\?\d+|\d+(?:\.\d+)?|<>|<=|>=|!=|==|\|\||->>|->|[^\s\w]/g;

/** What ends a condition at its own depth. */
const ENDS = new Set(
  ('AND OR ORDER GROUP LIMIT ON WHERE UNION SET FROM JOIN LEFT CROSS INNER RETURNING THEN WHEN ELSE END DO ' +
    'HAVING BEGIN WINDOW AS , ;').split(' '),
);
/** What a condition begins behind. */
const BEGINS = new Set(['WHERE', 'ON', 'WHEN', 'HAVING']);

/** @type {Record<string, string>} */
const COMPARISONS = { '=': '<>', '<>': '=', '<': '<=', '<=': '<', '>': '>=', '>=': '>', '+': '-', '-': '+' };
/** @type {Record<string, string>} */
const WORDS = { MIN: 'max', MAX: 'min', ASC: 'DESC', DESC: 'ASC', LEFT: '', DISTINCT: '', UNIQUE: '' };

/**
 * The SQL of a C++ source: each run of string literals that stand side by side is one text.
 * @param {string} source
 * @param {string} mask
 * @returns {{sql: string, places: number[]}[]} `places`: where each character stands in the source
 */
export function literalsOf(source, mask) {
  const literal = `"${INSIDE}*"`;
  return [...mask.matchAll(new RegExp(`${literal}(?:\\s*${literal})*`, 'g'))]
    .map(({ 0: run, index }) => {
      const places = [...run].flatMap((char, i) => (char === INSIDE ? [index + i] : []));
      return { sql: places.map((place) => source[place]).join(''), places };
    })
    .filter(({ sql }) => / /.test(sql));
}

/**
 * @param {string} source
 * @param {string} mask
 * @param {boolean} isCpp
 * @returns {Edit[]}
 */
export function sqlEdits(source, mask, isCpp) {
  if (!isCpp) {
    // A comment is no part of a statement, and a string is.
    const sql = [...source].map((char, i) => (mask[i] === ' ' ? ' ' : char)).join('');
    return editsOf(sql, true);
  }
  return literalsOf(source, mask).flatMap(({ sql, places }) =>
    editsOf(sql, false).map((edit) => ({
      ...edit,
      start: places[edit.start] ?? places[places.length - 1] + 1,
      end: places[edit.end - 1] + 1,
    })).map((edit) => (edit.end < edit.start ? { ...edit, end: edit.start } : edit)));
}

/** @param {string} sql @returns {Token[]} */
function tokensOf(sql) {
  let depth = 0;
  return [...sql.matchAll(TOKEN)].map(({ 0: text, index }) => {
    if (text === ')') depth -= 1;
    const token = { text, at: index, depth };
    if (text === '(') depth += 1;
    return token;
  });
}

/** @param {string} sql @param {boolean} isMigration @returns {Edit[]} */
function editsOf(sql, isMigration) {
  const tokens = tokensOf(sql);
  /** @type {Edit[]} */
  const edits = [];
  /** @param {string} what @param {number} from @param {number} to indices of tokens @param {string} [text] */
  const change = (what, from, to, text = '') => {
    const { at, text: last } = tokens[to];
    edits.push({ what, start: tokens[from].at, end: at + last.length, text });
  };
  /** @param {number} i */
  const word = (i) => (tokens[i]?.text ?? '').toUpperCase();
  /** Where the condition that begins at `i` ends. @param {number} i */
  const endOf = (i) => {
    const { depth } = tokens[i];
    let end = i;
    let between = false;
    while (end < tokens.length && tokens[end].depth >= depth) {
      const here = tokens[end].depth === depth ? word(end) : '';
      if (tokens[end].text === ')' && tokens[end].depth < depth) break;
      if (here === 'CASE') end = caseEnd(end);
      else if (here === 'BETWEEN') between = true;
      else if (here === 'AND' && between) between = false;
      else if (ENDS.has(here) && end > i) break;
      end += 1;
    }
    return end - 1;
  };
  /** @param {number} i of CASE @returns {number} of its END */
  const caseEnd = (i) => {
    let open = 0;
    for (let k = i; k < tokens.length; ++k) {
      if (word(k) === 'CASE') open += 1;
      else if (word(k) === 'END' && --open === 0) return k;
    }
    return tokens.length - 1;
  };
  /** Whether the AND at `i` belongs to a BETWEEN. @param {number} i */
  const isOfBetween = (i) => {
    for (let k = i - 1; k >= 0 && tokens[k].depth >= tokens[i].depth; --k) {
      if (tokens[k].depth > tokens[i].depth) continue;
      if (word(k) === 'BETWEEN') return true;
      if (ENDS.has(word(k)) || BEGINS.has(word(k))) return false;
    }
    return false;
  };
  /** The last word at this depth or around it that says what stands here. @param {number} i */
  const context = (i) => {
    let { depth } = tokens[i];
    for (let k = i - 1; k >= 0; --k) {
      depth = Math.min(depth, tokens[k].depth);
      if (tokens[k].depth > depth) continue;
      if (/^(SET|WHERE|ON|WHEN|HAVING|AND|OR|THEN|ELSE|SELECT|VALUES|CASE|CHECK|,|\()$/.test(word(k))) {
        if (word(k) !== ',') return word(k);
        return setAround(k) ? 'SET' : ',';
      }
    }
    return '';
  };
  /** Whether a comma separates assignments. @param {number} i */
  const setAround = (i) => {
    for (let k = i - 1; k >= 0 && tokens[k].depth >= tokens[i].depth; --k) {
      if (tokens[k].depth > tokens[i].depth) continue;
      if (word(k) === 'SET') return true;
      if (/^(WHERE|FROM|SELECT|VALUES|ON|;)$/.test(word(k))) return false;
    }
    return false;
  };

  tokens.forEach(({ text, depth }, i) => {
    const upper = word(i);
    if ((upper === 'AND' && !isOfBetween(i)) || upper === 'OR') {
      if (upper === 'OR' && /^(IGNORE|REPLACE|ABORT)$/.test(word(i + 1))) {
        change(`OR ${word(i + 1)} is dropped`, i, i + 1);
        return;
      }
      if (i + 1 >= tokens.length) return;
      change(`${upper} becomes ${upper === 'AND' ? 'OR' : 'AND'}`, i, i, upper === 'AND' ? 'OR' : 'AND');
      change(`a clause behind ${upper} is dropped`, i, endOf(i + 1));
    } else if (BEGINS.has(upper) && i + 1 < tokens.length) {
      const isTable = upper === 'ON' && (/^(CONFLICT|UPDATE|DELETE)$/.test(word(i + 1)) || isOfIndex(i));
      if (!isTable) change(`the first clause behind ${upper} is dropped`, i + 1, endOf(i + 1), 'true');
    } else if (COMPARISONS[text]) {
      if (text === '=' && context(i) === 'SET') dropAssignment(i);
      else change(`${text} becomes ${COMPARISONS[text]}`, i, i, COMPARISONS[text]);
    } else if (upper === 'IS' && word(i + 1) === 'NOT') {
      change('IS NOT becomes IS', i + 1, i + 1);
    } else if (upper === 'IS') {
      change('IS becomes IS NOT', i, i, 'IS NOT');
    } else if (upper === 'NOT' && word(i - 1) !== 'IS' && word(i - 1) !== 'IF') {
      if (word(i + 1) === 'NULL') change('NOT NULL is dropped', i, i + 1);
      else change('NOT is dropped', i, i);
    } else if (upper === 'UNION' && word(i + 1) === 'ALL') {
      change('UNION ALL becomes UNION', i + 1, i + 1);
    } else if (upper === 'LIMIT' && depth >= 0 && i + 1 < tokens.length) {
      if (!ENDS.has(word(i + 1)) && word(i + 1) !== '(') change('a LIMIT is dropped', i, endOf(i + 1));
    } else if (upper in WORDS && (!/^(MIN|MAX)$/.test(upper) || word(i + 1) === '(')) {
      if (upper === 'LEFT' && word(i + 1) !== 'JOIN') return;
      change(WORDS[upper] ? `${upper} becomes ${WORDS[upper]}` : `${upper} is dropped`, i, i, WORDS[upper]);
    } else if (upper === 'CHECK' && word(i + 1) === '(') {
      change('a CHECK is dropped', i, endOfBracket(i + 1));
    } else if (/^\d+$/.test(text) && text.length < 16 && !isOfExists(i)) {
      change(`${text} becomes ${otherNumber(text)}`, i, i, otherNumber(text));
    } else if (/^'[\w:.-]+'$/.test(text)) {
      change(`${text} becomes another word`, i, i, `${text.slice(0, -1)}~'`);
    } else if (isMigration && upper === 'CREATE' && /^(INDEX|TRIGGER|UNIQUE)$/.test(word(i + 1))) {
      dropDefinition(i);
    }
  });
  return edits;

  /** Whether a row is there is all that EXISTS asks. @param {number} i of a number */
  function isOfExists(i) {
    return word(i - 1) === 'SELECT' && word(i - 2) === '(' && word(i - 3) === 'EXISTS';
  }

  /** @param {number} i of ON */
  function isOfIndex(i) {
    for (let k = i; k >= 0 && tokens[k].text !== ';'; --k) {
      if (/^(INDEX|TRIGGER)$/.test(word(k)) && word(k - 1).match(/^(CREATE|UNIQUE)$/)) return true;
    }
    return false;
  }

  /** @param {number} i @returns {number} */
  function endOfBracket(i) {
    let k = i + 1;
    while (k < tokens.length && tokens[k].depth > tokens[i].depth) k += 1;
    return Math.min(k, tokens.length - 1);
  }

  /** @param {number} i of an equals sign behind SET */
  function dropAssignment(i) {
    let first = i - 1;
    const { depth } = tokens[i];
    if (tokens[first].text === ')') return; // of several columns at once
    let end = i + 1;
    while (end < tokens.length) {
      if (tokens[end].depth < depth) break;
      if (tokens[end].depth === depth) {
        if (word(end) === 'CASE') end = caseEnd(end);
        if (/^(,|WHERE|FROM|RETURNING|;)$/.test(word(end))) break;
      }
      end += 1;
    }
    const isFirst = word(first - 1) === 'SET';
    if (tokens[end]?.text === ',') change('a column is not set', first, end);
    else if (!isFirst) {
      first -= 1; // the comma before it
      change('a column is not set', first, end - 1);
    }
  }

  /** @param {number} i of CREATE */
  function dropDefinition(i) {
    const isTrigger = word(i + 1) === 'TRIGGER';
    let end = i;
    while (end < tokens.length && !(tokens[end].text === ';' && (!isTrigger || word(end - 1) === 'END'))) end += 1;
    if (end < tokens.length) change(`${isTrigger ? 'a trigger' : 'an index'} is dropped`, i, end);
  }
}
