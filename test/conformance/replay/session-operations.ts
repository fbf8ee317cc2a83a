// Operations on sessions themselves: `new A id=0a`, `set_timeout A 5`.

import { Session } from '../../../bindings/index.ts';
import { bytes, hex, Refusal, seconds, version, type Command } from './text.ts';
import { refuseUnfinished, type EntryOptions } from './registry.ts';
import { scriptedData, TLS12 } from './wire.ts';
import type { World } from './world.ts';

export const sessionOperations: Readonly<
  Record<string, (world: World, command: Command) => unknown>
> = {
  new: (world, command) => {
    const label = unusedLabel(world, command);
    const session = scriptedSession(
      world,
      bytes(command.option('id') ?? '-', 32),
      version(command.option('ver')),
    );
    const time = command.option('time');
    const timeout = command.option('timeout');
    const context = command.option('sidctx');
    // As in the recorder, a value that a setter refuses leaves the default in place.
    if (time !== undefined) session.setTime(seconds(time));
    if (timeout !== undefined) ifInRange(() => session.setTimeout(seconds(timeout)));
    if (context !== undefined) ifInRange(() => session.setSessionIdContext(bytes(context)));
    keep(world, label, session);
  },
  dup: (world, command) => {
    const label = unusedLabel(world, command);
    const entry = world.session(command.word(2));
    keep(world, label, entry.session.dup(), entry);
  },
  free: (world, command) => {
    const entry = world.session(command.word(1));
    if (entry.references === 0) throw new Refusal('nosession');
    entry.references--;
  },

  // SSL_SESSION_set_time returns the time.
  set_time: (world, command) => {
    const time = seconds(command.word(2));
    return world.session(command.word(1)).session.setTime(time) ? time : 0;
  },
  set_timeout: (world, command) =>
    world.session(command.word(1)).session.setTimeout(seconds(command.word(2))),
  set_sidctx: (world, command) =>
    world.session(command.word(1)).session.setSessionIdContext(bytes(command.word(2))),
  set_id: (world, command) =>
    change(world, command, (session) => session.setId(bytes(command.word(2)))),
  set_ver: (world, command) =>
    change(world, command, (session) => session.setProtocolVersion(version(command.word(2)))),

  // What the external cache of the script answers with.
  ext: (world, command) => {
    if (command.word(1) !== 'put') return world.external.delete(hex(bytes(command.word(2), 32)));
    const entry = world.session(command.word(2));
    refuseUnfinished(entry);
    const as = command.option('as');
    const id = as === undefined ? entry.session.id : bytes(as, 32);
    world.external.put(hex(id), world.registry.label(entry), command.number('copy', 1));
    return 1;
  },
};

/** A session as SSL_SESSION_new leaves it, with an id and the secret that scripted ones share. */
export function scriptedSession(world: World, id: Uint8Array, protocolVersion = TLS12): Session {
  return new Session({ id, protocolVersion, data: scriptedData(), time: world.clock });
}

function unusedLabel({ registry }: World, command: Command): string {
  const label = command.word(1);
  if (registry.labelled(label) !== undefined) throw new Refusal('exists');
  return label;
}

/** The script holds a reference to what it made. */
function change(world: World, command: Command, how: (session: Session) => void): void {
  world.registry.change(world.session(command.word(1)).session, how);
}

function keep({ registry }: World, label: string, session: Session, options?: EntryOptions): void {
  const entry = registry.add(label, session, options);
  registry.label(entry);
  entry.references = 1;
}

function ifInRange(set: () => void): void {
  try {
    set();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
