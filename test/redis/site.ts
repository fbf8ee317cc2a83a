// A server, its cache, and Redis behind it: what runs on each host of a site.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import {
  attachExternal,
  type External,
  type ExternalOptions,
} from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { redisStore } from '../../bindings/redis/index.ts';
import { connectTls, makeServer, type Outcome, type Version } from '../node/harness.ts';
import type { Connected } from './clients.ts';

export class Host {
  readonly cache: SessionCache = new SessionCache();
  readonly external: External;
  readonly #server: Server;
  readonly #connected: Connected;
  #port = 0;

  private constructor(
    version: Version,
    connected: Connected,
    prefix: string,
    options: ExternalOptions,
  ) {
    this.#connected = connected;
    const store = redisStore(connected.client, { prefix });
    this.external = attachExternal(this.cache, store, { absentFor: 0, onError() {}, ...options });
    const tls = { ...readCertificate('ecdsa'), minVersion: version, maxVersion: version };
    this.#server = makeServer('tls', tls);
    attachServer(this.#server, this.cache, { namespace: 'a site', tls13: version === 'TLSv1.3' });
  }

  /**
   * Listens on a free port. Hosts of one prefix share their sessions; the host closes the client.
   */
  static async open(
    version: Version,
    connected: Connected,
    prefix: string,
    options: ExternalOptions,
  ): Promise<Host> {
    const host = new Host(version, connected, prefix, options);
    host.#server.listen(0, '127.0.0.1');
    await once(host.#server, 'listening');
    host.#port = (host.#server.address() as AddressInfo).port;
    return host;
  }

  visit(session?: Buffer): Promise<Outcome> {
    return connectTls(this.#port, session);
  }

  async close(): Promise<void> {
    this.external.detach();
    this.cache.close();
    this.#server.close();
    await once(this.#server, 'close');
    await this.#connected.close();
  }
}
