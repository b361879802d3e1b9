// What a producer runs, as docs/payload.md says.

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/**
 * @param {{order_id: string, restaurant_id: string, payload: object}} order
 * @returns {string} one statement, on a line of its own
 */
export const insertionOf = ({ order_id, restaurant_id, payload }) =>
  'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload) ' +
  `VALUES (${quoted(order_id)}, 'square', ${quoted(restaurant_id)}, ${quoted(JSON.stringify(payload))}) ` +
  "ON CONFLICT (order_id, provider) WHERE status IN ('pending','failed') DO NOTHING;\n";
