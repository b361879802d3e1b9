// SQL as text: where one statement ends, which names it says, and which strings of a source are SQL.
// What a statement means is asked of SQLite itself (statements.mjs).

/**
 * @typedef {object} Token
 * @property {'word' | 'name' | 'string' | 'parameter' | 'other'} kind a `name` is a quoted one
 * @property {string} text of a name or string, what is between its quotes
 * @property {number} end
 */

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|([?:@$][A-Za-z0-9_]*)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|[\s\S]/gy;

/**
 * @param {string} sql
 * @returns {Token[]} without spaces and comments
 */
export function tokensOf(sql) {
  /** @type {Token[]} */
  const tokens = [];
  for (const match of sql.matchAll(TOKEN)) {
    const [whole, text, double, backtick, bracket, parameter, word] = match;
    if (/^(\s|--|\/\*)/.test(whole)) continue;
    const end = match.index + whole.length;
    const name = double ?? backtick ?? bracket;
    if (text !== undefined) tokens.push({ kind: 'string', text: text.replaceAll("''", "'"), end });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, end });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter, end });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, end });
    else tokens.push({ kind: 'other', text: whole, end });
  }
  return tokens;
}

/**
 * The statements of a script. One of a trigger ends behind its END.
 * @param {string} script
 * @returns {string[]} without their semicolons
 */
export function splitStatements(script) {
  const statements = [];
  let start = 0;
  let depth = 0;
  /** @type {string[]} */
  let begun = [];
  for (const { kind, text, end } of tokensOf(script)) {
    const word = kind === 'word' ? text.toUpperCase() : '';
    const isTrigger = begun[0] === 'CREATE' && begun.slice(1, 3).includes('TRIGGER');
    if (begun.length < 4) begun.push(word || text);
    if (isTrigger && (word === 'BEGIN' || word === 'CASE')) depth += 1;
    if (isTrigger && word === 'END') depth -= 1;
    if (text !== ';' || kind !== 'other' || depth > 0) continue;
    statements.push(script.slice(start, end - 1));
    [start, depth, begun] = [end, 0, []];
  }
  statements.push(script.slice(start));
  return statements.map((each) => each.trim()).filter((each) => tokensOf(each).length > 0);
}

/**
 * Whether a statement names one of these tables. SQLite takes 'text' for a name in places, too.
 * @param {string} sql
 * @param {readonly string[]} names in lower case
 */
export function mentions(sql, names) {
  return tokensOf(sql).some(
    ({ kind, text }) => (kind === 'word' || kind === 'name') && names.includes(text.toLowerCase()),
  );
}

/** @param {string} sql @returns {number} how many values may be bound */
export const hasParameters = (sql) => tokensOf(sql).filter(({ kind }) => kind === 'parameter').length;

/** @param {string} name */
export const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/** What a string must begin with to be taken for SQL. */
const BEGINS = /^\s*(?:--[^\n]*\n\s*)*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b/i;

/**
 * The SQL that stands in a source of any language with strings in quotes. What is put into a template is
 * taken for a parameter.
 * @param {string} source
 * @returns {string[]}
 */
export function statementsInSource(source) {
  const found = [];
  let at = 0;
  while (at < source.length) {
    const literal = literalAt(source, at);
    if (!literal) {
      const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
      comment.lastIndex = at;
      // The slashes of an address are no comment.
      at = source[at - 1] !== ':' && comment.test(source) ? comment.lastIndex : at + 1;
      continue;
    }
    let { text, end } = literal;
    // 'a ' + 'b', or one string behind the other.
    for (;;) {
      const join = /\s*(?:\+\s*)?/y;
      join.lastIndex = end;
      join.test(source);
      const next = literalAt(source, join.lastIndex);
      if (!next || next.end === end || !BEGINS.test(text)) break;
      text += next.text;
      end = next.end;
    }
    if (BEGINS.test(text)) found.push(...splitStatements(text));
    at = end;
  }
  return found;
}

/**
 * @param {string} source
 * @param {number} at
 * @returns {{text: string, end: number} | null}
 */
function literalAt(source, at) {
  const triple = /("""|''')([\s\S]*?)\1/y;
  triple.lastIndex = at;
  const long = triple.exec(source);
  if (long) return { text: long[2], end: triple.lastIndex };
  const plain = /(["'])((?:\\[\s\S]|(?!\1)[^\\\n])*)\1|`((?:\\[\s\S]|\$\{[^}]*\}|[^\\`])*)`/y;
  plain.lastIndex = at;
  const match = plain.exec(source);
  if (!match) return null;
  const [, , simple, template] = match;
  const text = simple ?? template.replace(/'\$\{[^}]*\}'|\$\{[^}]*\}/g, '?');
  return { text: unescaped(text), end: plain.lastIndex };
}

/** @param {string} text */
const unescaped = (text) =>
  text.replace(/\\(\r?\n|[\s\S])/g, (_whole, char) =>
    char === 'n' ? '\n' : char === 't' ? '\t' : char.endsWith('\n') ? '' : char,
  );
