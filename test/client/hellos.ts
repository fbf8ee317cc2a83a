// A relay in front of a server that notes which ticket each ClientHello offers.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;

export interface Relay {
  port: number;
  /** The ticket that each connection offered, in hexadecimal, in order; undefined: none. */
  offered: (string | undefined)[];
  /** Ends every new connection before it reaches the server. */
  breaks: boolean;
  /** Spoils the next bytes that a server sends. */
  spoils: boolean;
  close(): Promise<void>;
}

/** Relays to a port of the loopback interface. */
export async function relayTo(port: number): Promise<Relay> {
  const offered: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => {});
    client.once('data', (hello: Buffer) => {
      offered.push(ticketOf(hello));
      if (relay.breaks) {
        client.resetAndDestroy();
        return;
      }
      const upstream = connect(port, '127.0.0.1');
      sockets.add(upstream);
      upstream.on('error', () => client.destroy());
      upstream.write(hello);
      client.pipe(upstream);
      upstream.on('end', () => client.end());
      upstream.on('data', (bytes: Buffer) => {
        if (relay.spoils) bytes[bytes.length - 1]! ^= 1;
        client.write(bytes);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay: Relay = {
    port: (server.address() as AddressInfo).port,
    offered,
    breaks: false,
    spoils: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return relay;
}

/** The ticket in a ClientHello that came in one record: that of TLS 1.3, or that of TLS 1.2. */
export function ticketOf(hello: Buffer): string | undefined {
  let at = 5 + 4 + 2 + 32; // headers, version, random
  at += 1 + hello.readUInt8(at); // legacy session id
  at += 2 + hello.readUInt16BE(at); // cipher suites
  at += 1 + hello.readUInt8(at); // compression methods
  const end = at + 2 + hello.readUInt16BE(at);
  let ticket: string | undefined;
  for (at += 2; at < end;) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    const body = hello.subarray(at + 4, at + 4 + length);
    if (type === SESSION_TICKET && length > 0) ticket = body.toString('hex');
    if (type === PRE_SHARED_KEY) return body.toString('hex', 4, 4 + body.readUInt16BE(2));
    at += 4 + length;
  }
  return ticket;
}
