// What is still to come: effects that land late and answers that are slow.
import { isHonest } from './faults.js';

/** @typedef {import('./types.d.ts').Fault} Fault */

export class Waiting {
  /** What waits for its time, by the timer that will run it.
   * @type {Map<NodeJS.Timeout, () => void>} */
  timers = new Map();

  /** Runs something after a while, at once if the while is nothing.
   * @param {number} ms
   * @param {() => void} run */
  after(ms, run) {
    if (ms <= 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.set(timer, run);
  }

  /** Lets everything that waits happen now, late effects and slow answers, in the order in which
   * it was asked for. */
  flush() {
    while (this.timers.size > 0) {
      const [[timer, run]] = this.timers;
      clearTimeout(timer);
      this.timers.delete(timer);
      run();
    }
  }

  /** Nothing more will happen. */
  clear() {
    for (const timer of this.timers.keys()) clearTimeout(timer);
    this.timers.clear();
  }
}

/** Lets a request land and be answered, each when its fault wants it.
 * @template Reply
 * @param {Waiting} waiting
 * @param {Fault} fault
 * @param {object} request
 * @param {number} request.latencyMs how long every answer takes
 * @param {() => Reply} request.land
 * @param {(reply: Reply | null) => void} request.reply null: nothing has landed by then */
export function carryOut(waiting, fault, { latencyMs, land, reply }) {
  const answerAfter = latencyMs + fault.delay_ms;
  if (isHonest(fault.kind)) {
    waiting.after(fault.late_ms, () => {
      const landed = land();
      waiting.after(answerAfter, () => reply(landed));
    });
    return;
  }
  // A spoilt answer does not wait for an effect that lands late: that is what late means.
  const isLate = fault.applied && fault.late_ms > 0;
  const early = fault.applied && !isLate ? land() : null;
  if (isLate) waiting.after(fault.late_ms, land);
  waiting.after(answerAfter, () => reply(early));
}
