// Holds request bodies against Square's own OpenAPI file, and names properties it does not know.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { ROUTES as MODELLED } from './routes.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Finding} Finding */

/** `validate` checks a request, its body and its query string, `validateAnswer` what is said to it. The
 * file describes no refusals, but every answer's schema has a place for errors.
 * @typedef {object} Validator
 * @property {(method: string, route: string, body: unknown, query?: URLSearchParams) => Finding[]} validate
 * @property {(method: string, route: string, body: unknown) => Finding[]} validateAnswer */

/** OpenAPI 3.0 says `nullable` where JSON Schema says `null` in the type; and it drops what stands
 * beside a `$ref`, although this file means it.
 * @param {any} schema
 * @returns {any} */
function toJsonSchema(schema) {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (schema === null || typeof schema !== 'object') return schema;
  const { nullable, example: _example, ...rest } = schema;
  const members = Object.entries(rest).map(([name, value]) => [name, toJsonSchema(value)]);
  /** @type {Json} */
  const converted = Object.fromEntries(members);
  if (converted.$ref) {
    const reference = { $ref: converted.$ref };
    return nullable ? { anyOf: [reference, { type: 'null' }] } : reference;
  }
  if (nullable !== true || typeof converted.type !== 'string') return converted;
  if (converted.enum) converted.enum = [...converted.enum, null];
  return { ...converted, type: [converted.type, 'null'] };
}

/** @type {Record<string, string>} */
const CODES = {
  required: 'MISSING_REQUIRED_PARAMETER',
  maxLength: 'VALUE_TOO_LONG',
  minLength: 'VALUE_EMPTY',
  enum: 'INVALID_ENUM_VALUE',
};

/** @type {Record<string, string>} */
const TYPE_CODES = {
  string: 'EXPECTED_STRING',
  integer: 'EXPECTED_INTEGER',
  number: 'EXPECTED_FLOAT',
  boolean: 'EXPECTED_BOOLEAN',
  object: 'EXPECTED_OBJECT',
  array: 'EXPECTED_ARRAY',
};

/** A path as Square writes it: order.line_items[0].name.
 * @param {string} pointer
 * @returns {string} */
function fieldOf(pointer) {
  return pointer.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.').replace(/^\./, '');
}

/** @param {import('ajv').ErrorObject} error
 * @returns {Finding} */
function findingOf({ keyword, instancePath, params, message = '' }) {
  const field = fieldOf(instancePath);
  const type = keyword === 'type' ? TYPE_CODES[[params.type].flat()[0]] : undefined;
  const code = type ?? CODES[keyword] ?? 'INVALID_VALUE';
  if (keyword !== 'required') return { code, message, field };
  return { code, message, field: `${field}${field && '.'}${params.missingProperty}` };
}

/** What is wrong with something that may be null is said three times: as what it should be, as
 * not being null, and as neither. Only the first is of use.
 * @param {import('ajv').ErrorObject} error
 * @returns {boolean} */
function isEcho({ keyword, params }) {
  return keyword === 'anyOf' || (keyword === 'type' && params.type === 'null');
}

/** Properties that the schema does not list, or, in a request, that only Square may write.
 * @param {{schemas: Record<string, Json>, request: boolean}} context
 * @param {Json} schema
 * @param {unknown} value
 * @param {string} field
 * @returns {Finding[]} */
function unlisted(context, schema, value, field) {
  if (schema.$ref) {
    return unlisted(context, context.schemas[schema.$ref.split('/').pop()] ?? {}, value, field);
  }
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) =>
      unlisted(context, schema.items ?? {}, entry, `${field}[${index}]`));
  }
  if (value === null || typeof value !== 'object' || schema.type !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = field === '' ? name : `${field}.${name}`;
    const listed = schema.properties?.[name] ?? schema.additionalProperties;
    if (!listed) {
      return [{ code: 'UNKNOWN_BODY_PARAMETER', message: 'Square does not list it', field: at }];
    }
    if (listed.readOnly && context.request) {
      return [{ code: 'INVALID_VALUE', message: 'only Square writes it', field: at }];
    }
    return listed === true ? [] : unlisted(context, listed, member, at);
  });
}

/** @param {Json} document
 * @param {string} method
 * @param {string} route
 * @returns {Json} */
function operationOf(document, method, route) {
  const operation = document.paths[route]?.[method.toLowerCase()];
  if (!operation) throw new Error(`Square's OpenAPI file has no ${method} ${route}`);
  return operation;
}

/** The schema of a request's body; undefined for a request that has none.
 * @param {Json} operation
 * @returns {Json | undefined} */
const bodySchema = ({ requestBody }) => requestBody?.content['application/json'].schema;

/** @param {Json} operation
 * @returns {Json} */
const answerSchema = ({ responses }) => responses['200'].content['application/json'].schema;

/** What the text of a query parameter must be to be of its type.
 * @type {Record<string, RegExp>} */
const TEXTS = { integer: /^-?\d+$/, boolean: /^(true|false)$/, string: /^/ };

/** What is wrong with a query string.
 * @param {Json} document
 * @param {Json} operation
 * @param {URLSearchParams} query
 * @returns {Finding[]} */
function queryFindings(document, operation, query) {
  /** @type {Json[]} */
  const listed = operation.parameters.filter((/** @type {Json} */ one) => one.in === 'query');
  const missing = listed.filter(({ name, required }) => required && !query.has(name))
    .map(({ name }) => ({ code: CODES.required, message: 'must be there', field: name }));
  const wrong = [...query].flatMap(([name, text]) => {
    const parameter = listed.find((one) => one.name === name);
    if (!parameter) {
      const code = 'UNKNOWN_QUERY_PARAMETER';
      return [{ code, message: 'Square does not list it', field: name }];
    }
    const { $ref: ref } = parameter.schema;
    const schema = ref ? document.components.schemas[ref.split('/').pop()] : parameter.schema;
    if (schema.enum && !schema.enum.includes(text)) {
      return [{ code: CODES.enum, message: 'not one of the values', field: name }];
    }
    if (TEXTS[schema.type]?.test(text)) return [];
    return [{ code: TYPE_CODES[schema.type], message: `must be ${schema.type}`, field: name }];
  });
  return [...missing, ...wrong];
}

/** One for each file: reading and compiling take longer than most tests.
 * @type {Map<string, Validator>} */
const made = new Map();

/** Reads Square's OpenAPI file, once, and returns what checks requests against it.
 * @param {string} path
 * @returns {Validator} */
export function makeOpenApiValidator(path) {
  const validator = made.get(path) ?? readValidator(path);
  made.set(path, validator);
  return validator;
}

/** Reads Square's OpenAPI file and returns what checks request bodies against it.
 * @param {string} path
 * @returns {Validator} */
function readValidator(path) {
  const document = JSON.parse(readFileSync(path, 'utf8'));
  const { schemas } = document.components;
  // `format` says int64 here, which plain JSON numbers cannot be held against.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'square', components: { schemas: toJsonSchema(schemas) } });
  /** @type {Map<string, import('ajv').ValidateFunction>} */
  const compiled = new Map();
  /** @param {Json} schema
   * @returns {import('ajv').ValidateFunction} */
  const checkOf = (schema) => {
    const check = compiled.get(schema.$ref) ?? ajv.compile({ $ref: `square${schema.$ref}` });
    compiled.set(schema.$ref, check);
    return check;
  };
  /** @param {Json} schema
   * @param {unknown} body
   * @param {boolean} request
   * @returns {Finding[]} */
  const findings = (schema, body, request) => {
    const check = checkOf(schema);
    const errors = check(body) ? [] : (check.errors ?? []);
    const broken = errors.filter((error) => !isEcho(error)).map(findingOf);
    return [...broken, ...unlisted({ schemas, request }, schema, body, '')];
  };
  // Compiling takes a while. Done at the first request it would look to a client like a slow
  // answer that nobody asked for, so it is done before there are any.
  for (const { method, route } of MODELLED) {
    const operation = operationOf(document, method, route);
    const schema = bodySchema(operation);
    if (schema) checkOf(schema);
    checkOf(answerSchema(operation));
  }
  return {
    validate(method, route, body, query = new URLSearchParams()) {
      const operation = operationOf(document, method, route);
      const schema = bodySchema(operation);
      const inQuery = queryFindings(document, operation, query);
      return schema ? [...findings(schema, body, true), ...inQuery] : inQuery;
    },
    validateAnswer(method, route, body) {
      return findings(answerSchema(operationOf(document, method, route)), body, false);
    },
  };
}
