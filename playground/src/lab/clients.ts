// A population of clients: each remembers its last session and offers it when it comes back.

import { TLS12, TLS13 } from './der.ts';

export interface Client {
  readonly name: string;
  readonly tag: string;
  readonly protocolVersion: number;
  /** The id that it offers next time. */
  offers: Uint8Array | undefined;
}

export class Clients {
  readonly #clients: Client[] = [];

  /** Makes as many as are asked for; those that were there keep their sessions. */
  resize(count: number): void {
    while (this.#clients.length < count) this.#clients.push(makeClient(this.#clients.length + 1));
    this.#clients.length = count;
  }

  /** One of them; some come often and most seldom, as with real clients. */
  pick(): Client {
    const index = Math.floor(this.#clients.length * Math.random() ** 2);
    return this.#clients[index] as Client;
  }

  forget(): void {
    for (const client of this.#clients) client.offers = undefined;
  }
}

function makeClient(number: number): Client {
  return {
    name: `client ${number}`,
    tag: `user:${number}`,
    protocolVersion: number % 3 === 0 ? TLS12 : TLS13,
    offers: undefined,
  };
}
