// Twenty faults, one after the other, in a process that NODE_DEBUG=sesscache makes talk: for each,
// what the counters, the channels, and (on the error stream, between marks) the lines say.

import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { ClientSessionCache, connect as connectClient } from '../../bindings/client/index.ts';
import { attachExternal, type ExternalOptions, type ExternalStore, memoryStore } from '../../bindings/external/index.ts'; // prettier-ignore
import { decodeSession, encodeSession } from '../../bindings/asn1/index.ts';
import { Session, SessionCache } from '../../bindings/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { key, remote } from '../external/support.ts';
import { withAuthority } from '../node/authority.ts';
import { type Running, type ServerOptions, withServer } from '../node/harness.ts';
import { openssl } from '../tls/openssl.ts';
import { listening } from './listen.ts';

/** What a fault has left behind. */
export interface Traces {
  name: string;
  /** Counters that are not zero, as `metricsOf` writes them. */
  metrics: string[];
  /** Of the last handshake, and what else the channels said. */
  channels: string[];
}

const TLS12 = { maxVersion: 'TLSv1.2' } as const;
const OLD = { maxVersion: 'TLSv1.2' } as const;
const realNow = Date.now;

process.on('warning', () => {});

async function fault(
  name: string,
  work: (scrape: (...sources: [{ stats(): object }, string][]) => void) => Promise<void>,
): Promise<void> {
  writeSync(2, `== ${name}\n`);
  const traces: Traces = { name, metrics: [], channels: [] };
  await listening(async (heard) => {
    await work((...sources) => {
      const text = metricsOf(sources.map(([source, prefix]) => [source, { prefix }] as const));
      traces.metrics = text.split('\n').filter((line) => /^[^#].* [1-9]/.test(line));
    });
    await sleep(20);
    for (const { role, outcome, reason, store } of heard.handshakes) {
      traces.channels.push(`handshake ${role} ${outcome} ${reason} ${store}`);
    }
    for (const { action, cause } of heard.sessions) traces.channels.push(`session ${action} ${cause}`); // prettier-ignore
    for (const { operation, outcome, cause } of heard.stores) {
      traces.channels.push(`store ${operation} ${outcome} ${cause}`);
    }
    for (const { breaker, state } of heard.breakers) traces.channels.push(`breaker ${breaker} ${state}`); // prettier-ignore
    for (const { evicted } of heard.lookups) if (evicted) traces.channels.push(`evicted ${evicted}`); // prettier-ignore
  });
  process.stdout.write(`${JSON.stringify(traces)}\n`);
}

/** A server, and the fault that is made of it. */
function onServer(
  name: string,
  options: ServerOptions,
  work: (running: Running) => Promise<void>,
): Promise<void> {
  return fault(name, async (scrape) => {
    const cache = options.cache ?? new SessionCache();
    await withServer({ ...options, cache }, async (running) => {
      await work(running);
      await sleep(20);
      scrape([cache, 'cache'], [running.attached, 'server']);
    });
    cache.close();
  });
}

/** Two processes with one store: a session is made here and asked for there. */
function acrossStore(
  name: string,
  make: () => {
    store: ExternalStore;
    there?: ExternalOptions;
    options?: ExternalOptions;
    namespace?: string;
    spoil?: () => void;
  },
): Promise<void> {
  return fault(name, async (scrape) => {
    const { store, options = {}, there = {}, namespace = 'site', spoil } = make();
    const common = { keys: [key(1)], deadline: 100, failures: 2, absentFor: 0, onError: () => {}, ...options }; // prettier-ignore
    const [first, second] = [new SessionCache(), new SessionCache()];
    const [external, other] = [
      attachExternal(first, store, common),
      attachExternal(second, store, { ...common, ...there }),
    ];
    let session: Buffer | undefined;
    const attach = { namespace: 'site' };
    await withServer({ cache: first, attach, tls: TLS12 }, async ({ connect }) => {
      ({ session } = await connect(undefined, OLD));
      await external.flush({ timeout: 300 });
    });
    spoil?.();
    await withServer(
      { cache: second, attach: { namespace }, tls: TLS12 },
      async ({ connect, attached }) => {
        for (let i = 0; i < 3; i++) await connect(session, OLD);
        scrape([attached, 'server'], [other, 'store'], [external, 'writer']);
      },
    );
    external.detach();
    other.detach();
  });
}

function faulty(changes: Partial<ExternalStore>): ExternalStore {
  return { ...remote(memoryStore()), ...changes };
}

const stateful = { tls13: true };
const down = (): never => {
  throw new Error('down');
};

await onServer(
  'tickets on',
  { attach: stateful, tls: { secureOptions: 0 } },
  async ({ connect }) => {
    await connect();
  },
);
await acrossStore('wrong namespace', () => ({ store: remote(), namespace: 'other' }));
await onServer('context changed', { tls: TLS12 }, async ({ connect, attached }) => {
  const { session } = await connect(undefined, OLD);
  attached.setSecureContext({ sessionIdContext: 'other' });
  await connect(session, OLD);
});
let shift = 0;
const clock = (): SessionCache => {
  shift = 0;
  return new SessionCache({ now: () => Math.floor(realNow() / 1000) + shift });
};
await onServer('clock ahead', { cache: clock(), tls: TLS12 }, async ({ connect }) => {
  const { session } = await connect(undefined, OLD);
  shift = 86_400;
  await connect(session, OLD);
});
await onServer('clock behind', { tls: TLS12 }, async ({ connect, cache }) => {
  const { session } = await connect(undefined, OLD);
  // For a clock that is an hour behind, a session of now is one of an hour ahead.
  for (const kept of Array.from(cache)) {
    const fields = decodeSession(kept.data, { secrets: true });
    const data = encodeSession({ ...fields, time: Number(fields.time) + 3600 });
    const copy = kept.dup();
    cache.removeSession(kept);
    const options = { id: copy.id, data, sessionIdContext: copy.sessionIdContext, timeout: 9000 };
    cache.addSession(new Session(options));
  }
  await connect(session, OLD);
});
await onServer(
  'cache too small',
  { cache: new SessionCache({ size: 1 }), tls: TLS12 },
  async ({ connect }) => {
    const { session } = await connect(undefined, OLD);
    await connect(undefined, OLD);
    await connect(session, OLD);
  },
);
await onServer(
  'timeout too short',
  { cache: new SessionCache({ timeout: 1 }), tls: TLS12 },
  async ({ connect }) => {
    const { session } = await connect(undefined, OLD);
    await sleep(2600);
    await connect(session, OLD);
  },
);
await acrossStore('store down', () => {
  const store = faulty({});
  return { store, spoil: () => (store.get = async () => down()) };
});
await acrossStore('store slow', () => {
  const store = faulty({});
  return { store, spoil: () => (store.get = () => new Promise(() => {})) };
});
await acrossStore('store full', () => ({ store: faulty({ set: async () => down() }) }));
await fault('no channel', async (scrape) => {
  const { channel: _, ...store } = remote() as ExternalStore;
  const cache = new SessionCache();
  const external = attachExternal(cache, store, { keys: [key(1)] });
  cache.finishHandshake('server', cache.createSession({ data: new Uint8Array(50) }));
  await external.flush();
  for (const session of cache) cache.removeSession(session);
  await external.flush();
  scrape([external, 'store']);
  external.detach();
});
await acrossStore('wrong key', () => ({ store: remote(), there: { keys: [key(2)] } }));
await onServer('client that drops tickets', { attach: stateful }, async ({ connect }) => {
  await connect();
  await connect();
});
await onServer('policy changed', { tls: TLS12 }, async ({ connect, attached }) => {
  const { session } = await connect(undefined, OLD);
  attached.setSecureContext({ ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' });
  await connect(session, OLD);
});
await fault('certificate expired', async (scrape) => {
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-faults-'));
  const [keyFile, request] = [join(folder, 'key'), join(folder, 'csr')];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const subject = ['-subj', '/CN=localhost', '-keyout', keyFile, '-out', request];
  await openssl(['req', '-new', ...ec, ...subject]);
  // Of no days: it ends as it begins.
  const cert = await openssl(['x509', '-req', '-in', request, '-signkey', keyFile, '-days', '0']);
  const tls = { ...TLS12, key: readFileSync(keyFile), cert };
  rmSync(folder, { recursive: true });
  await sleep(1100);
  const sessions = new ClientSessionCache();
  await withServer({ tls }, async ({ port }) => {
    await new Promise((resolve) => {
      const options = { host: '127.0.0.1', rejectUnauthorized: false, sessions };
      connectClient({ port, ...options })
        .on('error', () => {})
        .on('close', resolve)
        .resume();
    });
  });
  scrape([sessions, 'client']);
});
await withAuthority('/CN=faults', async (authority) => {
  const client = await authority.issue('client');
  const tls = { ...TLS12, requestCert: true, rejectUnauthorized: true, ca: authority.cert };
  await onServer('CRL loaded', { tls }, async ({ connect, attached }) => {
    const { session } = await connect(undefined, { ...OLD, ...client });
    attached.setSecureContext({ crl: await authority.revoke(client) });
    await connect(session, { ...OLD, ...client }).catch(() => {});
  });
});
await onServer('version changed', { attach: stateful }, async ({ connect, attached }) => {
  const { session } = await connect(undefined, OLD);
  attached.setSecureContext({ minVersion: 'TLSv1.3' });
  await connect(session);
});
await onServer('single use spent', { attach: stateful }, async ({ connect }) => {
  const { session } = await connect();
  await connect(session);
  await connect(session);
});
const attachTo = (prepare: (server: ReturnType<typeof createServer>) => unknown): Promise<void> =>
  fault(String(prepare.name), async () => {
    const server = createServer({
      sessionIdContext: 'faults',
      secureOptions: constants.SSL_OP_NO_TICKET,
      ...TLS12,
    });
    try {
      await prepare(server);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      writeSync(2, `error ${code ?? ''} ${message}\n`);
    }
  });
const listenerBefore = {
  'listener before ours': (server: ReturnType<typeof createServer>): void => {
    server.on('resumeSession', (_id, done) => done(null, null as never));
    attachServer(server, new SessionCache());
  },
  'two copies': async (server: ReturnType<typeof createServer>): Promise<void> => {
    const url = new URL('../../bindings/cache/cache.ts?copy=2', import.meta.url);
    const copy = (await import(url.href)) as { SessionCache: typeof SessionCache };
    attachServer(server, new copy.SessionCache());
  },
};
for (const prepare of Object.values(listenerBefore)) await attachTo(prepare);
process.exit(0);
