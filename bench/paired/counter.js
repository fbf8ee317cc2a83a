// The server's side: counts the CPU time of its process by blocks of handshakes.

/** A server that has just been idle finds the processor's caches cold: these are not counted. */
export const LEAD = 10;

/**
 * Listens, ends each connection, and reports to the parent process: first its port, then, when
 * asked, the microseconds of each block since it was asked last, and what `own` says. A block is
 * counted from when the first connection after `LEAD` others is accepted until the next block
 * begins: no messages pass between the processes meanwhile. All threads count, also those of the
 * compiler and the garbage collector.
 * @param {import('node:net').Server} server
 * @param {number} size handshakes of a block that are counted
 * @param {() => number} [own] microseconds so far
 */
export function countBlocks(server, size, own) {
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
  server.prependListener('connection', () => {
    if (at === LEAD + size) end();
    if (at === LEAD) start = cpu();
    at++;
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.end('.');
  });
  process.on('message', () => {
    end();
    process.send?.({ blocks, own: own?.() });
    blocks = [];
  });
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    process.send?.(port);
  });
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
