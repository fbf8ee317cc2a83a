// Starts member.ts as the primary of a real cluster, and speaks with it and its workers.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClusterStoreOptions, ClusterStoreStats } from '../../bindings/cluster/index.ts';
import { connectTls, type Outcome, type Report, type Version } from '../node/harness.ts';
import { readCertificate } from '../../examples/certificates.js';

export interface StoreConfig {
  name: string;
  kind: 'cluster' | 'node-redis' | 'ioredis';
  /** Of Redis. */
  port?: number;
  options?: ClusterStoreOptions;
}

export interface Config {
  workers: number;
  stores: StoreConfig[];
  /** Versions to serve, a server for each with each store. Default: none. */
  versions?: readonly Version[];
  serialization?: 'json' | 'advanced';
  /** Sealing keys, hex. */
  keys?: string[];
  /** Further options of `attachExternal`. */
  external?: object;
  /** The primary opens its stores when told to. */
  lateStores?: boolean;
  /** Each worker listens on ports of its own. */
  exclusive?: boolean;
}

/** 0 is the primary. */
export interface Call {
  to: number;
  id: number;
  name: string;
  args: unknown[];
}

export interface Reply {
  id: number;
  result?: unknown;
  error?: string;
}

/** How the store of a worker fares without the primary. */
export interface LastWords {
  outcomes: string[];
  milliseconds: number;
  stats: ClusterStoreStats;
}

/** What a worker says of a connection. */
export type WorkerReport = Report & { worker: number };

export interface Fleet {
  /** The numbers of the workers. */
  ids: number[];
  /** By store and version, as in `'default TLSv1.3'`. */
  ports: Record<string, number>;
  primary: ChildProcess;
  /** Has a member do something; 0 is the primary. */
  ask<T = unknown>(to: number, name: string, ...args: unknown[]): Promise<T>;
  /** Connects to whichever worker is next. */
  visit(port: number, session?: Buffer): Promise<Outcome & { worker: number }>;
  /** Ends all its processes. */
  stop(): Promise<void>;
}

const DEADLINE = 90_000; // a machine with much else to do starts three processes in a minute

/** Runs `use` with a cluster of its own. */
export async function withFleet(
  config: Config,
  use: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const fleet = await startFleet(config);
  try {
    await use(fleet);
  } finally {
    await fleet.stop();
  }
}

/** Starts a cluster, whose workers listen. */
export async function startFleet(config: Config): Promise<Fleet> {
  const primary = fork(join(import.meta.dirname, 'member.ts'), [JSON.stringify(config)], {
    execArgv: ['--import', 'tsx', '--no-warnings'],
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  primary.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  const reply = <T>(id: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no reply of the cluster')), DEADLINE);
      waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result as T);
        else reject(new Error(error));
      });
    });
  let next = 0;
  const ended = once(primary, 'exit').then(() => {
    for (const [id, answer] of waiting) answer({ id, error: 'the cluster has ended' });
  });
  const stop = async (): Promise<void> => {
    if (primary.exitCode === null && primary.signalCode === null) primary.kill('SIGKILL');
    await ended;
  };
  try {
    const { ids, ports } = await reply<{ ids: number[]; ports: Record<string, number> }>(-1);
    return {
      ids,
      ports,
      primary,
      ask(to, name, ...args) {
        const id = next++;
        primary.send({ to, id, name, args } satisfies Call, (error) => {
          if (error) waiting.get(id)?.({ id, error: String(error) });
        });
        return reply(id);
      },
      visit,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function visit(port: number, session?: Buffer): Promise<Outcome & { worker: number }> {
  const outcome = await connectTls(port, session, { ca: readCertificate('ecdsa').cert });
  return { ...outcome, worker: (outcome.server as WorkerReport).worker };
}
