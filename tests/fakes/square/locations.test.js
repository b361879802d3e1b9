import { expect, test } from 'vitest';
import { LOCATION } from './support/client.js';
import { twinWith } from './support/twins.js';

const dublin = {
  id: 'LDUBLIN000001',
  currency: 'EUR',
  name: 'Dame Street',
  business_name: 'Adana Kebab Ltd',
  business_email: 'owner@adana.example',
  timezone: 'Europe/Dublin',
  language_code: 'en-IE',
  country: 'IE',
};

test('a location says who is behind it, where it is, and in which language', async () => {
  const { square } = await twinWith({ locations: [{ id: LOCATION, currency: 'TRY' }, dublin] });
  const { body: { location } } = await square.get(`/v2/locations/${dublin.id}`);
  expect(location).toEqual({ ...dublin, merchant_id: 'MADANA000001', status: 'ACTIVE' });
  const { body: { locations } } = await square.get('/v2/locations');
  expect(locations[1]).toEqual(location);
});

test('"main" is the main location, and another merchant\'s is nobody\'s', async () => {
  const { square } = await twinWith({
    merchants: [{ id: 'MDUBLIN00001', locations: [dublin], access_token: 'dublin' }],
  });
  expect((await square.get('/v2/locations/main')).body.location.id).toBe(LOCATION);
  const refused = await square.get(`/v2/locations/${dublin.id}`);
  expect([refused.status, refused.body.errors[0].code]).toEqual([404, 'NOT_FOUND']);
});
