// What of a source is code, what is a comment and what a string: a mask of the same length, in which
// comments are blank and each character of a string is a placeholder.

/** Stands for a character inside a string. */
export const INSIDE = '¤';

/** @typedef {'cpp' | 'js' | 'sql'} Language */

/**
 * @param {string} file
 * @returns {Language | null} null for what is no source
 */
export function languageOf(file) {
  if (/\.[ch]pp$|\.h$/.test(file)) return 'cpp';
  if (/\.m?js$/.test(file)) return 'js';
  return file.endsWith('.sql') ? 'sql' : null;
}

/**
 * @param {string} source
 * @param {Language} language
 * @returns {string}
 */
export function maskOf(source, language) {
  const mask = source.split('');
  /** @param {number} from @param {number} to @param {string} by */
  const fill = (from, to, by) => {
    for (let i = from; i < to && i < mask.length; ++i) if (mask[i] !== '\n') mask[i] = by;
  };
  /** @param {number} at @param {string} text @returns {number} behind it, or the end */
  const behind = (at, text) => {
    const found = source.indexOf(text, at);
    return found < 0 ? source.length : found + text.length;
  };
  /** Braces that are open inside each template literal's `${`. @type {number[]} */
  const templates = [];
  /** @param {number} from behind the backtick or the closing brace @returns {number} */
  const template = (from) => {
    let at = from;
    while (at < source.length && source[at] !== '`') {
      if (source.startsWith('${', at)) {
        fill(from, at, INSIDE);
        templates.push(0);
        return at + 2;
      }
      at += source[at] === '\\' ? 2 : 1;
    }
    fill(from, at, INSIDE);
    return at + 1;
  };
  let at = 0;
  while (at < source.length) {
    const char = source[at];
    if (language === 'sql' ? source.startsWith('--', at) : source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      fill(at, end < 0 ? source.length : end, ' ');
      at = end < 0 ? source.length : end;
    } else if (source.startsWith('/*', at)) {
      const end = behind(at + 2, '*/');
      fill(at, end, ' ');
      at = end;
    } else if (language === 'cpp' && char === '"' && source[at - 1] === 'R') {
      const open = source.indexOf('(', at);
      const end = behind(open, `)${source.slice(at + 1, open)}"`);
      fill(at + 1, end - 1, INSIDE);
      at = end;
    } else if (language === 'cpp' && char === "'" && /[0-9a-fA-F]/.test(source[at - 1] ?? '')) {
      at += 1; // between the digits of a number
    } else if (char === '"' || char === "'") {
      at = quoted(at, char);
    } else if (language === 'js' && char === '`') {
      at = template(at + 1);
    } else if (language === 'js' && char === '/' && beginsRegex(at)) {
      const end = regexEnd(at);
      fill(at + 1, end - 1, INSIDE);
      at = end;
    } else {
      if (templates.length > 0 && char === '{') templates[templates.length - 1] += 1;
      if (templates.length > 0 && char === '}') {
        if (templates[templates.length - 1] === 0) {
          templates.pop();
          at = template(at + 1);
          continue;
        }
        templates[templates.length - 1] -= 1;
      }
      at += 1;
    }
  }
  return mask.join('');

  /** @param {number} open @param {string} quote @returns {number} behind the closing quote */
  function quoted(open, quote) {
    let i = open + 1;
    while (i < source.length && source[i] !== quote && source[i] !== '\n') {
      i += source[i] === '\\' && language !== 'sql' ? 2 : 1;
    }
    fill(open + 1, i, INSIDE);
    return i + 1;
  }

  /** @param {number} slash */
  function beginsRegex(slash) {
    const before = mask.slice(0, slash).join('').trimEnd();
    return before === '' || /[(,=:[!&|?{};]$|=>$|\breturn$/.test(before);
  }

  /** @param {number} slash @returns {number} behind the closing slash */
  function regexEnd(slash) {
    let inClass = false;
    for (let i = slash + 1; i < source.length; ++i) {
      if (source[i] === '\\') i += 1;
      else if (source[i] === '[') inClass = true;
      else if (source[i] === ']') inClass = false;
      else if (source[i] === '/' && !inClass) return i + 1;
    }
    return source.length;
  }
}

/** @param {string} text */
export const normal = (text) => text.replace(/\s+/g, ' ').trim();

/**
 * The line of definition that a place belongs to: the last one above it that is not indented.
 * @param {string[]} lines of the mask
 * @param {string[]} originals
 * @param {number} line from 0
 */
export function scopeOf(lines, originals, line) {
  for (let i = line; i >= 0; --i) {
    if (/^[A-Za-z_[]/.test(lines[i]) && !/^(namespace|public|private|protected)\b/.test(lines[i])) {
      return normal(originals[i]);
    }
  }
  return '';
}
