// The command line around a diagnosis.

import { Unreadable, wranglerDriver } from './d1.mjs';
import { diagnose } from './diagnose.mjs';
import { ownTable } from './names.mjs';
import { BadArguments, readOptions, USAGE } from './options.mjs';
import { rehearse } from './rehearsal.mjs';

/**
 * @param {string[]} argv
 * @param {{driver?: import('./d1.mjs').Driver, print?: (text: string) => void, complain?: (text: string) => void}} [world]
 * @returns {Promise<number>} the exit code
 */
export async function main(argv, { driver, print = console.log, complain = console.error } = {}) {
  let options;
  try {
    options = readOptions(argv);
  } catch (error) {
    if (!(error instanceof BadArguments)) throw error;
    complain(`doctor: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    print(USAGE);
    return 0;
  }
  const table = options.config?.endsWith('.toml') ? ownTable(options.config) : ownTable();
  try {
    const findings = await diagnose(driver ?? wranglerDriver(options), { ...options, table });
    if (options.rehearse && findings.canBeAdopted) await rehearse(options, findings);
    print(findings.toString());
    return findings.canBeAdopted ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    print(`1. The database could not be read, in wrangler's words:\n     ${error.message.replaceAll('\n', '\n     ')}`);
    return 1;
  }
}
