// What `pos-sync doctor` can be asked.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Options
 * @property {string} database its name or binding, as wrangler knows it
 * @property {boolean} remote
 * @property {string | undefined} persistTo where `wrangler dev` keeps its state, if not in .wrangler/state
 * @property {string | undefined} config the wrangler configuration that has the database
 * @property {string | undefined} hostMigrations the host's own migrations
 * @property {string[]} hostSql files or folders with the host's statements
 * @property {boolean} rehearse
 */

export const USAGE = `usage: pos-sync doctor --database NAME [--remote | --local] [--persist-to DIR] [--config FILE]
                       [--host-migrations DIR] [--host-sql FILE|DIR ...] [--rehearse]

Says whether pos-sync can adopt this D1 database. It only reads. The last line is "can be adopted"
(exit code 0), or there is a numbered list of what to do first (exit code 1).

  --database NAME        the database's name or binding in the wrangler configuration
  --local                the one of \`wrangler dev\` (this is the default)
  --remote               the one at Cloudflare
  --persist-to DIR       where \`wrangler dev --persist-to\` keeps the local one
  --config FILE          the wrangler configuration that has the database
  --host-migrations DIR  your own migrations, compared with ours by name
  --host-sql FILE|DIR    your statements: .sql files, or sources whose SQL strings are found. May be
                         given more than once; several paths may be separated by commas
  --rehearse             also adopts a copy, and runs your statements there, before and after`;

/** What was asked wrongly; the message says what was expected. */
export class BadArguments extends Error {}

/**
 * @param {string[]} argv what stands behind `doctor`
 * @returns {Options | 'help'} fails with BadArguments
 */
export function readOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        database: { type: 'string' },
        remote: { type: 'boolean' },
        local: { type: 'boolean' },
        'persist-to': { type: 'string' },
        config: { type: 'string', short: 'c' },
        'host-migrations': { type: 'string' },
        'host-sql': { type: 'string', multiple: true },
        rehearse: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    throw new BadArguments(/** @type {Error} */ (error).message);
  }
  if (values.help) return 'help';
  const { database, remote = false, local = false } = values;
  if (!database) throw new BadArguments('--database: expected the name or binding of a D1 database');
  if (remote && local) throw new BadArguments('--remote, --local: expected one of them, got both');
  const persistTo = values['persist-to'];
  if (remote && persistTo !== undefined) {
    throw new BadArguments('--persist-to: expected with a local database only, got it with --remote');
  }
  const hostSql = (values['host-sql'] ?? []).flatMap((each) => each.split(',')).filter(Boolean);
  const options = {
    database,
    remote,
    persistTo,
    config: values.config,
    hostMigrations: values['host-migrations'],
    hostSql,
    rehearse: values.rehearse ?? false,
  };
  mustExist('--config', 'a file', options.config);
  mustExist('--persist-to', 'a folder', persistTo);
  mustExist('--host-migrations', 'a folder', options.hostMigrations);
  for (const each of hostSql) mustExist('--host-sql', 'a file or a folder', each);
  return options;
}

/**
 * @param {string} option
 * @param {string} what
 * @param {string | undefined} file
 */
function mustExist(option, what, file) {
  if (file !== undefined && !existsSync(file)) {
    throw new BadArguments(`${option}: expected ${what}, but there is no "${file}"`);
  }
}
