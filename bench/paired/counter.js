// The server's side: counts the CPU time of its process by blocks of handshakes.

import { once } from 'node:events';

/**
 * Handshakes before each block that are not counted: a process that has just been idle finds the
 * processor's caches cold. One that serves every way is never idle for long.
 * @param {boolean} [together]
 */
export function leadOf(together) {
  return together ? 1 : 10;
}

/**
 * Lets the servers of this process listen, ends each connection, and reports to the parent process:
 * first the port of each server, then, when asked, the microseconds of each block since it was
 * asked last, and what `own` says. A block is counted from when the first connection after `leadOf`
 * others is accepted until the next block begins, which may be another server's: no messages pass
 * between the processes meanwhile. All threads count, also those of the compiler and the garbage
 * collector.
 * @param {readonly import('node:net').Server[]} servers
 * @param {number} size handshakes of a block that are counted
 * @param {() => number} [own] microseconds so far
 */
export async function countBlocks(servers, size, own) {
  const lead = leadOf(servers.length > 1);
  let at = 0; // in the block
  /** @type {number | undefined} */
  let start;
  /** @type {number[]} */
  let blocks = [];
  const end = () => {
    if (start !== undefined) blocks.push(cpu() - start);
    start = undefined;
    at = 0;
  };
  for (const server of servers) {
    server.prependListener('connection', () => {
      if (at === lead + size) end();
      if (at === lead) start = cpu();
      at++;
    });
    server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      socket.resume();
      socket.end('.');
    });
  }
  process.on('message', () => {
    end();
    process.send?.({ blocks, own: own?.() });
    blocks = [];
  });
  process.on('disconnect', () => process.exit());
  const ports = servers.map(async (server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  });
  process.send?.(await Promise.all(ports));
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
