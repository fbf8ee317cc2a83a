// A page of one of the test servers, opened in Chromium over a connection of its own.

import type { Server, TLSSocket } from 'node:tls';
import type { BrowserContext } from 'playwright-core';
import type { Report, Running } from './harness.ts';

const connections = new WeakMap<Server, Set<TLSSocket>>();

/** Opens the server's page, ends all its connections, and resolves to what the server said. */
export async function visit(
  context: BrowserContext,
  { server, port }: Pick<Running, 'server' | 'port'>,
): Promise<Report> {
  const open = connectionsOf(server);
  const page = await context.newPage();
  try {
    const response = await page.goto(`https://localhost:${port}/`);
    return (await response?.json()) as Report;
  } finally {
    await page.close();
    // The next page would go through one of these: Chromium keeps them, and opens some in advance.
    for (const socket of open) socket.destroy();
  }
}

function connectionsOf(server: Server): Set<TLSSocket> {
  const known = connections.get(server);
  if (known) return known;
  const open = new Set<TLSSocket>();
  connections.set(server, open);
  server.on('secureConnection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    if (!server.listening) socket.destroy(); // it would keep the server from closing
  });
  return open;
}
