// Everything a script acts on: the clock, two contexts, sessions by label, open connections.

import type { SessionCacheOptions } from '../../../bindings/index.ts';
import { ModelledConnection, type ConnectionParts } from './connection.ts';
import { Context } from './context.ts';
import { External } from './external.ts';
import { HookRunner } from './hooks.ts';
import { follow, libraryOf, type Library } from './library.ts';
import { Leaving } from './leaving.ts';
import { Registry, type Entry } from './registry.ts';
import { Refusal, type Command } from './text.ts';
import { Trace } from './trace.ts';

export type Profile = NonNullable<SessionCacheOptions['profile']>;

/**
 * Enough for any script. By default there is room at once for the 20,480 sessions of the default
 * size.
 */
const MAX_MEMORY = 2 ** 21;

/** The settings of libssl, on which the scripts rely. Other profiles must have them by default. */
const MANUAL = { timeout: 7200, maxLifetime: Infinity };

export interface WorldOptions {
  readonly profile: Profile;
  /** The release of libssl that was recorded. Default: that of the project's own vectors. */
  readonly library?: string | undefined;
  /** Another build of the core. */
  readonly module?: WebAssembly.Module | undefined;
}

export class World {
  clock = 1_000_000_000;
  readonly library: Library;
  readonly trace = new Trace();
  readonly registry = new Registry();
  readonly external = new External();
  readonly leaving = new Leaving();
  readonly hookRunner: HookRunner;
  readonly S: Context;
  readonly C: Context;
  readonly #connections: ModelledConnection[] = [];
  #handshakes = 0;

  constructor(
    { profile, library, module }: WorldOptions,
    execute: (world: World, command: Command) => unknown,
  ) {
    this.library = libraryOf(library);
    this.hookRunner = new HookRunner(this.trace, (command) => execute(this, command));
    const options = {
      profile,
      now: () => this.clock,
      module,
      maxMemory: MAX_MEMORY,
      ...(profile === 'manual' && MANUAL),
    };
    this.S = new Context('S', this, options);
    this.C = new Context('C', this, options);
    for (const { cache } of [this.S, this.C]) follow(cache, this.library);
    this.S.setCallback('gen', true);
  }

  /** The context that a command names, which is thereby mentioned. */
  context(name: string): Context {
    if (name !== 'S' && name !== 'C') throw new Refusal('nocontext');
    const context = this[name];
    context.isMentioned = true;
    return context;
  }

  /** Connections mention both contexts, even one that cannot be opened. */
  mentionAll(): void {
    this.S.isMentioned = this.C.isMentioned = true;
  }

  /** The session that a command names; `$` is the one whose callback is running. */
  session(label: string): Entry {
    const entry = label === '$' ? this.hookRunner.subject : this.registry.living(label);
    if (entry === undefined) throw new Refusal('nosession');
    return entry;
  }

  connection(name: string): ModelledConnection | undefined {
    return this.#connections.find((connection) => connection.name === name);
  }

  /** Opens a connection and has its handshake done, whatever comes of it. */
  connect(
    options: Omit<ConnectionParts, 'server' | 'client' | 'registry' | 'library' | 'now'>,
    wanted: Entry | undefined,
  ): ModelledConnection {
    const { S: server, C: client, registry } = this;
    const connection = new ModelledConnection({
      ...options,
      server,
      client,
      registry,
      library: this.library,
      now: () => this.clock,
    });
    this.#connections.push(connection);
    connection.shakeHands(wanted, ++this.#handshakes);
    return connection;
  }

  close(connection: ModelledConnection, how: string): void {
    this.#connections.splice(this.#connections.indexOf(connection), 1);
    connection.close(how);
  }

  /** The end of a script: connections close quietly, last opened first, then both contexts go. */
  end(): void {
    for (const connection of this.#connections.toReversed()) this.close(connection, 'quiet');
    this.S.cache.close();
    this.C.cache.close();
  }
}
