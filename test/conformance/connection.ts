// A connection of the model: two ends, their handshake, and the ways to end it.

import type { Context } from './context.ts';
import { ClientEnd, ServerEnd } from './ends.ts';
import type { Entry, Registry } from './registry.ts';
import { Fatal, type ServerHello } from './wire.ts';

export interface ConnectionParts {
  readonly name: string;
  readonly server: Context;
  readonly client: Context;
  readonly registry: Registry;
  readonly extendedMasterSecret: boolean;
  /** What the server's side of the connection sets for itself. */
  readonly sessionIdContext?: Uint8Array | undefined;
  readonly verifyPeer?: boolean | undefined;
  /** The client's private copy of a session, freed with the connection. */
  readonly proposed?: Entry | undefined;
}

export class ModelledConnection {
  readonly name: string;
  readonly server: ServerEnd;
  readonly client: ClientEnd;
  readonly #registry: Registry;
  readonly #proposed: Entry | undefined;

  constructor(parts: ConnectionParts) {
    const { name, registry, extendedMasterSecret, sessionIdContext, verifyPeer } = parts;
    const randomId = !parts.server.hasGenerator;
    this.name = name;
    this.#registry = registry;
    this.#proposed = parts.proposed;
    if (this.#proposed !== undefined) this.#proposed.connections++;
    this.server = new ServerEnd({
      context: parts.server,
      registry,
      connection: {
        ...(sessionIdContext && { sessionIdContext }),
        ...(verifyPeer !== undefined && { verifyPeer }),
      },
      base: `${name}.s`,
      randomId,
    });
    this.client = new ClientEnd({
      context: parts.client,
      registry,
      connection: { extendedMasterSecret },
      base: `${name}.c`,
      randomId,
    });
  }

  get isComplete(): boolean {
    return this.server.complete && this.client.complete;
  }

  /** The whole handshake. A full one ends on the server first, an abbreviated one on the client. */
  shakeHands(wanted: Entry | undefined, secret: Uint8Array): void {
    const ends = [this.server, this.client];
    for (const { context, connection } of ends) context.handshaking = connection;
    this.#exchange(wanted, secret);
    for (const { context } of ends) context.handshaking = undefined;
  }

  #exchange(wanted: Entry | undefined, secret: Uint8Array): void {
    const { client, server } = this;
    const hello = client.hello(wanted, secret);
    let answer: ServerHello | undefined;
    try {
      answer = server.answer(hello);
      client.receive(answer);
      client.receiveRest(answer);
    } catch (error) {
      if (!(error instanceof Fatal)) throw error;
      const [sender, receiver] = answer === undefined ? [server, client] : [client, server];
      if (answer !== undefined) client.countMiss();
      sender.fail(error.reason);
      receiver.receiveAlert(error.alert);
      return;
    }
    for (const end of answer.resumed ? [client, server] : [server, client]) end.finish();
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
      for (const end of [server, client]) if (end.complete) end.breakOff();
    }
    const shutDown = how === 'clean' || how === 'quiet';
    server.free(shutDown);
    client.free(shutDown);
    if (this.#proposed !== undefined) this.#proposed.connections--;
  }
}
