// Holds request bodies against Square's own OpenAPI file, and names properties it does not know.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {{code: string, message: string, field: string}} Finding */
/** @typedef {{validate(method: string, route: string, body: unknown): Finding[]}} Validator */

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

/** Properties that the schema does not list, or that only Square may write.
 * @param {Record<string, Json>} schemas
 * @param {Json} schema
 * @param {unknown} value
 * @param {string} field
 * @returns {Finding[]} */
function unlisted(schemas, schema, value, field) {
  if (schema.$ref) {
    return unlisted(schemas, schemas[schema.$ref.split('/').pop()] ?? {}, value, field);
  }
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) =>
      unlisted(schemas, schema.items ?? {}, entry, `${field}[${index}]`));
  }
  if (value === null || typeof value !== 'object' || schema.type !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = field === '' ? name : `${field}.${name}`;
    const listed = schema.properties?.[name] ?? schema.additionalProperties;
    if (!listed) {
      return [{ code: 'UNKNOWN_BODY_PARAMETER', message: 'Square does not list it', field: at }];
    }
    if (listed.readOnly) {
      return [{ code: 'INVALID_VALUE', message: 'only Square writes it', field: at }];
    }
    return listed === true ? [] : unlisted(schemas, listed, member, at);
  });
}

/** Reads Square's OpenAPI file and returns what checks request bodies against it.
 * @param {string} path
 * @returns {Validator} */
export function makeOpenApiValidator(path) {
  const document = JSON.parse(readFileSync(path, 'utf8'));
  const { schemas } = document.components;
  // `format` says int64 here, which plain JSON numbers cannot be held against.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'square', components: { schemas: toJsonSchema(schemas) } });
  /** @type {Map<string, {check: import('ajv').ValidateFunction, schema: Json}>} */
  const known = new Map();
  /** @param {string} method
   * @param {string} route */
  const checkerOf = (method, route) => {
    const name = `${method} ${route}`;
    const operation = document.paths[route]?.[method.toLowerCase()];
    if (!operation) throw new Error(`Square's OpenAPI file has no ${name}`);
    const schema = operation.requestBody?.content['application/json'].schema;
    if (!schema || known.has(name)) return known.get(name);
    const check = ajv.compile({ $ref: `square${schema.$ref}` });
    known.set(name, { check, schema });
    return known.get(name);
  };
  return {
    validate(method, route, body) {
      const checker = checkerOf(method, route);
      if (!checker) return [];
      const findings = checker.check(body) ? [] : (checker.check.errors ?? []).map(findingOf);
      return [...findings, ...unlisted(schemas, checker.schema, body, '')];
    },
  };
}
