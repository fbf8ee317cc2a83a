// Several Redis servers: a cluster of three, and a sentinel that watches a master and its replica.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, run } from '../support/commands.ts';
import { freePort } from '../support/ports.js';
import { hasPrinted, RedisServer, spawnServer } from './server.ts';
import { until } from '../support/clock.ts';

const SLOTS = 16_384;

/** Runs `use` with a Redis Cluster of three masters, each with a third of the slots. */
export async function withRedisCluster(
  use: (nodes: RedisServer[]) => Promise<void>,
): Promise<void> {
  const nodes: RedisServer[] = [];
  try {
    const buses = [await freePort(), await freePort(), await freePort()];
    for (const bus of buses) {
      const args = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`];
      nodes.push(await RedisServer.start(...args, '--cluster-node-timeout', '5000'));
    }
    const share = Math.ceil(SLOTS / nodes.length);
    await Promise.all(
      nodes.map(async (node, at) => {
        const last = Math.min((at + 1) * share, SLOTS) - 1;
        await node.command('cluster', 'addslotsrange', `${at * share}`, `${last}`);
        await node.command('cluster', 'set-config-epoch', `${at + 1}`);
      }),
    );
    for (const [at, node] of nodes.slice(1).entries()) {
      const bus = `${buses[at + 1]}`;
      await nodes[0]!.command('cluster', 'meet', '127.0.0.1', `${node.port}`, bus);
    }
    await until(async () => {
      const infos = await Promise.all(nodes.map((node) => node.command('cluster', 'info')));
      return infos.every((info) => /state:ok/.test(info) && /known_nodes:3/.test(info));
    }, 'three nodes agree');
    await use(nodes);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

/** A sentinel, and the servers that it watches. */
export interface Watched {
  /** Where the sentinel listens. */
  port: number;
  /** The name of the master. */
  name: string;
  master: RedisServer;
  replica: RedisServer;
  /** Resolves when the sentinel has made the replica the master. */
  failedOver(): Promise<void>;
}

export async function withSentinel(use: (watched: Watched) => Promise<void>): Promise<void> {
  const name = 'sessions';
  const servers: RedisServer[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-sentinel-'));
  let sentinel: ChildProcess | undefined;
  try {
    const master = await RedisServer.start('--repl-diskless-sync-delay', '0');
    servers.push(master);
    const replica = await RedisServer.start('--replicaof', '127.0.0.1', `${master.port}`);
    servers.push(replica);
    await until(
      async () => /master_link_status:up/.test(await replica.command('info', 'replication')),
      'the replica follows',
    );
    const port = await freePort();
    const file = join(folder, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 3000`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    sentinel = spawnServer(findProgram('redis-server'), [file, '--sentinel']);
    await hasPrinted(sentinel, /\+monitor master/);
    const ask = (...args: string[]): Promise<string> =>
      run(findProgram('redis-cli'), ['-p', `${port}`, 'sentinel', ...args]);
    await until(
      async () => (await ask('replicas', name)).includes(`${replica.port}`),
      'the sentinel knows the replica',
    );
    const failedOver = (): Promise<void> =>
      until(
        async () =>
          (await ask('get-master-addr-by-name', name)).includes(`${replica.port}`) &&
          /role:master/.test(await replica.command('info', 'replication')),
        'the replica is master',
      );
    await use({ port, name, master, replica, failedOver });
  } finally {
    if (sentinel && sentinel.exitCode === null) {
      sentinel.kill('SIGKILL');
      await once(sentinel, 'exit');
    }
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}
