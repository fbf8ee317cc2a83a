// What `npm start` checks beside the times. Each check resolves to whether it held, in words.

import { setTimeout as sleep } from 'node:timers/promises';

const SOME = 20;
const RECONNECTS = 5; // of `openssl s_client -reconnect`

export const checks = [
  opensslResumes,
  opensslResumesTLS13,
  onlyOnceInTLS13,
  expiredSessionsDoNotResume,
  flushedSessionsDoNotResume,
  countersAgree, // last, for it counts the handshakes of the others too
];

/** OpenSSL's own client resumes as Node's does. */
async function opensslResumes(server, client) {
  const outcome = await client.opensslReconnect();
  if (!outcome) return { text: 'openssl s_client: not checked, there is no openssl command here' };
  return {
    ok: outcome.full === 1 && outcome.resumed === RECONNECTS,
    text: `openssl s_client -reconnect: ${outcome.resumed} of ${RECONNECTS} resumed`,
  };
}

/**
 * OpenSSL's own client resumes a TLS 1.3 session, which Node by itself never does without tickets.
 */
async function opensslResumesTLS13(server, client) {
  const outcome = await client.opensslTwice();
  if (!outcome) return { text: 'openssl s_client, TLS 1.3: not checked, there is no openssl here' };
  return {
    ok: outcome.full === 1 && outcome.resumed === 1,
    text: `openssl s_client -sess_out, -sess_in, TLS 1.3: ${outcome.resumed} of 1 resumed`,
  };
}

/** A session of TLS 1.3 is good for one resumption (RFC 8446 C.4). */
async function onlyOnceInTLS13(server, client) {
  const sessions = await client.newSessions('rsa13', SOME);
  const first = await client.offer('rsa13', sessions);
  const second = await client.offer('rsa13', sessions);
  return {
    ok: first === SOME && second === 0,
    text: `TLS 1.3 sessions: ${first} of ${SOME} resumed, and ${second} a second time`,
  };
}

/** A session older than its timeout is not resumed. */
async function expiredSessionsDoNotResume(server, client) {
  const timeout = await server.call('setTimeout', 1);
  const sessions = await client.newSessions('rsa', SOME);
  await server.call('setTimeout', timeout);
  await sleep(2100); // time is counted in whole seconds: past one second is at most two later
  const resumed = await client.offer('rsa', sessions);
  return { ok: resumed === 0, text: `expired sessions: ${resumed} of ${SOME} resumed` };
}

/** A flush of everything empties the cache, and what resumed before it does not after it. */
async function flushedSessionsDoNotResume(server, client) {
  const sessions = await client.newSessions('rsa', SOME);
  const before = await client.offer('rsa', sessions);
  await server.call('flush');
  const { number } = await server.call('stats');
  const after = await client.offer('rsa', sessions);
  return {
    ok: before === SOME && number === 0 && after === 0,
    text:
      `flushSessions(0): ${before} of ${SOME} resumed before, ${after} after, ` +
      `${number} sessions left`,
  };
}

/** The cache counted the handshakes that the clients made. */
async function countersAgree(server, client) {
  const { accept, acceptGood, hits } = await server.call('stats');
  const { handshakes, resumed } = client;
  return {
    ok: accept === handshakes && acceptGood === handshakes && hits === resumed,
    text:
      `the cache counted ${acceptGood} handshakes and ${hits} hits; ` +
      `the clients, ${handshakes} and ${resumed}`,
  };
}
