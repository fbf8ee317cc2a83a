// Faults of Redis, and their effect on handshakes during the fault and after it. Two servers, as on
// two hosts, share their sessions through Redis; clients go from one to the other.

import { randomBytes } from 'node:crypto';
import type { Version } from '../node/harness.ts';
import { connectClient, type Connected, LIBRARIES, type Library } from './clients.ts';
import type { Proxy } from './proxy.ts';
import { type RedisServer } from './server.ts';
import { Host } from './site.ts';
import { until } from '../support/clock.ts';

/** Redis, and the proxy that the clients go through. */
export interface Target {
  redis: RedisServer;
  proxy: Proxy;
}

/** A fault of Redis: how it begins and how it ends. */
export interface Fault {
  name: string;
  begin(target: Target): Promise<unknown> | void;
  end(target: Target): Promise<unknown> | void;
}

/** A fault of the proxy. `broken`: the connections cannot be used again. */
function spoilt(name: string, during: Proxy['mode'], broken = false): Fault {
  return {
    name,
    begin: ({ proxy }) => void (proxy.mode = during),
    async end({ proxy }) {
      if (broken) await proxy.refuse();
      proxy.mode = 'pass';
      if (broken) await proxy.accept();
    },
  };
}

/** Faults of a single Redis. */
export const FAULTS: readonly Fault[] = [
  { name: 'none', begin: () => {}, end: () => {} },
  { name: 'paused', begin: ({ redis }) => redis.pause(), end: ({ redis }) => redis.resume() },
  {
    name: 'writes paused',
    begin: ({ redis }) => redis.command('client', 'pause', '600000', 'write'),
    end: ({ redis }) => redis.command('client', 'unpause'),
  },
  { name: 'killed', begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.start() },
  {
    name: 'restarted',
    begin: ({ redis }) => redis.kill().then(() => redis.start()),
    end: () => {},
  },
  { name: 'refusing', begin: ({ proxy }) => proxy.refuse(), end: ({ proxy }) => proxy.accept() },
  spoilt('slow', 'slow'),
  spoilt('silent', 'silent', true),
  spoilt('garbage', 'garbage', true),
  spoilt('values altered', 'altered'),
  { name: 'flushed', begin: ({ redis }) => redis.command('flushall'), end: () => {} },
  {
    name: 'full',
    begin: ({ redis }) => redis.command('config', 'set', 'maxmemory', '1'),
    end: ({ redis }) => redis.command('config', 'set', 'maxmemory', '0'),
  },
];

/** One row of the matrix. */
export interface Outcome {
  fault: string;
  library: Library;
  version: Version;
  /** Connections during the fault, and how many of them succeeded. */
  attempted: number;
  completed: number;
  /** How many of them resumed: sessions made before the fault, and sessions made during it. */
  resumedOld: number;
  resumedNew: number;
  /** Milliseconds of the slowest connection, from connecting to closing. */
  slowest: number;
  /** Milliseconds from the end of the fault until a session of one server resumes at the other. */
  recovery: number;
  /** Reconnects after that which resumed in a row. */
  resumedAfter: number;
}

/** The options of `attachExternal`: a lookup may take 25 ms. */
export interface Timing {
  deadline: number;
  cooldown: number;
}

/** Connections of each kind. */
export const ROUND = 6;

/** Applies `fault` to the Redis of four pairs of servers: either library, either version. */
export async function meet(
  fault: Fault,
  target: Target,
  timing: Timing,
  connectStore: (library: Library) => Promise<Connected> = (library) =>
    connectClient(library, target.proxy.port),
): Promise<Outcome[]> {
  const pairs: Pair[] = [];
  try {
    for (const library of LIBRARIES) {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        pairs.push(await Pair.open(library, version, timing, () => connectStore(library)));
      }
    }
    const prepared = await Promise.all(pairs.map((pair) => pair.prepare(fault.name)));
    await fault.begin(target);
    await Promise.all(pairs.map((pair, i) => pair.endure(prepared[i]!)));
    await fault.end(target);
    await Promise.all(pairs.map((pair, i) => pair.recover(prepared[i]!)));
    return prepared;
  } finally {
    await Promise.all(pairs.map((pair) => pair.close()));
  }
}

/** Two servers that share sessions. */
class Pair {
  readonly #library: Library;
  readonly #version: Version;
  readonly #hosts: Host[] = [];
  /** Sessions made before the fault, each with the server that has no copy of it. */
  #old: { session: Buffer; at: number }[] = [];

  private constructor(library: Library, version: Version) {
    this.#library = library;
    this.#version = version;
  }

  static async open(
    library: Library,
    version: Version,
    timing: Timing,
    connectStore: () => Promise<Connected>,
  ): Promise<Pair> {
    const pair = new Pair(library, version);
    const options = { keys: [randomBytes(32)], ...timing };
    for (let i = 0; i < 2; i++) {
      const connected = await connectStore();
      pair.#hosts.push(await Host.open(version, connected, `${library} ${version}:`, options));
    }
    return pair;
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  /** Makes sessions at either server. */
  async prepare(fault: string): Promise<Outcome> {
    await until(() => this.#crosses(), 'a session goes from one server to the other');
    for (let i = 0; i < ROUND; i++) {
      const { session } = await this.#visit(i % 2);
      this.#old.push({ session, at: 1 - (i % 2) });
    }
    await this.#flush();
    return {
      fault,
      library: this.#library,
      version: this.#version,
      attempted: 0,
      completed: 0,
      resumedOld: 0,
      resumedNew: 0,
      slowest: 0,
      recovery: 0,
      resumedAfter: 0,
    };
  }

  /** Keeps connecting during the fault. */
  async endure(outcome: Outcome): Promise<void> {
    const attempt = async (at: number, session?: Buffer): Promise<Buffer | undefined> => {
      const isOld = this.#old.some((old) => old.session === session);
      const start = performance.now();
      outcome.attempted++;
      try {
        const connection = await this.#visit(at, session);
        outcome.completed++;
        if (connection.resumed) outcome[isOld ? 'resumedOld' : 'resumedNew']++;
        return connection.session;
      } catch {
        return undefined; // attempted, and not completed
      } finally {
        outcome.slowest = Math.max(outcome.slowest, performance.now() - start);
      }
    };
    for (const { session, at } of this.#old) await attempt(at, session);
    let session: Buffer | undefined;
    for (let i = 0; i <= ROUND; i++) {
      session = await attempt(i % 2, session);
      await this.#writes();
    }
  }

  /** Waits until sessions of one server resume at the other again, several in a row. */
  async recover(outcome: Outcome): Promise<void> {
    const start = performance.now();
    await until(() => this.#crosses(), `${outcome.fault}: a session is shared again`);
    outcome.recovery = performance.now() - start;
    // Not at once: on a busy machine a lookup may come late.
    await until(async () => {
      outcome.resumedAfter = 0;
      let { session } = await this.#visit(0);
      for (let i = 1; i <= ROUND; i++) {
        await this.#flush();
        const connection = await this.#visit(i % 2, session);
        if (connection.resumed) outcome.resumedAfter++;
        session = connection.session;
      }
      return outcome.resumedAfter === ROUND;
    }, `${outcome.fault}: all sessions are shared again`);
  }

  /** Whether a session of one server resumes at the other. */
  async #crosses(): Promise<boolean> {
    const { session } = await this.#visit(0);
    await this.#flush();
    return (await this.#visit(1, session)).resumed;
  }

  #visit(at: number, session?: Buffer): ReturnType<Host['visit']> {
    return this.#hosts[at]!.visit(session);
  }

  /** Waits until all writes have ended or were dropped. */
  async #flush(): Promise<void> {
    await Promise.all(this.#hosts.map(({ external }) => external.flush({ timeout: 2000 })));
  }

  /** The time that a write takes without a fault. */
  async #writes(): Promise<void> {
    await Promise.all(this.#hosts.map(({ external }) => external.flush({ timeout: 20 })));
  }
}
