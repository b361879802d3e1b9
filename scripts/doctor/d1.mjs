// D1 as wrangler reaches it: the local one and the one at Cloudflare in the same way, and only to read.

import { packageEnv, run } from '../lib/run.mjs';
import { splitStatements } from './sql.mjs';

/** @typedef {Record<string, any>} Row */

/**
 * @typedef {object} Driver what a diagnosis asks
 * @property {(statements: string[]) => Promise<Row[][]>} query each statement only reads
 */

/** The database could not be asked; the message has wrangler's words. */
export class Unreadable extends Error {}

/** What may be sent: the promise that nothing is written does not rest on those who write the checks. */
const READS = /^\s*SELECT\b/i;

/**
 * @param {{database: string, remote: boolean, persistTo?: string, config?: string}} options
 * @param {typeof run} [runCommand]
 * @returns {Driver}
 */
export function wranglerDriver(options, runCommand = run) {
  const flags = wranglerFlags(options);
  return {
    async query(statements) {
      for (const each of statements) {
        if (!READS.test(each) || splitStatements(each).length !== 1) throw new Error(`only reading statements may be sent: ${each}`);
      }
      const args = ['d1', 'execute', options.database, '--json', ...flags];
      const { code, output } = await runCommand('wrangler', [...args, '--command', statements.join(';\n')], {
        cwd: process.cwd(),
        env: packageEnv(),
      });
      return resultsIn(output, code);
    },
  };
}

/** @param {{remote: boolean, persistTo?: string, config?: string}} options */
export function wranglerFlags({ remote, persistTo, config }) {
  return [
    remote ? '--remote' : '--local',
    ...(persistTo === undefined ? [] : ['--persist-to', persistTo]),
    ...(config === undefined ? [] : ['--config', config]),
  ];
}

/**
 * @param {string} output
 * @param {number} code
 * @returns {Row[][]}
 */
function resultsIn(output, code) {
  const begin = output.search(/^[[{]/m);
  let parsed;
  try {
    // Warnings may stand before the JSON, and behind it.
    parsed = JSON.parse(output.slice(begin, output.lastIndexOf(output[begin] === '[' ? ']' : '}') + 1));
  } catch {
    throw new Unreadable(output.trim() || `wrangler ended with code ${code}`);
  }
  if (!Array.isArray(parsed)) throw new Unreadable(parsed.error?.text ?? output.trim());
  return parsed.map(({ results }) => results);
}
