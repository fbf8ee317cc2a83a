// Sends sessions through a store and back, ends everything, and searches its own memory for them.
//
//   node --import tsx secrets-child.ts memory|cluster|redis sealed|unsealed [port]

import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import { attachExternal, type ExternalStore, memoryStore } from '../../bindings/external/index.ts';
import { Session, SessionCache } from '../../bindings/index.ts';
import { clusterStore } from '../../bindings/cluster/index.ts';
import { redisStore } from '../../bindings/redis/index.ts';
import { MarkedSecrets } from './marked-secrets.ts';

const [kind, seal, port] = process.argv.slice(2);
const SESSIONS = 200;
const DATA_BYTES = 160;
const secrets = new MarkedSecrets();

const TLS12 = { protocolVersion: 0x0303 };
const SINGLE = { protocolVersion: 0x0304, singleUse: true };

let store: ExternalStore;
let disconnect = (): void => {};
if (kind === 'redis') {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  store = redisStore(client, { prefix: `${seal}:` });
  disconnect = () => client.destroy();
} else if (kind === 'cluster') {
  const primary = clusterStore();
  store = { ...storeOf(primary), isLocal: false };
  disconnect = () => primary.close();
} else {
  const memory = memoryStore();
  store = { ...memory, isLocal: false };
  disconnect = () => memory.clear();
}
const options = seal === 'sealed' ? { keys: [randomBytes(32)] } : { unsealed: true };
const caches = [new SessionCache({ size: 0 }), new SessionCache({ size: 0 })] as const;
const [maker, other] = caches.map((cache) =>
  attachExternal(cache, store, { ...options, deadline: 5000, writeDeadline: 5000, absentFor: 0 }),
);

/** Makes a session, and keeps only its id. */
function make(version: number): Uint8Array {
  const id = randomBytes(32);
  const data = secrets.make(DATA_BYTES);
  const session = new Session({ id, data, protocolVersion: version });
  const connection = version === 0x0304 ? SINGLE : TLS12;
  caches[0].finishHandshake('server', session, { connection });
  data.fill(0);
  return id;
}

const several = Array.from({ length: SESSIONS }, () => make(0x0303));
const single = Array.from({ length: SESSIONS }, () => make(0x0304));
await maker!.flush({ timeout: 20_000 });
let found = 0;
for (const id of several) {
  const session = await caches[1].resumeSessionAsync(id, TLS12);
  if (session) found++;
  session?.data.fill(0);
}
for (const id of single) {
  const session = await other!.take(id, SINGLE);
  if (session) found++;
  session?.data.fill(0);
}
// Some are removed while their writes wait.
for (let i = 0; i < SESSIONS; i++) caches[0].removeSessionById(make(0x0303));
await maker!.close({ timeout: 20_000 });
await other!.close({ timeout: 20_000 });
const before = secrets.search();
for (const cache of caches) cache.close();
disconnect();
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(
  JSON.stringify({ secrets: secrets.size, resumed: found, before, left: secrets.search() }),
);
process.exit();

/** The methods of a store, which may be inherited from its class. */
function storeOf(from: ExternalStore): ExternalStore {
  return {
    channel: from.channel,
    get: (key) => from.get(key),
    set: (key, value, ttlMs) => from.set(key, value, ttlMs),
    delete: (key) => from.delete(key),
    add: (key, value, ttlMs) => from.add!(key, value, ttlMs),
    replace: (key, value) => from.replace!(key, value),
  };
}
