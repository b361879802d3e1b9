// How a script that has started others is told to leave.

const SIGNALS = /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]);

/** @param {(code: number) => void} leave cleans up and exits with that code */
export function whenTold(leave) {
  for (const [signal, code] of SIGNALS) process.once(signal, () => leave(code));
}
