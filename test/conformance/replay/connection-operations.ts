// Operations on connections: `connect c1 resume=c0.c`, `many 255 close=drop`, `close c1 quiet`.

import { Session } from '../../../bindings/index.ts';
import type { End } from './end.ts';
import type { Entry } from './registry.ts';
import { scriptedSession } from './session-operations.ts';
import { bytes, integer, Refusal, version, type Command } from './text.ts';
import type { World } from './world.ts';

export const connectionOperations: Readonly<
  Record<string, (world: World, command: Command) => unknown>
> = {
  connect: (world, command) => {
    world.mentionAll();
    const name = command.word(1);
    if (world.hookRunner.isRunning || world.connection(name)) throw new Refusal('bad');
    const resume = command.option('resume');
    const proposed = resume === undefined ? proposal(world, name, command) : undefined;
    const wanted = resume === undefined ? proposed : world.session(resume);
    const sidctx = command.option('sidctx');
    const vpeer = command.option('vpeer');
    const connection = world.connect(
      {
        name,
        version: spoken(command),
        extendedMasterSecret: command.number('ems', 1) !== 0,
        sessionIdContext: sidctx === undefined ? undefined : bytes(sidctx, 64),
        verifyPeer: vpeer === undefined ? undefined : vpeer.startsWith('1'),
        proposed,
      },
      wanted,
    );
    const described = connection.describe();
    world.registry.keepSessionsOf(name);
    return described;
  },

  many: (world, command) => {
    world.mentionAll();
    if (world.hookRunner.isRunning) throw new Refusal('bad');
    const resume = command.option('resume');
    // Unlike `connect`, this takes a session that is gone for none.
    const offered = resume === undefined ? undefined : world.registry.living(resume);
    const prefix = command.option('prefix') ?? 'm';
    const count = integer(command.word(1));
    const speaks = spoken(command);
    const result = { reused: 0, failed: 0 };
    for (let n = 1; n <= count; n++) {
      const name = `${prefix}${n}`;
      const connection = world.connect(
        { name, version: speaks, extendedMasterSecret: true },
        offered,
      );
      connection.describe(); // Sessions get their labels by being reported.
      result.reused += Number(connection.server.resumed);
      result.failed += Number(!connection.isComplete);
      world.close(connection, command.option('close') ?? 'clean');
    }
    return result;
  },

  close: (world, command) => {
    const connection = world.connection(command.word(1));
    if (connection === undefined || world.hookRunner.isRunning) throw new Refusal('noconn');
    world.close(connection, command.word(2));
  },

  set_session: (world, command) =>
    endOf(world, command).setSession(world.registry.living(command.word(3))),

  clear: (world, command) => endOf(world, command).clear(),

  end: (world) => {
    world.end();
    return 0;
  },
};

/** One end of an open connection: `c1 s`. */
function endOf(world: World, command: Command): End {
  const connection = world.connection(command.word(1));
  if (connection === undefined) throw new Refusal('noconn');
  return command.word(2) === 's' ? connection.server : connection.client;
}

/** The version that the client insists on. */
function spoken(command: Command): number {
  return version(command.option('ver'));
}

/** The session that the client offers as a private copy: of a label's session, or just an id. */
function proposal(world: World, name: string, command: Command): Entry | undefined {
  const label = command.option('propose');
  const id = command.option('proposeid');
  if (label !== undefined) {
    const original = world.session(label);
    if (!original.hasCipher) return undefined;
    return world.registry.add(`${name}.p`, clientCopy(world, original), original);
  }
  if (id !== undefined) {
    return world.registry.add(`${name}.p`, scriptedSession(world, bytes(id, 32)));
  }
  return undefined;
}

/** What a client that once got this session could have kept: no context, and no marks. */
function clientCopy(world: World, { session }: Entry): Session {
  const { id, data, protocolVersion, extendedMasterSecret } = session;
  // Reading it back from its serialised form, OpenSSL takes 0 for absent.
  const time = session.time || world.clock;
  const timeout = session.timeout || 3;
  return new Session({ id, data, protocolVersion, extendedMasterSecret, time, timeout });
}
