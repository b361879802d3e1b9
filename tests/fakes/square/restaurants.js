// Restaurants for a past: in three countries, each a merchant with one location.

/** @typedef {import('./types.d.ts').Location} Location */
/** @typedef {import('./types.d.ts').MerchantOptions} MerchantOptions */

/** What a country's restaurants have in common. Prices contain the tax.
 * @typedef {object} Country
 * @property {string} country
 * @property {string} currency
 * @property {string} timezone
 * @property {number} offset hours before UTC, near enough to know when a kitchen is open
 * @property {string} language_code
 * @property {{name: string, percentage: string}} tax
 * @property {string} table how a table is called
 * @property {string[]} cities
 * @property {[string, number][]} menu */

/** @type {Country[]} */
export const COUNTRIES = [
  {
    country: 'TR',
    currency: 'TRY',
    timezone: 'Europe/Istanbul',
    offset: 3,
    language_code: 'tr-TR',
    tax: { name: 'KDV', percentage: '10' },
    table: 'Masa',
    cities: ['Adana', 'Ankara', 'Bursa', 'İstanbul', 'İzmir', 'Şanlıurfa'],
    menu: [['Adana Kebabı', 35000], ['Ayran', 5000], ['Künefe', 18000], ['Lahmacun', 12000],
      ['Mercimek Çorbası', 9000], ['Çay', 2500], ['İskender', 42000], ['Şalgam', 4500]],
  },
  {
    country: 'IE',
    currency: 'EUR',
    timezone: 'Europe/Dublin',
    offset: 0,
    language_code: 'en-IE',
    tax: { name: 'VAT', percentage: '13.5' },
    table: 'Table',
    cities: ['Cork', 'Dublin', 'Galway'],
    menu: [['Adana Kebab', 1850], ['Ayran', 350], ['Baklava', 750], ['Chips', 495],
      ['Lentil Soup', 695], ['Tea', 300]],
  },
  {
    country: 'GB',
    currency: 'GBP',
    timezone: 'Europe/London',
    offset: 0,
    language_code: 'en-GB',
    tax: { name: 'VAT', percentage: '20' },
    table: 'Table',
    cities: ['Bristol', 'Leeds', 'London'],
    menu: [['Adana Kebab', 1595], ['Ayran', 295], ['Baklava', 650], ['Halloumi', 795],
      ['Tea', 250], ['Lahmacun', 895]],
  },
];

/** Three of five are in Türkiye, the others take turns.
 * @param {number} n
 * @returns {Country} */
const countryOf = (n) => COUNTRIES[[0, 1, 0, 2, 0][n % 5]];

/** @typedef {{merchant: MerchantOptions, location: Location, country: Country}} Restaurant */

/** @param {number} count
 * @returns {Restaurant[]} */
export function restaurantsOf(count) {
  return Array.from({ length: count }, (_, n) => {
    const country = countryOf(n);
    const number = String(n + 1).padStart(4, '0');
    const city = country.cities[n % country.cities.length];
    const name = `${city} ${n + 1}`;
    const location = {
      id: `LPAST${number}0000`,
      currency: country.currency,
      name,
      business_name: `Adana Şişi Bey ${name}`,
      business_email: `owner-${n + 1}@restaurant.example`,
      timezone: country.timezone,
      language_code: country.language_code,
      country: country.country,
    };
    const merchant = {
      id: `MPAST${number}0000`,
      locations: [location],
      access_token: `past-access-${n + 1}`,
      refresh_token: `past-refresh-${n + 1}`,
    };
    return { merchant, location, country };
  });
}
