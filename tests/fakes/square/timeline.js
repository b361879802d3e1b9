// Where things of one kind stand in time at each location, so that a page of a search or a list costs
// what is on it and not what is on the books.

/** @typedef {import('./types.d.ts').Json} Json */

/** A thing's place: when it was created, and its id, which parts those of one moment.
 * @typedef {{at: number, id: string}} Place */

/** @param {Place} a
 * @param {Place} b
 * @returns {number} */
export const earlier = (a, b) => a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id));

/** How many places of a sorted list are before one.
 * @param {Place[]} places
 * @param {Place} place
 * @returns {number} */
function countBefore(places, place) {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (earlier(places[middle], place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Timeline {
  /** @type {Map<string, {places: Place[], sorted: boolean}>} */
  lines = new Map();

  /** Something new; what it is called, where it is and when it was created never changes.
   * @param {Json} thing */
  add({ id, location_id: location, created_at: created }) {
    const line = this.lines.get(location) ?? { places: [], sorted: true };
    this.lines.set(location, line);
    const place = { at: Date.parse(created), id };
    const last = line.places.at(-1);
    // What comes late is put in its place when somebody looks, for much may come at once.
    if (last && earlier(last, place) > 0) line.sorted = false;
    line.places.push(place);
  }

  /** What stands at a location between two times, each included, from either end and lazily.
   * @param {string} location
   * @param {{from: number, to: number, ascending: boolean, after?: Place | null}} range `after`: only
   *   what comes behind that place, in the direction asked for
   * @returns {Generator<Place>} */
  *walk(location, { from, to, ascending, after = null }) {
    const line = this.lines.get(location);
    if (!line) return;
    if (!line.sorted) line.places.sort(earlier);
    line.sorted = true;
    const { places } = line;
    if (ascending) {
      let index = countBefore(places, { at: from, id: '' });
      if (after) index = Math.max(index, countBefore(places, { at: after.at, id: `${after.id}\0` }));
      for (; index < places.length && places[index].at <= to; index += 1) yield places[index];
      return;
    }
    let index = countBefore(places, { at: to, id: '\uffff' });
    if (after) index = Math.min(index, countBefore(places, after));
    for (index -= 1; index >= 0 && places[index].at >= from; index -= 1) yield places[index];
  }

  clear() {
    this.lines.clear();
  }
}
