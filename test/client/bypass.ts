// A session resumes only under the trust settings that it was made under: no client may connect
// with a session of another policy, another peer or another hop.

import { randomBytes } from 'node:crypto';
import tls, { type ConnectionOptions } from 'node:tls';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import type { Client } from './clients.ts';
import { ca, serve, type Version, VERSIONS } from './servers.ts';

const otherCa = readCertificate('ecdsa').cert;
const reject = (): Error => new Error('not the pinned key');
const accept = (): undefined => undefined;

/** Makes a session under one policy, and connects under another. */
async function visitTwice(
  { kind, visit }: Client,
  version: Version,
  first: ConnectionOptions,
  second: ConnectionOptions,
  server: tls.TlsOptions = {},
): Promise<{ error: Error | undefined; resumed: boolean[]; sessions: ClientSessionCache }> {
  const running = await serve(kind, version, server);
  const sessions = new ClientSessionCache();
  try {
    await visit(running.port, sessions, first);
    assert.ok(sessions.stats().stored > 0, 'there is a session to misuse');
    const error = await visit(running.port, sessions, second).then(
      () => undefined,
      (reason: Error) => reason,
    );
    return { error, resumed: running.resumed, sessions };
  } finally {
    await running.close();
  }
}

/** The cause of an error: libraries wrap it. */
function rootOf(error: Error | undefined): string {
  for (let at = error; at !== undefined; at = at.cause as Error | undefined) {
    const { code, message } = at as NodeJS.ErrnoException;
    if (at.cause === undefined) return `${code ?? ''} ${message}`;
  }
  return 'no error';
}

const REJECTED: [string, ConnectionOptions, ConnectionOptions, RegExp][] = [
  [
    'a pin function that rejects',
    { ca },
    { ca, checkServerIdentity: reject },
    /not the pinned key/,
  ],
  [
    'one pin function after another',
    { ca, checkServerIdentity: accept },
    { ca, checkServerIdentity: reject },
    /not the pinned key/,
  ],
  ['another server name', { ca }, { ca, servername: 'evil.test' }, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ['another authority', { ca }, { ca: otherCa }, /DEPTH_ZERO_SELF_SIGNED_CERT|self.signed/],
  ['the default authorities', { ca }, {}, /DEPTH_ZERO_SELF_SIGNED_CERT|self.signed/],
  [
    'verification after none',
    { rejectUnauthorized: false },
    {},
    /DEPTH_ZERO_SELF_SIGNED_CERT|self.signed/,
  ],
  [
    'explicit verification after none',
    { rejectUnauthorized: false },
    { rejectUnauthorized: true },
    /DEPTH_ZERO_SELF_SIGNED_CERT|self.signed/,
  ],
];

const client = readCertificate('client');
const NOT_RESUMED: [string, ConnectionOptions, ConnectionOptions][] = [
  ['a client certificate after none', { ca }, { ca, ...client }],
  ['another client certificate', { ca, ...readCertificate('ecdsa') }, { ca, ...client }],
  ['no client certificate after one', { ca, ...client }, { ca }],
  ['other ciphers', { ca }, { ca, ciphers: tls.DEFAULT_CIPHERS.replace(/^[^:]*:/, '') }],
  ['other curves', { ca }, { ca, ecdhCurve: 'P-256' }],
  ['other signature algorithms', { ca }, { ca, sigalgs: 'rsa_pss_rsae_sha256' }],
  ['another pin function', { ca, checkServerIdentity: accept }, { ca }],
];

/** Adds the tests to a suite, for each of `clients`. */
export function testBypasses(test: Test, clients: readonly Client[]): void {
  for (const each of clients) {
    for (const version of VERSIONS) {
      for (const [what, first, second, message] of REJECTED) {
        test(`${each.name}, ${version}: ${what}`, async () => {
          const { error, resumed, sessions } = await visitTwice(each, version, first, second);
          assert.match(rootOf(error), message);
          assert.not.ok(resumed.includes(true));
          sessions.close();
        });
      }
      for (const [what, first, second] of NOT_RESUMED) {
        test(`${each.name}, ${version}: ${what}`, async () => {
          const server = { requestCert: true, rejectUnauthorized: false };
          const { error, resumed, sessions } = await visitTwice(
            each,
            version,
            first,
            second,
            server,
          );
          assert.is(error, undefined);
          assert.equal(resumed, [false, false]);
          sessions.close();
        });
      }

      test(`${each.name}, ${version}: a pin function that changes its mind`, async () => {
        let verdict: Error | undefined;
        let calls = 0;
        const checkServerIdentity = (): Error | undefined => (calls++, verdict);
        const server = await serve(each.kind, version);
        const sessions = new ClientSessionCache();
        const options = { ca, checkServerIdentity };
        try {
          await each.visit(server.port, sessions, options);
          await each.visit(server.port, sessions, options);
          assert.equal(server.resumed, [false, true], 'it resumes as long as the function agrees');
          assert.is(calls, 2, 'the function is asked in each handshake');
          verdict = new Error('revoked meanwhile');
          const error = await each.visit(server.port, sessions, options).then(
            () => undefined,
            (reason: Error) => reason,
          );
          assert.match(rootOf(error), /revoked meanwhile/);
          assert.is(calls, 3);
        } finally {
          sessions.close();
          await server.close();
        }
      });

      test(`${each.name}, ${version}: another port of the same host`, async () => {
        const ticketKeys = randomBytes(48);
        const one = await serve(each.kind, version, { ticketKeys });
        const two = await serve(each.kind, version, { ticketKeys });
        const sessions = new ClientSessionCache();
        try {
          await each.visit(one.port, sessions, { ca });
          await each.visit(two.port, sessions, { ca });
          assert.equal(two.resumed, [false]);
          await each.visit(two.port, sessions, { ca });
          assert.equal(two.resumed, [false, true]);
        } finally {
          sessions.close();
          await one.close();
          await two.close();
        }
      });
    }
  }
}
