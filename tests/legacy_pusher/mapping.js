// A queued payload as Square's bodies, as the old pusher mapped it.

/** @typedef {Record<string, any>} Json */

/** @param {Json} payload
 * @returns {{taxes: Json[], uidOf: Map<string, string>}} */
function taxesOf(payload) {
  const rates = new Set(payload.items.map((/** @type {Json} */ item) => item.tax_percentage));
  const percentages = [...rates].filter(Boolean);
  const uidOf = new Map(percentages.map((percentage, index) => [percentage, `tax-${index + 1}`]));
  const taxes = percentages.map((percentage) => ({
    uid: uidOf.get(percentage),
    name: `KDV ${percentage}%`,
    percentage,
    type: payload.tax_inclusive ? 'INCLUSIVE' : 'ADDITIVE',
    scope: 'LINE_ITEM',
  }));
  return { taxes, uidOf };
}

/** Square takes a fraction only with a unit that says its precision.
 * @param {string} quantity
 * @returns {Json | undefined} */
function unitOf(quantity) {
  const precision = quantity.split('.')[1]?.length ?? 0;
  if (precision === 0) return undefined;
  return { measurement_unit: { type: 'TYPE_GENERIC', generic_unit: 'UNIT' }, precision };
}

/** The body of CreateOrder - without an idempotency key, which is the incident.
 * @param {string} orderId
 * @param {Json} payload
 * @param {string} locationId
 * @returns {Json} */
export function orderBody(orderId, payload, locationId) {
  const money = (/** @type {number} */ amount) => ({ amount, currency: payload.currency });
  const { taxes, uidOf } = taxesOf(payload);
  /** @type {Json} */
  const order = {
    location_id: locationId,
    reference_id: orderId,
    line_items: payload.items.map((/** @type {Json} */ item) => ({
      name: item.name,
      quantity: item.quantity,
      quantity_unit: unitOf(item.quantity),
      note: item.note,
      base_price_money: money(item.unit_price),
      applied_taxes: uidOf.has(item.tax_percentage)
        ? [{ tax_uid: uidOf.get(item.tax_percentage) }]
        : undefined,
    })),
  };
  if (payload.table_id) order.ticket_name = payload.table_id;
  if (taxes.length > 0) order.taxes = taxes;
  if (payload.discount) {
    order.discounts = [{ name: 'Discount', amount_money: money(payload.discount), scope: 'ORDER' }];
  }
  if (payload.service_charge) {
    order.service_charges = [{
      name: 'Service charge',
      amount_money: money(payload.service_charge),
      calculation_phase: 'TOTAL_PHASE',
    }];
  }
  return { order };
}

/** The body of CreatePayment. Its key is new for every attempt, so it protects nothing.
 * @param {string} orderId
 * @param {Json} payload
 * @param {Json} order as Square answered
 * @returns {Json} */
export function paymentBody(orderId, payload, order) {
  const { payment, currency, tip } = payload;
  const total = { amount: payment.amount + (tip ?? 0), currency };
  /** @type {Json} */
  const body = {
    idempotency_key: crypto.randomUUID(),
    source_id: payment.type === 'cash' ? 'CASH' : 'EXTERNAL',
    order_id: order.id,
    location_id: order.location_id,
    amount_money: { amount: payment.amount, currency },
  };
  if (tip) body.tip_money = { amount: tip, currency };
  if (payment.type === 'cash') body.cash_details = { buyer_supplied_money: total };
  else body.external_details = { type: 'OTHER', source: payment.source, source_id: orderId };
  return body;
}
