// A connection of the model: two ends, their handshake, and the ways to end it.

import type { Context } from './context.ts';
import type { End } from './end.ts';
import { ClientEnd12, ServerEnd12 } from './ends12.ts';
import { ClientEnd13, ServerEnd13 } from './ends13.ts';
import type { Entry, Registry } from './registry.ts';
import type { Library } from './library.ts';
import { Fatal, negotiatedData, TLS12, TLS13, type ServerHello, type Ticket } from './wire.ts';

export interface ConnectionParts {
  readonly name: string;
  readonly version: number;
  readonly server: Context;
  readonly client: Context;
  readonly registry: Registry;
  readonly library: Library;
  readonly now: () => number;
  readonly extendedMasterSecret: boolean;
  /** What the server's side of the connection sets for itself. */
  readonly sessionIdContext?: Uint8Array | undefined;
  readonly verifyPeer?: boolean | undefined;
  /** The client's private copy of a session, freed with the connection. */
  readonly proposed?: Entry | undefined;
}

export class ModelledConnection {
  readonly name: string;
  readonly server: End;
  readonly client: End;
  readonly #handshake: (wanted: Entry | undefined, number: number) => void;
  readonly #registry: Registry;
  readonly #proposed: Entry | undefined;

  constructor(parts: ConnectionParts) {
    this.name = parts.name;
    this.#registry = parts.registry;
    this.#proposed = parts.proposed;
    if (this.#proposed !== undefined) this.#proposed.connections++;
    const { server, client, handshake } =
      parts.version === TLS13 ? connection13(parts) : connection12(parts);
    this.server = server;
    this.client = client;
    this.#handshake = handshake;
  }

  get isComplete(): boolean {
    return this.server.complete && this.client.complete;
  }

  /** The whole handshake, which is handshake number `number` of the script. */
  shakeHands(wanted: Entry | undefined, number: number): void {
    const ends = [this.server, this.client];
    for (const { context, connection } of ends) context.handshaking = connection;
    this.#handshake(wanted, number);
    for (const { context } of ends) context.handshaking = undefined;
    this.#registry.labelCached();
  }

  /** What the recorder prints for `connect`. */
  describe(): Record<string, unknown> {
    const { client, server } = this;
    const label = (entry: Entry | undefined) =>
      entry === undefined ? null : this.#registry.label(entry);
    return {
      s: Number(server.complete),
      c: Number(client.complete),
      reused: Number(server.resumed),
      creused: Number(client.resumed),
      ssess: label(server.session),
      csess: label(client.session),
      ...(server.error !== undefined && { serr: server.error }),
      ...(client.error !== undefined && { cerr: client.error }),
    };
  }

  /**
   * Ends it: `clean` and `quiet` shut both sides down, `drop` says nothing, and for `fatal` the
   * server meets a junk record and sends an alert.
   */
  close(how: string): void {
    const { client, server } = this;
    if (how === 'fatal') {
      server.readFatal('server');
      client.readFatal('client');
    }
    const shutDown = how === 'clean' || how === 'quiet';
    server.free(shutDown);
    client.free(shutDown);
    if (this.#proposed !== undefined) this.#proposed.connections--;
  }
}

type Ends = Pick<ModelledConnection, 'server' | 'client'> & {
  handshake: (wanted: Entry | undefined, number: number) => void;
};

/** What the parts of a connection say to both ends, and to the server's. */
function endParts(parts: ConnectionParts) {
  const { name, registry, version, sessionIdContext, verifyPeer, extendedMasterSecret } = parts;
  const protocolVersion = version;
  const randomId = !parts.server.hasGenerator || !parts.server.tickets.noTicket;
  return {
    server: {
      context: parts.server,
      connection: {
        protocolVersion,
        ...(sessionIdContext && { sessionIdContext }),
        ...(verifyPeer !== undefined && { verifyPeer }),
      },
      base: `${name}.s`,
      registry,
      randomId,
    },
    client: {
      context: parts.client,
      connection: { protocolVersion, extendedMasterSecret },
      base: `${name}.c`,
      registry,
      randomId,
    },
  };
}

/** TLS 1.2: a full handshake ends on the server first, an abbreviated one on the client. */
function connection12(parts: ConnectionParts): Ends {
  const ends = endParts(parts);
  const server = new ServerEnd12(ends.server);
  const client = new ClientEnd12(ends.client);
  const handshake = (wanted: Entry | undefined, number: number): void => {
    const hello = client.hello(wanted, negotiatedData(number, TLS12));
    let answer: ServerHello | undefined;
    try {
      answer = server.answer(hello);
      client.receive(answer);
      client.receiveRest(answer);
    } catch (error) {
      if (answer === undefined) breakOff(error, server, client);
      else {
        client.countMiss();
        breakOff(error, client, server);
      }
      return;
    }
    for (const end of answer.resumed ? [client, server] : [server, client]) end.finish();
  };
  return { server, client, handshake };
}

/** TLS 1.3: the client finishes first, and the server sends tickets once it has. */
function connection13(parts: ConnectionParts): Ends {
  const ends = endParts(parts);
  const { now, library } = parts;
  const { tickets: settings } = parts.server;
  const server = new ServerEnd13({ ...ends.server, now, library, tickets: settings });
  const client = new ClientEnd13({ ...ends.client, now, library });
  const handshake = (wanted: Entry | undefined, number: number): void => {
    const hello = client.hello(wanted, negotiatedData(number, TLS13));
    let sender: End = server;
    let failure: unknown;
    const tickets: Ticket[] = [];
    try {
      const answer = server.answer(hello);
      sender = client;
      client.receive(answer);
      client.finish();
      sender = server;
      server.finish();
      for (const ticket of server.tickets()) tickets.push(ticket);
    } catch (error) {
      failure = error;
      fail(error, sender);
    }
    // The client reads what the server sent before it failed.
    for (const ticket of tickets) client.receiveTicket(ticket);
    if (failure !== undefined) receiveAlert(failure, sender === server ? client : server);
  };
  return { server, client, handshake };
}

/** The end that cannot go on sends an alert, which the other one reads. */
function breakOff(error: unknown, sender: End, receiver: End): void {
  fail(error, sender);
  receiveAlert(error, receiver);
}

function fail(error: unknown, sender: End): void {
  if (!(error instanceof Fatal)) throw error;
  sender.fail(error.reason);
}

function receiveAlert(error: unknown, receiver: End): void {
  if (error instanceof Fatal) receiver.receiveAlert(error.alert);
}
