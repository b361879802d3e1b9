// Small changes of JavaScript alone, found in the text.
import { INSIDE } from './text.mjs';

/** @import { Edit } from './operators.mjs' */

/** @param {string} mask @param {RegExp} pattern */
const all = (mask, pattern) => [...mask.matchAll(pattern)];

/**
 * @param {string} source
 * @param {string} mask
 * @returns {Edit[]}
 */
export const javascriptEdits = (source, mask) => [
  ...awaits(mask),
  ...properties(mask),
  ...spreads(mask),
  ...choices(mask),
  ...fallbacks(mask),
  ...methods(mask),
  ...patterns(source, mask),
  ...texts(source, mask),
];

/** @param {string} mask @returns {Edit[]} */
const awaits = (mask) =>
  all(mask, /\bawait (?!using\b)/g)
    .filter(({ index }) => !/for $/.test(mask.slice(index - 4, index)))
    .map(({ index }) => ({ what: 'an await is dropped', start: index, end: index + 6, text: '' }));

/** A header, or another member of an object, is dropped. @param {string} mask @returns {Edit[]} */
function properties(mask) {
  const key = `(?:'${INSIDE}+'|[A-Za-z_$]\\w*)`;
  const member = new RegExp(`(?<=[{,]\\s+)${key}(?:: [^,{}()\\n]*(?:\\([^()]*\\))?)?(,(?= |$)|(?= \\}))`, 'gm');
  return all(mask, member)
    .filter(({ 0: text, index }) => text !== '' && isInObject(mask, index))
    .map(({ 0: text, index }) => ({ what: 'a member is dropped', start: index, end: index + text.length, text: '' }));
}

/** Whether a place is in an object that is a value: it is behind `(`, `=`, `:`, `,`, `[`, `return` or `=>`.
 * @param {string} mask @param {number} at */
function isInObject(mask, at) {
  let depth = 0;
  for (let i = at - 1; i >= 0; --i) {
    if (')]}'.includes(mask[i])) depth += 1;
    else if ('([{'.includes(mask[i])) {
      if (depth > 0) depth -= 1;
      else return mask[i] === '{' && /([(=:,[?]|\breturn|=> \(|default)$/.test(mask.slice(0, i).trimEnd());
    }
  }
  return false;
}

/** What an object or a list takes over from another one is left out. @param {string} mask @returns {Edit[]} */
const spreads = (mask) =>
  all(mask, /(?<=[{[,] |\n +)\.\.\.[\w.]+(?:\([^()]*\))?(,(?= |\n)|(?= [\]}]))/g)
    .filter(({ index }) => !/^[^=]*\} = /.test(mask.slice(index, mask.indexOf('\n', index))))
    .map(({ 0: text, index }) => ({ what: 'a spread is dropped', start: index, end: index + text.length, text: '' }));

/** Of `a ? b : c` it is always the one or the other, and a loop does not begin.
 * @param {string} mask @returns {Edit[]} */
function choices(mask) {
  const questions = all(mask, /(?<=[\w)\]'`}]\n? *)\? (?=\S)/g).flatMap(({ index }) => {
    const at = mask.slice(0, index).trimEnd().length;
    return [
      { what: 'it is never the first of two', start: at, end: at, text: ' && false' },
      { what: 'it is always the first of two', start: at, end: at, text: ' || true' },
    ];
  });
  const loops = all(mask, /\bwhile \(/g).map(({ index }) => ({
    what: 'the loop does not begin', start: index + 7, end: index + 7, text: 'false && ',
  }));
  return [...questions, ...loops];
}

/** What stands for a value that is missing is left out. @param {string} mask @returns {Edit[]} */
function fallbacks(mask) {
  const values = all(mask, /\n? *\?\? (?:'¤*'|\[\]|\{\}|[\w.#]+(?:\([^()]*\))?)/g).map(({ 0: text, index }) => ({
    what: 'a fallback is dropped', start: index, end: index + text.length, text: '',
  }));
  const chains = all(mask, /\?\.(?=([A-Za-z[(]))/g).map(({ 1: next, index }) => ({
    what: '"?." asks no more', start: index, end: index + 2, text: next === '[' || next === '(' ? '' : '.',
  }));
  return [...values, ...chains];
}

/** Methods that do nearly the same. @type {Record<string, string>} */
const NEARLY = {
  some: 'every', every: 'some', startsWith: 'endsWith', endsWith: 'startsWith', replaceAll: 'replace', floor: 'ceil',
};

/** @param {string} mask @returns {Edit[]} */
function methods(mask) {
  const others = all(mask, /(?<=\.)(some|every|startsWith|endsWith|replaceAll|floor)(?=\()/g).map(({ 1: name, index }) => ({
    what: `${name} becomes ${NEARLY[name]}`, start: index, end: index + name.length, text: NEARLY[name],
  }));
  const steps = all(mask, /\.(trim|sort|reverse|flat|keys|slice)\(\)/g).map(({ 0: text, 1: name, index }) => ({
    what: `${name} is dropped`, start: index, end: index + text.length, text: '',
  }));
  return [...others, ...steps];
}

/** A regular expression takes a little more, or a little less.
 * @param {string} source @param {string} mask @returns {Edit[]} */
function patterns(source, mask) {
  return all(mask, /\/(¤+)\/([a-z]*)/g).flatMap(({ 0: whole, 1: inside, 2: flags, index }) => {
    const start = index + 1;
    const text = source.slice(start, start + inside.length);
    /** @param {number} at @param {number} length @param {string} by @param {string} what @returns {Edit} */
    const edit = (at, length, by, what) => ({ what, start: start + at, end: start + at + length, text: by });
    const edits = [];
    if (text.startsWith('^')) edits.push(edit(0, 1, '', 'a pattern has no beginning'));
    if (/(?<!\\)\$$/.test(text)) edits.push(edit(text.length - 1, 1, '', 'a pattern has no end'));
    for (const { index: at } of all(text, /(?<!\\|\(|\\\S)\+(?=[^\]]*(\[|$))/g)) edits.push(edit(at, 1, '*', '+ becomes *'));
    for (const { 0: bounds, index: at } of all(text, /\{\d+(,\d+)?\}/g)) {
      const more = bounds.replace(/\d+(?=\})/, (digits) => String(Number(digits) + 1));
      edits.push(edit(at, bounds.length, more, `${bounds} becomes ${more}`));
    }
    for (const { 0: alternative, index: at } of all(text, /\|[\w\\]+(?=[|)])/g)) {
      edits.push(edit(at, alternative.length, '', 'an alternative is dropped'));
    }
    for (const { 0: alternative, index: at } of all(text, /(?<=\()[\w\\]+\|/g)) {
      edits.push(edit(at, alternative.length, '', 'an alternative is dropped'));
    }
    const behind = index + whole.length - flags.length;
    for (const [i] of [...flags].entries()) {
      edits.push({ what: 'a flag is dropped', start: behind + i, end: behind + i + 1, text: '' });
    }
    return edits;
  });
}

/** What is said in a sentence, or put together, says something else.
 * @param {string} source @param {string} mask @returns {Edit[]} */
function texts(source, mask) {
  const sentences = all(mask, /'(¤+)'/g)
    .filter(({ 1: inside, index }) => /\w \w/.test(source.slice(index + 1, index + 1 + inside.length)))
    .map(({ 0: text, index }) => ({ what: 'a sentence is another one', start: index + text.length - 1, end: index + text.length - 1, text: '~' }));
  const templates = all(mask, /(?<=[¤}])`/g).map(({ index }) => ({
    what: 'a text is another one', start: index, end: index, text: '~',
  }));
  return [...sentences, ...templates];
}
