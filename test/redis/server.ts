// Real servers of Redis on the loopback interface, without persistence, in a folder of their own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, run } from '../support/commands.ts';
import { freePort } from '../support/ports.js';

const DEADLINE = 15_000;

/** One redis-server, which can be paused, killed and started again on the same port. */
export class RedisServer {
  readonly port: number;
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sesscache-redis-'));
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  static async start(...args: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    try {
      await server.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const own = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.folder];
    const memoryOnly = ['--save', '', '--appendonly', 'no'];
    const args = [...own, ...memoryOnly, ...this.#args];
    this.#child = spawnServer(findProgram('redis-server'), args);
    await hasPrinted(this.#child, /Ready to accept connections/);
  }

  /** The answer to a command, as redis-cli prints it. */
  async command(...args: string[]): Promise<string> {
    const output = await run(findProgram('redis-cli'), ['-p', `${this.port}`, ...args]);
    // Its exit code is 0 even if the server answers with an error.
    if (/^(ERR|NOPERM|WRONGTYPE|OOM|[A-Z]+ERR) /.test(output)) throw new Error(output);
    return output.trim();
  }

  /** Stops answering, with every connection open. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Kills it; `start` starts it again, empty. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `use` with a server of its own. */
export async function withRedis(
  use: (redis: RedisServer) => Promise<void>,
  ...args: string[]
): Promise<void> {
  const redis = await RedisServer.start(...args);
  try {
    await use(redis);
  } finally {
    await redis.stop();
  }
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a server that ends with this process at the latest. */
export function spawnServer(path: string, args: string[]): ChildProcess {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Resolves when the output of a server matches; rejects, with the output, if it never does. */
export function hasPrinted(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (): void => reject(new Error(`the server did not start:\n${printed}`));
    const timer = setTimeout(fail, DEADLINE);
    child.once('exit', fail);
    child.once('error', reject);
    const read = (chunk: Buffer): void => {
      if (printed.length < 100_000) printed += chunk.toString();
      if (!pattern.test(printed)) return;
      clearTimeout(timer);
      child.off('exit', fail);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
}
