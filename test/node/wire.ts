// Connections whose bytes the tests hold in their hands: proxies that change how they are sent, and
// sockets that send what no client would.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** What a proxy sends on in place of the first bytes of a client: pieces, one after the other. */
export type Cut = (first: Buffer) => Buffer[];

/**
 * A proxy before `port` that sends each client's first bytes as `cut` says, with a pause between.
 */
export async function withProxy(
  port: number,
  cut: Cut,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) socket.on('error', () => {});
    sockets.push(client, upstream);
    client.once('data', (first: Buffer) => {
      client.pause();
      const pieces = cut(first);
      const send = (): void => {
        const piece = pieces.shift();
        if (piece === undefined) client.pipe(upstream);
        else upstream.write(piece, () => setImmediate(send));
      };
      send();
    });
    upstream.pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    await use((proxy.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await once(proxy, 'close');
  }
}

/**
 * A proxy before `port` that holds back all but each client's first bytes until `open()` is called.
 */
export async function withGate(
  port: number,
  use: (port: number, open: () => void) => Promise<void>,
): Promise<void> {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) socket.on('error', () => {});
    sockets.push(client, upstream);
    upstream.pipe(client);
    client.once('data', (first: Buffer) => {
      client.pause();
      upstream.write(first);
      void opened.then(() => client.pipe(upstream));
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    await use((proxy.address() as AddressInfo).port, open);
  } finally {
    open();
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await once(proxy, 'close');
  }
}

/** `bytes` in pieces of at most `size`. */
export function inPieces(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** The content of one TLS record, again in records: of at most `size` bytes, the first `first`. */
export function inRecords(record: Buffer, first: number, size: number = first): Buffer {
  const content = record.subarray(5);
  const pieces = [content.subarray(0, first), ...inPieces(content.subarray(first), size)];
  return Buffer.concat(pieces.flatMap((piece) => [recordHeader(record, piece.length), piece]));
}

function recordHeader(record: Buffer, length: number): Buffer {
  const header = Buffer.from(record.subarray(0, 5));
  header.writeUInt16BE(length, 3);
  return header;
}

/** The ClientHello that a client sends. */
export async function captureHello(client: (port: number) => Socket): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = client((server.address() as AddressInfo).port);
  socket.on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(accepted, 'data')) as [Buffer];
  accepted.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** Sends `bytes` and resolves to what comes back until the other side closes, or `patience` ms. */
export function sendRaw(port: number, bytes: Uint8Array, patience = 1000): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.setTimeout(patience, () => socket.destroy());
    socket.end(bytes);
  });
}
