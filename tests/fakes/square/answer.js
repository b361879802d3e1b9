// Puts an answer on the wire, whole or spoilt.

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('./types.d.ts').Fault} Fault */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Reply} Reply */

const HUGE_BYTES = 10 * 1024 * 1024;

/** @param {ServerResponse} res
 * @param {number} status
 * @param {string} text
 * @param {Record<string, string>} [headers] */
function send(res, status, text, headers = {}) {
  const length = Buffer.byteLength(text);
  const type = { 'content-type': 'application/json', 'content-length': length };
  res.writeHead(status, { ...type, ...headers });
  res.end(text);
}

/** Promises the whole body and breaks off in its middle.
 * @param {ServerResponse} res
 * @param {Reply} reply */
function tear(res, reply) {
  const text = JSON.stringify(reply.body);
  const length = Buffer.byteLength(text);
  res.writeHead(reply.status, { 'content-type': 'application/json', 'content-length': length });
  res.write(text.slice(0, Math.ceil(text.length / 2)), () => res.socket?.destroy());
}

/** A valid answer that no one should read to its end: filler first, then the reply.
 * @param {ServerResponse} res
 * @param {Reply} reply */
function inflate(res, reply) {
  const filler = JSON.stringify({ filler: 'x'.repeat(HUGE_BYTES) }).slice(0, -1);
  const rest = JSON.stringify(reply.body).slice(1);
  send(res, reply.status, `${filler}${rest === '}' ? '' : ','}${rest}`);
}

/** Answers a request as its fault wants it. `timeout` answers nothing: the connection stays open
 * until the client goes or the server closes.
 * @param {ServerResponse} res
 * @param {Fault} fault
 * @param {Reply} reply what an unspoilt answer would have been
 * @param {(status: number) => Json} errorOf what is said with an HTTP status that a fault gives */
export function answer(res, fault, reply, errorOf) {
  switch (fault.kind) {
    case 'none':
    case 'short_page':
    case 'empty_page':
      send(res, reply.status, JSON.stringify(reply.body));
      return;
    case 'timeout':
      return;
    case 'reset':
      if (res.socket && 'resetAndDestroy' in res.socket) res.socket.resetAndDestroy();
      return;
    case 'torn':
      tear(res, reply);
      return;
    case 'garbage':
      send(res, 200, '<html><body>upstream said nothing</body></html>');
      return;
    case 'no_id':
      send(res, 200, '{}');
      return;
    case 'huge':
      inflate(res, reply);
      return;
    default: {
      const status = Number(fault.kind.slice('http_'.length));
      /** @type {Record<string, string>} */
      const headers = fault.retry_after === '' ? {} : { 'retry-after': fault.retry_after };
      send(res, status, JSON.stringify(errorOf(status)), headers);
    }
  }
}
