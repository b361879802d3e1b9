// What workerd's runtime has and Node's lacks.
import { timingSafeEqual } from 'node:crypto';

/** @param {ArrayBuffer} a @param {ArrayBuffer} b */
const equal = (a, b) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b));

Object.assign(crypto.subtle, { timingSafeEqual: equal });
