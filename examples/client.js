/* oxlint-disable no-await-in-loop -- one handshake at a time, so that none waits for another */

// The clients of `npm start`: Node's own, and `openssl s_client`.

import { spawn } from 'node:child_process';
import { connect, createSecureContext } from 'node:tls';
import { certificatePath, readCertificate } from './certificates.js';

const DEADLINE = 5000; // ms; on the loopback interface a handshake takes one or two

/** Connects to `port` of this machine and counts its handshakes. */
export class Client {
  handshakes = 0;
  resumed = 0;
  #port;
  #contexts = { rsa: contextFor('rsa'), ecdsa: contextFor('ecdsa') };

  constructor(port) {
    this.#port = port;
  }

  /**
   * Makes one handshake for each of `sessions`, in turn; `undefined` asks for a new session. The
   * server shows the certificate called `certificate`. Resolves to each handshake's session, and
   * whether it was resumed.
   */
  async connect(certificate, sessions) {
    const outcomes = [];
    for (const session of sessions) {
      const outcome = await handshake(this.#port, this.#contexts[certificate], session);
      this.#count(1, outcome.resumed ? 1 : 0);
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Makes `count` full handshakes and resolves to their sessions. */
  async newSessions(certificate, count) {
    const outcomes = await this.connect(certificate, Array(count).fill(undefined));
    return outcomes.map(({ session }) => session);
  }

  /** Offers each of `sessions` and resolves to how many were resumed. */
  async offer(certificate, sessions) {
    const outcomes = await this.connect(certificate, sessions);
    return outcomes.filter(({ resumed }) => resumed).length;
  }

  /**
   * Runs `openssl s_client -reconnect`: a full handshake, then five that offer its session. Resolves
   * to how many were full and how many resumed; to undefined where there is no openssl command.
   */
  async opensslReconnect() {
    const outcome = await opensslReconnect(this.#port);
    if (outcome) this.#count(outcome.full + outcome.resumed, outcome.resumed);
    return outcome;
  }

  #count(handshakes, resumed) {
    this.handshakes += handshakes;
    this.resumed += resumed;
  }
}

function contextFor(certificate) {
  return createSecureContext({
    ca: readCertificate(certificate).cert,
    ciphers: cipherFor(certificate), // the server has both certificates; the cipher picks one
    maxVersion: 'TLSv1.2',
  });
}

function cipherFor(certificate) {
  return `ECDHE-${certificate.toUpperCase()}-AES128-GCM-SHA256`;
}

/** One connection, from its start until the server has closed it. */
function handshake(port, secureContext, session) {
  return new Promise((resolve, reject) => {
    const host = { host: '127.0.0.1', port, servername: 'localhost' };
    const socket = connect({ ...host, secureContext, session });
    let outcome;
    socket.setTimeout(DEADLINE, () => socket.destroy(new Error('a handshake took too long')));
    socket.on('secureConnect', () => {
      outcome = { resumed: socket.isSessionReused(), session: socket.getSession() };
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (outcome) resolve(outcome);
      else reject(new Error('the server closed a connection in mid-handshake'));
    });
    socket.resume(); // the end of a stream that nobody reads is never seen
  });
}

function opensslReconnect(port) {
  const trust = ['-CAfile', certificatePath('rsa.cert.pem'), '-cipher', cipherFor('rsa')];
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-reconnect', ...trust];
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
