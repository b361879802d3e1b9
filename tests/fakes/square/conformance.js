// What is wrong with the form of a request, whatever the books hold and whatever fault hits it: by
// Square's OpenAPI file where there is one, and always by the limits that stand only in Square's prose.
import { errorEntry } from './errors.js';

/** @typedef {import('node:http').IncomingHttpHeaders} Headers */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Finding} Finding */
/** @typedef {import('./types.d.ts').Form} Form */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {import('./openapi.js').Validator} Validator */
/** @typedef {ReturnType<typeof import('./routes.js').findRoute>} Route */

/** @param {string} code
 * @param {string} message
 * @returns {Finding} */
const finding = (code, message) => ({ code, message, field: '' });

/** @param {Headers} headers
 * @param {boolean} hasBody
 * @returns {Finding[]} */
function checkHeaders(headers, hasBody) {
  const found = [];
  const version = headers['square-version'];
  if (version !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(String(version))) {
    found.push(finding('INVALID_SQUARE_VERSION_FORMAT', 'The version is YYYY-MM-DD.'));
  }
  if (hasBody && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    found.push(finding('INVALID_CONTENT_TYPE', 'The content type is application/json.'));
  }
  return found;
}

/** What one request breaks by its form.
 * @param {Validator | null} validator
 * @param {Books} books
 * @param {Route} route
 * @param {Call} call
 * @param {Headers} headers
 * @returns {Form} */
export function examine(validator, books, route, call, headers) {
  if (!route) {
    const refused = finding('NOT_FOUND', `${call.method} ${call.path} is not modelled.`);
    return { refusals: toErrors([refused]), violations: [refused] };
  }
  const hasBody = call.method !== 'GET';
  const wrong = checkHeaders(headers, hasBody);
  if (hasBody && (typeof call.body !== 'object' || call.body === null)) {
    wrong.push(finding('EXPECTED_JSON_BODY', 'Expected a JSON body.'));
  }
  if (wrong.length > 0) return { refusals: toErrors(wrong), violations: wrong };
  const check = route.check?.(books, call);
  const listed = validator?.validate(call.method, route.route, call.body, call.query) ?? [];
  const own = check?.violations ?? [];
  // One mistake that both name is one mistake.
  const fields = new Set(own.map(({ field }) => field));
  const added = listed.filter(({ field }) => !fields.has(field));
  return {
    refusals: [...check?.errors ?? [], ...toErrors(added)],
    violations: [...own, ...added],
  };
}

/** @param {Finding[]} findings
 * @returns {Json[]} */
function toErrors(findings) {
  return findings.map(({ code, message, field }) =>
    errorEntry(code, message, field === '' ? undefined : field));
}

/** Words for whoever has to mend it.
 * @param {{bugs: string[], violations: import('./types.d.ts').Violation[]}} verdict
 * @returns {string} empty if nothing is wrong */
export function complaint({ bugs, violations }) {
  const broken = violations.map(({ method, route, field, code, message, key }) =>
    `${method} ${route}${key && ` (key ${key})`}: ${code} ${field}: ${message}`);
  const rules = broken.length > 0 ? ['What was sent is not what Square takes:', ...broken] : [];
  return [...bugs, ...rules].join('\n');
}
