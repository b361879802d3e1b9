// Small changes of C++ and JavaScript, each of one statement, found in the text alone.
import { javascriptEdits } from './javascript.mjs';

/** @import { Language } from './text.mjs' */

/**
 * @typedef {object} Edit `text` instead of what stands from `start` to `end`
 * @property {string} what the kind of change, in words
 * @property {number} start
 * @property {number} end
 * @property {string} text
 */

/** @type {Record<string, string[]>} */
const SWAPS = {
  '<': ['<='], '<=': ['<'], '>': ['>='], '>=': ['>'],
  '==': ['!='], '!=': ['=='], '===': ['!=='], '!==': ['==='],
  '&&': ['||'], '||': ['&&'],
  '+': ['-'], '-': ['+'], '+=': ['-='], '-=': ['+='],
};
const SWAPPED = /(?<=[ \n])(<=|>=|<|>|===|!==|==|!=|&&|\|\||\+=|-=|\+|-)(?=[ \n])/g;

const KEYWORDS =
  /^(if|for|while|switch|return|catch|sizeof|static_assert|function|case|else|do|new|co_await|using|typedef)$/;

/**
 * @param {string} source
 * @param {string} mask
 * @param {Language} language
 * @returns {Edit[]}
 */
export function codeEdits(source, mask, language) {
  const edits = [
    ...operators(mask),
    ...conditions(mask),
    ...negations(mask),
    ...numbers(mask),
    ...words(source, mask, language),
    ...statements(mask),
    ...pairs(mask),
    ...(language === 'cpp' ? enumerators(mask) : javascriptEdits(source, mask)),
  ];
  if (language !== 'cpp') return edits;
  const switches = testSwitches(mask);
  const unreachable = behindSwitches(mask);
  /** @param {Edit} edit @returns {(range: [number, number]) => boolean} */
  const within = ({ start, end }) => ([from, to]) => from <= start && end <= to;
  return edits.filter((edit) =>
    (edit.what === ALWAYS || !switches.some(within(edit))) && !unreachable.some(within(edit)));
}

const ALWAYS = 'the condition always holds';

/** What only a test's own switches ask for or run: no module that ships has it (wasm/ablation/layer.hpp).
 * @param {string} mask @returns {[number, number][]} from where to where */
function testSwitches(mask) {
  const asked = all(mask, /\b(?:ablation::)?(?:intact|visited)\(/g).map(({ 0: text, index }) =>
    /** @type {[number, number]} */ ([index, closing(mask, index + text.length - 1) + 2]));
  const branches = all(mask, /\bif \(/g).flatMap(({ index }) => {
    const close = closing(mask, index + 3);
    const condition = mask.slice(index + 4, close);
    if (!/(?:^|&& |\n\s*)!(?:ablation::)?(?:all_)?intact\(/.test(condition) || condition.includes('||')) return [];
    const isBlock = /^\s*\{/.test(mask.slice(close + 1));
    const end = isBlock ? closing(mask, mask.indexOf('{', close)) : mask.indexOf(';', close);
    return [/** @type {[number, number]} */ ([index, end + 1])];
  });
  return [...asked, ...branches];
}

/** What a function returns behind a switch of which every case returns: the compiler asks for it, and it is
 * never reached. @param {string} mask @returns {[number, number][]} from where to where */
function behindSwitches(mask) {
  return all(mask, /\bswitch \(/g).flatMap(({ index }) => {
    const open = mask.indexOf('{', closing(mask, mask.indexOf('(', index)));
    const close = closing(mask, open);
    const behind = /^\s*return\b[^;{}]*;(?=\s*\})/.exec(mask.slice(close + 1));
    if (open < 0 || close < 0 || !behind || !alwaysReturns(mask.slice(open + 1, close))) return [];
    return [/** @type {[number, number]} */ ([close + 1, close + 1 + behind[0].length])];
  });
}

/** Whether every case of a switch ends in a return. @param {string} body */
function alwaysReturns(body) {
  if (/\bbreak;/.test(body)) return false;
  const cases = body.split(/\bcase [^:]*(?:::[^:]+)*:(?!:)/).slice(1).map((each) => each.trim());
  const ends = cases.filter((each) => each !== '').map((each) => each.replace(/[\s}]+$/, ''));
  return ends.length > 0 && cases.at(-1) !== '' &&
    ends.every((each) => /(?:^|[;{}])\s*return\b[^;]*;$/.test(each));
}

/** @param {string} mask @param {RegExp} pattern */
const all = (mask, pattern) => [...mask.matchAll(pattern)];

/**
 * Where the bracket at `open` closes.
 * @param {string} mask
 * @param {number} open
 * @returns {number} -1 if nowhere
 */
export function closing(mask, open) {
  let depth = 0;
  for (let i = open; i < mask.length; ++i) {
    if ('([{'.includes(mask[i])) depth += 1;
    else if (')]}'.includes(mask[i]) && --depth === 0) return i;
  }
  return -1;
}

/** @param {string} mask @returns {Edit[]} */
function operators(mask) {
  return all(mask, SWAPPED).flatMap(({ 1: sign, index }) =>
    SWAPS[sign].map((text) => ({ what: `${sign} becomes ${text}`, start: index, end: index + sign.length, text })));
}

/** What an `if` asks is never so, or always. @param {string} mask @returns {Edit[]} */
function conditions(mask) {
  return all(mask, /\bif \(/g).flatMap(({ index }) => {
    const open = index + 3;
    const close = closing(mask, open);
    if (close < 0) return [];
    const inner = mask.slice(open + 1, close);
    const semicolon = inner.lastIndexOf(';');
    // A declaration is needed by what follows.
    if (semicolon < 0 && /[^=!<>]=[^=>]/.test(inner)) return [];
    const start = semicolon < 0 ? open + 1 : open + 2 + semicolon;
    const space = semicolon < 0 ? '' : ' ';
    return [
      { what: 'the condition never holds', start, end: close, text: `${space}false` },
      { what: ALWAYS, start, end: close, text: `${space}true` },
    ];
  });
}

/** @param {string} mask @returns {Edit[]} */
function negations(mask) {
  const nots = all(mask, /(?<![\w)\]=!])!(?=[A-Za-z_(#])/g).map(({ index }) => ({
    what: 'a negation is dropped', start: index, end: index + 1, text: '',
  }));
  const literals = all(mask, /\b(true|false)\b/g).map(({ 1: word, index }) => {
    const text = word === 'true' ? 'false' : 'true';
    return { what: `${word} becomes ${text}`, start: index, end: index + word.length, text };
  });
  const bounds = all(mask, /\b(std::|Math\.)(min|max)\b/g).map(({ 1: prefix, 2: word, index }) => {
    const start = index + prefix.length;
    const text = word === 'min' ? 'max' : 'min';
    return { what: `${word} becomes ${text}`, start, end: start + 3, text };
  });
  return [...nots, ...literals, ...bounds];
}

/** A small number by one; a large one, where one more would be nothing, by as much again.
 * @param {string} digits */
export function otherNumber(digits) {
  const value = Number(digits.replaceAll(/['_]/g, ''));
  if (value === 1) return '0';
  return String(value < 1000 ? value + 1 : value * 2);
}

/** @param {string} mask @returns {Edit[]} */
function numbers(mask) {
  return all(mask, /(?<![\w.'#])\d[\d'_]*(?![\w.'])/g)
    .filter(({ index }) => !isPreprocessor(mask, index))
    .map(({ 0: digits, index }) => {
      const text = otherNumber(digits);
      return { what: `${digits} becomes ${text}`, start: index, end: index + digits.length, text };
    });
}

/** @param {string} mask @param {number} at */
function isPreprocessor(mask, at) {
  const line = mask.slice(mask.lastIndexOf('\n', at - 1) + 1, at);
  return /^\s*(#|import\b|static_assert)/.test(line) || /^import\b/.test(line);
}

/** A word that is looked for, sent or compared is another one.
 * @param {string} source @param {string} mask @param {Language} language @returns {Edit[]} */
function words(source, mask, language) {
  const quotes = language === 'cpp' ? /"(¤+)"/g : /'(¤+)'/g;
  return all(mask, quotes).flatMap(({ 1: inside, index }) => {
    const start = index + 1;
    const end = start + inside.length;
    const word = source.slice(start, end);
    const isWord = /^[\w$.:/?&=%@*-]+$/.test(word) || /^[\d*/, -]+$/.test(word);
    const line = mask.slice(mask.lastIndexOf('\n', index - 1) + 1, index);
    if (!isWord || /^\s*(#|import\b)|\bfrom $/.test(line)) return [];
    return [{ what: `"${word}" becomes another word`, start: end, end, text: '~' }];
  });
}

/** A statement is dropped. @param {string} mask @returns {Edit[]} */
function statements(mask) {
  /** @type {Edit[]} */
  const edits = [];
  for (const { index, 1: indent } of all(mask, /^([ \t]*)(?=[A-Za-z_#*+-])/gm)) {
    const start = index + indent.length;
    const before = mask.slice(0, start).trimEnd().at(-1) ?? ';';
    if (!/[;{}):>]/.test(before) && !mask.slice(0, start).trimEnd().endsWith('else')) continue;
    const end = statementEnd(mask, start);
    if (end < 0) continue;
    const text = mask.slice(start, end);
    const what = droppable(text);
    if (what) edits.push({ what, start, end: end + 1, text: ';' });
  }
  return edits;
}

/** @param {string} mask @param {number} start @returns {number} where its semicolon is; -1 if it is too long */
function statementEnd(mask, start) {
  let depth = 0;
  let lines = 0;
  for (let i = start; i < mask.length; ++i) {
    if (mask[i] === '\n' && ++lines > 8) return -1;
    if ('([{'.includes(mask[i])) depth += 1;
    else if (')]}'.includes(mask[i]) && --depth < 0) return -1;
    else if (mask[i] === ';' && depth === 0) return i;
  }
  return -1;
}

/** @param {string} text a statement without its semicolon @returns {string | null} */
function droppable(text) {
  if (/^(return|break|continue)$/.test(text)) return `"${text}" is dropped`;
  if (/^throw\b/.test(text)) return 'a throw is dropped';
  if (/^(\+\+|--)[\w.#]+$|^[\w.#]+(\+\+|--)$/.test(text)) return 'a step is dropped';
  if (/^\*?[A-Za-z_#][\w.#[\]()]*(->[\w.[\]()]+)* (=|\+=|-=|\|=|&=|\?\?=) /.test(text)) return 'an assignment is dropped';
  const call = /^(?:await )?([A-Za-z_#][\w:.#<>]*(?:(?:->|\?\.|\[[^\]]*\]\.?|\(\)\.|\(\)->)[\w.:#]+)*)\(/.exec(text);
  if (!call || KEYWORDS.test(call[1]) || !/\)$/.test(text)) return null;
  return 'a call is dropped';
}

/** Of these the arguments have no order. */
const SYMMETRIC = /\b(?:std::|Math\.)(?:min|max)(?:<[^()]*>)?$/;

/** Two arguments change their places. @param {string} mask @returns {Edit[]} */
function pairs(mask) {
  const simple = '([A-Za-z_][\\w.:#]*(?:->\\w+)?)';
  const calls = new RegExp(`\\b([A-Za-z_]\\w*)\\(${simple}, ${simple}\\)(?! =>| \\{| const)`, 'g');
  return all(mask, calls)
    .filter(({ 1: name, 2: first, 3: second, index }) => first !== second && !KEYWORDS.test(name) &&
      !SYMMETRIC.test(mask.slice(0, index + name.length)))
    .map(({ 1: name, 2: first, 3: second, index }) => {
      const start = index + name.length + 1;
      const text = `${second}, ${first}`;
      return { what: 'two arguments change places', start, end: start + text.length, text };
    });
}

/** What is returned or assigned is the next enumerator of the same enum that the file names.
 * @param {string} mask @returns {Edit[]} */
function enumerators(mask) {
  const found = all(mask, /\b((?:\w+::)*[A-Z]\w*)::([a-z]\w*)\b(?![(<:])/g);
  /** @type {Map<string, string[]>} */
  const known = new Map();
  for (const { 1: type, 2: name } of found) {
    const names = known.get(type) ?? [];
    if (!names.includes(name)) names.push(name);
    known.set(type, names);
  }
  return found.flatMap(({ 1: type, 2: name, index }) => {
    const line = mask.slice(mask.lastIndexOf('\n', index) + 1, index);
    if (!/\breturn\b|[^=!<>]= *$|[({,?:] *$|[({,] .*$/.test(line) || /\bcase $/.test(line)) return [];
    const names = /** @type {string[]} */ (known.get(type));
    const other = names[(names.indexOf(name) + 1) % names.length];
    if (other === name) return [];
    const start = index + type.length + 2;
    return [{ what: `${name} becomes ${other}`, start, end: start + name.length, text: other }];
  });
}
