#!/usr/bin/env node
// `npx pos-sync COMMAND`, within a clone.

const COMMANDS = { doctor: './doctor.mjs' };

const [command = '', ...rest] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command)) {
  console.error(`pos-sync: expected a command (${Object.keys(COMMANDS).join(', ')}), got "${command}"`);
  process.exit(2);
}
process.argv.splice(2, process.argv.length, ...rest);
await import(COMMANDS[/** @type {keyof typeof COMMANDS} */ (command)]);
