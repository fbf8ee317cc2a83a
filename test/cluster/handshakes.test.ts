// Real workers of a real cluster, real handshakes, and a session store that they share: Redis
// through either client library, or the primary.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExternalStats } from '../../bindings/external/index.ts';
import { RedisServer } from '../redis/server.ts';
import { type Fleet, startFleet, withFleet } from './fleet.ts';
import { until } from '../support/clock.ts';
import { VERSIONS } from '../support/versions.ts';

const test = suite('a cluster that shares its sessions');

const STORES = ['cluster', 'node-redis', 'ioredis'] as const;
const WORKERS = 3;
/** Generous: this is about what resumes, not about how fast. */
const external = { deadline: 5000, absentFor: 0 };

let redis: RedisServer;
let fleet: Fleet;

test.before(async () => {
  redis = await RedisServer.start();
  fleet = await startFleet({
    workers: WORKERS,
    versions: VERSIONS,
    keys: [randomBytes(32).toString('hex')],
    stores: STORES.map((kind) => ({ name: kind, kind, port: redis.port })),
    serialization: 'advanced',
    external,
  });
});

test.after(async () => {
  await fleet?.stop();
  await redis?.stop();
});

for (const store of STORES) {
  for (const version of VERSIONS) {
    const at = `${store} ${version}`;

    test(`${at}: of 300 reconnects over three workers all resume`, async () => {
      const port = fleet.ports[at]!;
      // Several clients in turn: a session is on its way to the store while its client waits.
      const clients = await Promise.all(Array.from({ length: 10 }, () => fleet.visit(port)));
      const resumed = new Map<number, number>();
      let moved = 0;
      for (let i = 0; i < 300; i++) {
        const before = clients[i % clients.length]!;
        const now = await fleet.visit(port, before.session);
        assert.ok(now.resumed && now.server?.resumed, `reconnect ${i}`);
        assert.is(now.server?.version, version);
        resumed.set(now.worker, (resumed.get(now.worker) ?? 0) + 1);
        if (now.worker !== before.worker) moved++;
        clients[i % clients.length] = now;
      }
      assert.is(resumed.size, WORKERS, `workers ${[...resumed.keys()]}`);
      assert.ok(moved >= 100, `${moved} reconnects met another worker`);
    });
  }

  test(`${store}: of two workers that race for a TLS 1.3 session one resumes`, async () => {
    const port = fleet.ports[`${store} TLSv1.3`]!;
    const sessions = await Promise.all(Array.from({ length: 15 }, () => fleet.visit(port)));
    let apart = 0;
    for (const { session } of sessions) {
      const racers = await Promise.all([fleet.visit(port, session), fleet.visit(port, session)]);
      assert.is(racers.filter(({ resumed }) => resumed).length, 1);
      if (racers[0]!.worker !== racers[1]!.worker) apart++;
      const again = await fleet.visit(port, session);
      assert.not(again.resumed, 'a third time');
    }
    assert.ok(apart >= 5, `${apart} races were between two workers`);
  });

  test(`${store}: what one worker removes no worker resumes`, async () => {
    const at = `${store} TLSv1.2`;
    const port = fleet.ports[at]!;
    for (const id of fleet.ids) await fleet.ask(id, 'remove', at);
    const { session } = await fleet.visit(port);
    const seen = new Set<number>();
    await until(async () => {
      const { resumed, worker } = await fleet.visit(port, session);
      assert.ok(resumed);
      return seen.add(worker).size === WORKERS;
    }, 'all workers have a copy');
    const remover = fleet.ids[0]!;
    assert.is(await fleet.ask(remover, 'remove', at), 1);
    await until(async () => {
      const left = await Promise.all(fleet.ids.map((id) => fleet.ask<number>(id, 'cached', at)));
      return left.every((count) => count === 0);
    }, 'the others have heard');
    await until(async () => {
      const { queue } = await fleet.ask<ExternalStats>(remover, 'external', at);
      return queue.entries + queue.running === 0;
    }, 'the store has heard');
    for (let i = 0; i < 2 * WORKERS; i++) {
      assert.not((await fleet.visit(port, session)).resumed);
    }
  });
}

test('a worker that is killed takes no session with it', async () => {
  const clients = new Map<string, Buffer[]>();
  for (const [at, port] of Object.entries(fleet.ports)) {
    const visits = await Promise.all(Array.from({ length: 6 }, () => fleet.visit(port)));
    clients.set(at, visits.map(({ session }) => session)); // prettier-ignore
  }
  const victim = fleet.ids.shift()!;
  await fleet.ask(0, 'kill', victim);
  fleet.ids.push(await fleet.ask<number>(0, 'fork'));
  for (const [at, sessions] of clients) {
    const seen = new Set<number>();
    for (const session of sessions) {
      const { resumed, worker } = await fleet.visit(fleet.ports[at]!, session);
      assert.ok(resumed, at);
      seen.add(worker);
    }
    assert.ok(seen.has(fleet.ids.at(-1)!), 'the new worker resumes too');
  }
});

test('workers without their primary shake hands in full, and at once', async () => {
  const stores = [{ name: 'own', kind: 'cluster' as const }];
  const config = { workers: 2, versions: VERSIONS, stores, exclusive: true };
  await withFleet(config, async ({ ask, ids, ports, primary, visit }) => {
    const [first, second] = ids as [number, number];
    for (const version of VERSIONS) {
      const away = await visit(ports[`own ${version} ${second}`]!);
      assert.ok((await visit(ports[`own ${version} ${first}`]!, away.session)).resumed);
    }
    const made = await Promise.all(VERSIONS.map((v) => visit(ports[`own ${v} ${second}`]!)));
    await ask(first, 'outlive');
    const lastWords = await ask<number>(first, 'lastWords', 'own');
    primary.kill('SIGKILL');
    for (const [i, version] of VERSIONS.entries()) {
      const port = ports[`own ${version} ${first}`]!;
      const away = await visit(port, made[i]!.session);
      assert.not(away.resumed, 'a session of the worker that has gone');
      const again = await visit(port, away.session);
      // Its own copy serves where a session may be used more than once.
      assert.is(again.resumed, version === 'TLSv1.2');
    }
    await endWorker(lastWords);
  });
});

/** A worker whose primary is gone ends when it has been listened to. */
async function endWorker(port: number): Promise<void> {
  await connect(port, '127.0.0.1').toArray();
}

test.run();
