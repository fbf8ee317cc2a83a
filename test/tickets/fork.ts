// Starts member.ts, and speaks with it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { connectTls, type Outcome } from '../node/harness.ts';
import type { Config } from './member.ts';

export interface Member {
  port: number;
  /** Calls a function of the process, or of one worker of it. */
  call<T>(name: string, args?: unknown[], to?: number): Promise<T>;
  connect(session?: Buffer, options?: ConnectionOptions): Promise<Outcome>;
  stop(): Promise<void>;
}

export async function startMember(config: Config): Promise<Member> {
  const child: ChildProcess = fork(
    join(import.meta.dirname, 'member.ts'),
    [JSON.stringify(config)],
    {
      execArgv: ['--no-warnings', '--import', 'tsx'],
    },
  );
  const replies = new Map<number, (result: unknown) => void>();
  let started: (port: number) => void = () => {};
  const port = new Promise<number>((resolve, reject) => {
    started = resolve;
    child.once('exit', () => reject(new Error('the process ended')));
  });
  child.on('message', (message: { id?: number; result?: unknown; port?: number }) => {
    if (message.port !== undefined) started(message.port);
    if (message.id !== undefined) replies.get(message.id)?.(message.result);
  });
  let last = 0;
  const member = await port;
  return {
    port: member,
    call: <T>(name: string, args: unknown[] = [], to?: number) => {
      const id = ++last;
      child.send({ id, name, args, to });
      return new Promise<T>((resolve, reject) => {
        replies.set(id, (result) => resolve(result as T));
        child.once('exit', () => reject(new Error('the process ended')));
      });
    },
    connect: (session, options) => connectTls(member, session, options),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** Runs `use` with members of these configurations, and stops them. */
export async function withMembers(
  configs: Config[],
  use: (...members: Member[]) => Promise<void>,
): Promise<void> {
  const members = await Promise.all(configs.map(startMember));
  try {
    await use(...members);
  } finally {
    await Promise.all(members.map(({ stop }) => stop()));
  }
}
