// The clients of `npm start`: Node's own, and `openssl s_client`.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createSecureContext } from 'node:tls';
import { certificatePath, readCertificate } from './certificates.js';

const SIGNATURES = { rsa: 'rsa_pss_rsae_sha256', ecdsa: 'ecdsa_secp256r1_sha256' };
const DEADLINE = 5000; // ms; on the loopback interface a handshake takes one or two

/** Connects to `port` of this machine and counts its handshakes. */
export class Client {
  handshakes = 0;
  resumed = 0;
  #port;
  #contexts = {
    rsa: contextFor('rsa', 'TLSv1.2'),
    ecdsa: contextFor('ecdsa', 'TLSv1.2'),
    rsa13: contextFor('rsa', 'TLSv1.3'),
    ecdsa13: contextFor('ecdsa', 'TLSv1.3'),
  };

  constructor(port) {
    this.#port = port;
  }

  /**
   * Makes one handshake for each of `sessions`, in turn; `undefined` asks for a new session. `sort`
   * is the certificate that the server shows, with 13 behind it for TLS 1.3. Resolves to each
   * handshake's session, and whether it was resumed.
   */
  async connect(sort, sessions) {
    const outcomes = [];
    for (const session of sessions) {
      const outcome = await handshake(this.#port, this.#contexts[sort], session);
      this.#count(1, outcome.resumed ? 1 : 0);
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Makes `count` full handshakes and resolves to their sessions. */
  async newSessions(sort, count) {
    const outcomes = await this.connect(sort, Array(count).fill(undefined));
    return outcomes.map(({ session }) => session);
  }

  /** Offers each of `sessions` and resolves to how many were resumed. */
  async offer(sort, sessions) {
    const outcomes = await this.connect(sort, sessions);
    return outcomes.filter(({ resumed }) => resumed).length;
  }

  /**
   * Runs `openssl s_client -reconnect`: a full handshake, then five that offer its session.
   * Resolves to how many were full and how many resumed; to undefined where there is no openssl
   * command.
   */
  async opensslReconnect() {
    const outcome = await sClient(this.#port, ['-tls1_2', '-reconnect']);
    if (outcome) this.#count(outcome.full + outcome.resumed, outcome.resumed);
    return outcome;
  }

  /**
   * Runs `openssl s_client` twice in TLS 1.3: the second offers the session of the first. Resolves
   * as `opensslReconnect`.
   */
  async opensslTwice() {
    const folder = mkdtempSync(join(tmpdir(), 'sesscache-'));
    const file = join(folder, 'session.pem');
    try {
      const first = await sClient(this.#port, ['-tls1_3', '-ign_eof', '-sess_out', file]);
      if (!first) return undefined;
      const second = await sClient(this.#port, ['-tls1_3', '-ign_eof', '-sess_in', file]);
      const resumed = first.resumed + (second?.resumed ?? 0);
      const full = first.full + (second?.full ?? 0);
      this.#count(full + resumed, resumed);
      return { full, resumed };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  #count(handshakes, resumed) {
    this.handshakes += handshakes;
    this.resumed += resumed;
  }
}

function contextFor(certificate, version) {
  return createSecureContext({
    ca: readCertificate(certificate).cert,
    sigalgs: SIGNATURES[certificate], // the server has both certificates; this picks one
    minVersion: version,
    maxVersion: version,
  });
}

/** One connection, from its start until the server has closed it. */
function handshake(port, secureContext, session) {
  return new Promise((resolve, reject) => {
    const host = { host: '127.0.0.1', port, servername: 'localhost' };
    const socket = connect({ ...host, secureContext, session });
    let outcome;
    let given = session; // TLS 1.3 servers send sessions after the handshake, if at all
    socket.setTimeout(DEADLINE, () => socket.destroy(new Error('a handshake took too long')));
    socket.on('session', (next) => (given = next));
    socket.on('secureConnect', () => (outcome = { resumed: socket.isSessionReused() }));
    socket.on('error', reject);
    socket.on('close', () => {
      if (outcome) resolve({ ...outcome, session: given });
      else reject(new Error('the server closed a connection in mid-handshake'));
    });
    socket.resume(); // without a reader, the stream would never end
  });
}

function sClient(port, options) {
  const trust = ['-CAfile', certificatePath('rsa.cert.pem'), '-sigalgs', SIGNATURES.rsa];
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, ...options, ...trust];
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: DEADLINE,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => {
      if ('code' in error && error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    child.on('close', () => {
      const outcomes = output.match(/^(New|Reused), TLSv1/gm) ?? [];
      const resumed = outcomes.filter((line) => line.startsWith('Reused')).length;
      resolve({ full: outcomes.length - resumed, resumed });
    });
  });
}
