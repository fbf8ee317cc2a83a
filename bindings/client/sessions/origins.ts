// Where the sessions of a connection come from, noted on the connection itself.

import { Given } from '../../given.ts';

/** What the sessions of a connection have in common. */
export interface Origin {
  /** Tag of all sessions that go back to the same full handshake. */
  family: Uint8Array;
  /** When a full handshake authenticated its peer; undefined: in this connection. */
  authTime: number | undefined;
}

/** The origins of connections, any objects. */
export class Origins {
  /** Origins of connections that more than one cache knows, or to which no field can be added. */
  readonly #others = new WeakMap<object, Origin>();

  of(connection: object): Origin | undefined {
    return Mark.of(connection, this) ?? this.#others.get(connection);
  }

  set(connection: object, origin: Origin): void {
    if (!Mark.put(connection, this, origin)) this.#others.set(connection, origin);
  }
}

/** The origin of a connection in the first cache that notes one. */
class Mark extends Given {
  #owner: Origins;
  #origin: Origin;

  private constructor(connection: object, owner: Origins, origin: Origin) {
    super(connection);
    this.#owner = owner;
    this.#origin = origin;
  }

  static of(connection: object, owner: Origins): Origin | undefined {
    if (!(#owner in connection) || connection.#owner !== owner) return undefined;
    return connection.#origin;
  }

  /** Returns false if another cache was first, or the object cannot take it. */
  static put(connection: object, owner: Origins, origin: Origin): boolean {
    if (#owner in connection) {
      if (connection.#owner !== owner) return false;
      connection.#origin = origin;
      return true;
    }
    if (!Object.isExtensible(connection)) return false;
    new Mark(connection, owner, origin); // oxlint-disable-line no-new -- `connection` itself
    return true;
  }
}
