// ListLocations and RetrieveLocation.
import { refusal } from './errors.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Location} Location */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

/** What Square says of a location: all that the options say of it, and whose it is.
 * @param {Books} books
 * @param {Location} location
 * @returns {Json} */
const described = ({ merchant }, location) =>
  ({ ...location, merchant_id: merchant.id, status: 'ACTIVE' });

/** @param {Books} books
 * @returns {Reply} */
export function listLocations(books) {
  const locations = books.locations.map((location) => described(books, location));
  return { status: 200, body: { locations } };
}

/** The word "main" stands for the main location.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function retrieveLocation(books, { params: { location_id: id } }) {
  const location = id === 'main' ? books.locations[0] : books.locationOf(id);
  if (!location) throw refusal('NOT_FOUND', `Location ${id} not found.`, 'location_id');
  return { status: 200, body: { location: described(books, location) } };
}
