// What a handshake costs the server.

const WARM_UP = 40; // handshakes of each sort before the clock runs: both processes compile first
const BATCHES = 4; // full and resumed take turns, so that a busy moment of the machine hits both

/**
 * Makes `count` full handshakes and resumes the session of each. Resolves to the server's CPU time
 * for one of each sort in microseconds, accept and close of the connection included.
 */
export async function measure(server, client, certificate, count) {
  await client.offer(certificate, await client.newSessions(certificate, WARM_UP));
  const total = { full: 0, resumed: 0, fullTime: 0, resumedTime: 0 };
  for (let batch = 0; batch < BATCHES; batch++) {
    const size =
      Math.floor(((batch + 1) * count) / BATCHES) - Math.floor((batch * count) / BATCHES);
    const start = await server.call('cpu');
    const sessions = await client.newSessions(certificate, size);
    const middle = await server.call('cpu');
    total.resumed += await client.offer(certificate, sessions);
    const end = await server.call('cpu');
    total.full += size;
    total.fullTime += middle - start;
    total.resumedTime += end - middle;
  }
  return total;
}
