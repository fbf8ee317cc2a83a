// Run by ../install.js inside a project that has installed the package.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';
import { Session, SessionCache } from 'sesscache';
import { decodeSession } from 'sesscache/asn1';
import { clusterStore } from 'sesscache/cluster';
import { ClientSessionCache, SessionAgent, sessionKey } from 'sesscache/client';
import { attachExternal, memoryStore } from 'sesscache/external';
import { forgeSessionCache } from 'sesscache/forge';
import { metricsOf } from 'sesscache/metrics';
import { attachServer } from 'sesscache/node';
import { redisStore } from 'sesscache/redis';

// The core by its own entry point, compiled by the user.
const core = readFileSync(fileURLToPath(import.meta.resolve('sesscache/core.wasm')));
const cache = new SessionCache({ size: 2, module: new WebAssembly.Module(core) });
cache.setSessionIdContext(Uint8Array.of(1));

const id = new Uint8Array(32).fill(7);
const sessionIdContext = Uint8Array.of(1);
cache.addSession(new Session({ id, data: Uint8Array.of(1, 2, 3), sessionIdContext }));
console.log(`resumed ${cache.resumeSession(id)?.data.length} bytes`);

const server = tls.createServer({ maxVersion: 'TLSv1.2', sessionIdContext: 'a context' });
const attached = attachServer(server, cache);
console.log(`attached, ${attached.stats().stored} sessions`);
attached.detach();
try {
  decodeSession(Uint8Array.of(0x30, 0));
} catch (error) {
  console.log(error instanceof RangeError ? 'an empty session is refused' : error);
}
const external = attachExternal(cache, memoryStore());
console.log(`a store is attached, its breaker is ${external.stats().breaker.state}`);
const sessions = new ClientSessionCache();
const agent = new SessionAgent({ sessions });
const key = sessionKey({ host: 'example.org', port: 443 });
console.log(`${key?.length} bytes of key, ${agent.sessions.stats().sessions} sessions`);
sessions.close();
const forge = forgeSessionCache(cache, { role: 'server' });
console.log(`forge is given ${forge.getSession('')}`);
external.detach();
const store = clusterStore();
await store.set('key', Uint8Array.of(1), 1000);
console.log(`a cluster's primary holds ${store.stats().values} value`);
store.close();
try {
  redisStore({});
} catch (error) {
  console.log(error.message);
}
console.log(metricsOf(cache).split('\n')[0]);
cache.close();
