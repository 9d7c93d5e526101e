// Every access-key operation of the vendor's Node SDK, unchanged, against an emulator.
//
// usage: node client.mjs TOKENS RESULTS; the emulator's address and keys are in the environment.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import DescopeClient from '@descope/node-sdk';

const [tokensFile, resultsFile] = process.argv.slice(2);
const { DESCOPE_BASE_URL: baseUrl, DESCOPE_PROJECT_ID: projectId } = process.env;
const results = {
  client: 'node',
  version: JSON.parse(readFileSync('node_modules/@descope/node-sdk/package.json')).version,
  passed: [],
  failed: {},
  verdicts: {},
  requests: {},
};

async function check(name, body) {
  try {
    await body();
    results.passed.push(name);
  } catch (error) {
    results.failed[name] = error.message;
  }
}

// What the service answered, if it was a success.
function data(response) {
  assert.ok(response.ok, `status ${response.code}: ${JSON.stringify(response.error)}`);
  return response.data;
}

// The emulator's own side, of which the SDK knows nothing.
async function control(method, path, body) {
  const response = await fetch(`${baseUrl}/emulator/${path}`, { method, body: JSON.stringify(body) });
  assert.ok(response.ok, `${path}: status ${response.status}`);
  return response.json();
}

const logger = { log() {}, error() {}, warn() {} };
const client = DescopeClient({
  projectId,
  managementKey: process.env.DESCOPE_MANAGEMENT_KEY,
  baseUrl,
  logger,
});
const keys = client.management.accessKey;
const tomorrow = Math.floor(Date.now() / 1000) + 86400;
const full = {
  name: 'all-of-it',
  expireTime: tomorrow,
  keyTenants: [{ tenantId: 'acme', roleNames: ['deployer'] }, { tenantId: 'globex' }],
  customClaims: { team: 'build', level: 3, nested: { list: [1, 'two', null] } },
  description: 'a "description" with ümläuts',
  permittedIps: ['127.0.0.0/8', '::1'],
  customAttributes: { cost: 7 },
};
const options = [full.customClaims, full.description, full.permittedIps, full.customAttributes];
let id;
let cleartext;

await check('create with every option', async () => {
  const made = data(await keys.create(full.name, full.expireTime, undefined, full.keyTenants, undefined, ...options));
  ({ id } = made.key);
  ({ cleartext } = made);
  assert.ok(id && cleartext);
  assert.equal(made.key.status, 'active');
  assert.equal(made.key.expireTime, tomorrow);
});
await check('create with roles of the project', async () => {
  const made = data(await keys.create('project-roles', 0, ['viewer']));
  assert.deepEqual(made.key.roleNames, ['viewer']);
  assert.equal(made.key.expireTime, 0);
});
await check('create for a user', async () => {
  const made = data(await keys.create('of-a-user', 0, undefined, undefined, 'U2someone'));
  assert.equal(made.key.boundUserId, 'U2someone');
});
await check('create without a name is refused', async () => {
  const response = await keys.create('', 0);
  assert.deepEqual([response.ok, response.code], [false, 400]);
  assert.ok(response.error.errorCode.startsWith('E'));
});
await check('load', async () => {
  const key = data(await keys.load(id));
  for (const name of ['name', 'expireTime', 'description', 'permittedIps', 'customClaims', 'customAttributes']) {
    assert.deepEqual(key[name], full[name], name);
  }
  assert.deepEqual(key.keyTenants.map((tenant) => tenant.tenantId), ['acme', 'globex']);
  assert.deepEqual(key.keyTenants[0].roleNames, ['deployer']);
});
await check('load of an unknown id is refused', async () => {
  const response = await keys.load('no/such?key&');
  assert.equal(response.ok, false);
});
await check('search, with and without filters', async () => {
  const names = async (...filter) => data(await keys.searchAll(...filter)).map((key) => key.name).sort();
  assert.deepEqual(await names(), ['all-of-it', 'of-a-user', 'project-roles']);
  assert.deepEqual(await names(['globex']), ['all-of-it']);
  assert.deepEqual(await names(undefined, 'U2someone'), ['of-a-user']);
  assert.deepEqual(await names(undefined, undefined, 'nobody'), []);
  assert.deepEqual(await names(undefined, undefined, undefined, { cost: 7 }), ['all-of-it']);
});
await check('update changes what is given and keeps the rest', async () => {
  const changed = data(await keys.update(id, 'renamed', 'new words'));
  assert.deepEqual([changed.name, changed.description], ['renamed', 'new words']);
  assert.deepEqual(changed.permittedIps, full.permittedIps);
  assert.deepEqual(changed.customClaims, full.customClaims);
});
await check('update clears what is given empty', async () => {
  const changed = data(await keys.update(id, 'renamed', '', undefined, undefined, undefined, full.permittedIps, {}));
  assert.ok(!changed.description);
  assert.deepEqual(changed.customAttributes ?? {}, {});
  assert.deepEqual(changed.customClaims, full.customClaims);
});

let session;
await check('exchange', async () => {
  session = await client.exchangeAccessKey(cleartext);
  assert.equal(session.token.sub, id);
  assert.equal(session.token.team, 'build');
  assert.equal(session.token.dct, undefined);
});
await check('exchange with login claims and a selected tenant', async () => {
  const loginOptions = { customClaims: { job: 42 }, selectedTenant: 'acme' };
  const { token } = await client.exchangeAccessKey(cleartext, loginOptions);
  assert.equal(token.nsec.job, 42);
  assert.equal(token.dct, 'acme');
});
await check('exchange with the tenant of another is refused', () =>
  assert.rejects(client.exchangeAccessKey(cleartext, { selectedTenant: 'initech' }), /could not exchange/));
await check('exchange for an audience that the token lacks is refused', () =>
  assert.rejects(client.exchangeAccessKey(cleartext, undefined, { audience: 'https://api.example.com' }), /aud/));
await check('exchange for an audience that the token has', async () => {
  const { token } = await control('POST', 'tokens', { claims: { aud: 'https://api.example.com' } });
  const body = { sessionJwt: token, keyId: id };
  await control('POST', 'faults', { fault: 'answer', status: 200, body, on: ['exchange'] });
  const audience = 'https://api.example.com';
  assert.equal((await client.exchangeAccessKey(cleartext, undefined, { audience })).token.aud, audience);
});
await check('exchange of a wrong key is refused', () =>
  assert.rejects(client.exchangeAccessKey('K2nobody'), /could not exchange/));
await check('a session validates, and its roles are seen', async () => {
  const again = await client.validateSession(session.jwt);
  assert.ok(client.validateTenantRoles(again, 'acme', ['deployer']));
  assert.ok(client.validateTenantPermissions(again, 'acme', ['deploy']));
  assert.ok(!client.validateTenantRoles(again, 'globex', ['deployer']));
  assert.deepEqual(client.getMatchedTenantRoles(again, 'acme', ['admin', 'deployer']), ['deployer']);
});

const exchanges = (secret) => client.exchangeAccessKey(secret).then(() => true, () => false);
await check('deactivate and activate', async () => {
  data(await keys.deactivate(id));
  assert.equal(data(await keys.load(id)).status, 'inactive');
  assert.equal(await exchanges(cleartext), false);
  data(await keys.activate(id));
  assert.equal(await exchanges(cleartext), true);
});
await check('rotate', async () => {
  const rotated = data(await keys.rotate(id));
  assert.equal(rotated.key.id, id);
  assert.notEqual(rotated.cleartext, cleartext);
  assert.equal(await exchanges(cleartext), false);
  assert.equal(await exchanges(rotated.cleartext), true);
});
await check('batches', async () => {
  const ids = data(await keys.searchAll()).map((key) => key.id);
  const states = async () => new Set(data(await keys.searchAll()).map((key) => key.status));
  data(await keys.deactivateBatch(ids));
  assert.deepEqual(await states(), new Set(['inactive']));
  data(await keys.activateBatch(ids));
  assert.deepEqual(await states(), new Set(['active']));
  data(await keys.deleteBatch(ids.filter((each) => each !== id)));
  assert.deepEqual(data(await keys.searchAll()).map((key) => key.id), [id]);
});
await check('delete', async () => {
  data(await keys.delete(id));
  assert.equal((await keys.load(id)).ok, false);
});
await check('a wrong management key is refused', async () => {
  const other = DescopeClient({ projectId, managementKey: 'K2wrong', baseUrl, logger });
  const response = await other.management.accessKey.searchAll();
  assert.deepEqual([response.ok, response.code], [false, 401]);
});
await check('a create that may have been carried out is sent again, and leaves two keys', async () => {
  await control('POST', 'faults', { fault: 'answer', status: 503, on: ['create'], carriedOut: true });
  data(await keys.create('twice', 0));
  const made = data(await keys.searchAll());
  assert.deepEqual(made.map((key) => key.name), ['twice', 'twice']);
});

for (const { name, token, audience, roles } of JSON.parse(readFileSync(tokensFile))) {
  let verdict;
  try {
    const info = await client.validateSession(token, audience ? { audience } : undefined);
    verdict = { verdict: 'accepted' };
    if (roles) {
      const held = client.validateTenantRoles(info, roles.tenant, roles.roles);
      verdict = { verdict: held ? 'granted' : 'denied' };
    }
  } catch (error) {
    verdict = { verdict: 'refused', why: error.message };
  }
  results.verdicts[name] = verdict;
}

for (const { operation } of (await control('GET', 'requests')).requests) {
  const name = operation ?? 'unknown';
  results.requests[name] = (results.requests[name] ?? 0) + 1;
}
writeFileSync(resultsFile, JSON.stringify(results, null, 2));
