// Options that a program changes in place between two connections: real handshakes. A session made
// under the looser options never resumes under the stricter ones.

import { once } from 'node:events';
import https from 'node:https';
import tls, { type ConnectionOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { ClientSessionCache, connect, SessionAgent } from '../../bindings/client/index.ts';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('options changed in place');

type Options = Record<string, unknown>;

const otherCa = readCertificate('ecdsa').cert;
const [one, other] = [readCertificate('client'), readCertificate('ecdsa')];
const LENGTH = Math.max(ca.length, otherCa.length);
/** Certificates of one length. */
const padded = (pem: Buffer): Buffer =>
  Buffer.concat([pem, Buffer.alloc(LENGTH - pem.length, '\n')]);
const reject = (): Error => new Error('not the pinned key');
const SELF_SIGNED = /DEPTH_ZERO_SELF_SIGNED_CERT|self.signed/;

/** The options of the first connection, and what changes them before the second. */
interface Case {
  what: string;
  options: () => Options;
  change: (options: Options) => void;
  /** How the second connection fails; undefined: it succeeds with a full handshake. */
  error?: RegExp;
}

const CASES: Case[] = [
  {
    what: 'bytes of the authority overwritten',
    options: () => ({ ca: padded(ca) }),
    change: (options) => padded(otherCa).copy(options.ca as Buffer),
    error: SELF_SIGNED,
  },
  {
    what: 'bytes of an authority in a list overwritten',
    options: () => ({ ca: [padded(ca)] }),
    change: (options) => padded(otherCa).copy((options.ca as Buffer[])[0]!),
    error: SELF_SIGNED,
  },
  {
    what: 'an authority of a list replaced',
    options: () => ({ ca: [ca.toString(), otherCa.toString()] }),
    change: (options) => (options.ca as string[]).splice(0, 1),
    error: SELF_SIGNED,
  },
  {
    what: 'an authority added to a list',
    options: () => ({ ca: [ca] }),
    change: (options) => (options.ca as Buffer[]).push(otherCa),
  },
  {
    what: 'the authority dropped',
    options: () => ({ ca }),
    change: (options) => delete options.ca,
    error: SELF_SIGNED,
  },
  {
    what: 'verification switched on',
    options: () => ({ rejectUnauthorized: false }),
    change: (options) => (options.rejectUnauthorized = true),
    error: SELF_SIGNED,
  },
  {
    what: 'verification by a getter that answers otherwise',
    options: () => {
      const answer = { isStrict: false };
      return Object.defineProperties({} as Options, {
        answer: { value: answer },
        rejectUnauthorized: { get: () => answer.isStrict, enumerable: true },
      });
    },
    change: (options) => ((options.answer as { isStrict: boolean }).isStrict = true),
    error: SELF_SIGNED,
  },
  {
    what: 'a function that checks the identity put in',
    options: () => ({ ca, checkServerIdentity: () => undefined }),
    change: (options) => (options.checkServerIdentity = reject),
    error: /not the pinned key/,
  },
  {
    what: 'another server name',
    options: () => ({ ca }),
    change: (options) => (options.servername = 'evil.test'),
    error: /ALTNAME/,
  },
  {
    what: 'a context that trusts nothing of it',
    options: () => ({ secureContext: tls.createSecureContext({ ca }) }),
    change: (options) => (options.secureContext = tls.createSecureContext({ ca: otherCa })),
    error: SELF_SIGNED,
  },
  {
    what: 'a client certificate put in',
    options: () => ({ ca }),
    change: (options) => Object.assign(options, one),
  },
  {
    what: 'the certificate and the key of a list exchanged',
    options: () => ({ ca, cert: [one.cert], key: [{ pem: one.key }] }),
    change: (options) => {
      (options.cert as Buffer[])[0] = other.cert;
      (options.key as { pem: Buffer }[])[0]!.pem = other.key;
    },
  },
  {
    what: 'a protocol added to a list',
    options: () => ({ ca, ALPNProtocols: ['http/1.1'] }),
    change: (options) => (options.ALPNProtocols as string[]).push('http/1.0'),
  },
  {
    what: 'another lookup',
    options: () => ({ ca, lookup: lookupOf() }),
    change: (options) => (options.lookup = lookupOf()),
  },
];

type Lookup = (
  name: string,
  options: { all?: boolean },
  done: (error: null, address: unknown, family?: number) => void,
) => void;

function lookupOf(): Lookup {
  return (_name, { all }, done) => {
    if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
}

/** Connects with this very object of options, and ends the connection. */
type Visit = (options: Options, sessions: ClientSessionCache) => Promise<void>;

const WAYS: Record<string, () => Visit> = {
  connect: () => async (options, sessions) => {
    // The adapter's own options come with the call: the object itself belongs to the program.
    options.sessions = sessions;
    const socket = connect(options as ConnectionOptions);
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
  },
  'the options of an agent': () => {
    let agent: SessionAgent | undefined;
    return async (options, sessions) => {
      agent ??= new SessionAgent({ sessions });
      // The objects within that the program can change.
      (agent as { options: object }).options = options;
      const { port } = options as { port: number };
      const request = https.get({ host: 'localhost', port, agent });
      const [response] = await once(request, 'response');
      response.resume();
      if (!request.closed) await once(request, 'close');
    };
  },
};

for (const [way, visitor] of Object.entries(WAYS)) {
  for (const version of VERSIONS) {
    for (const { what, options: optionsOf, change, error } of CASES) {
      test(`${way}, ${version}: ${what}`, async () => {
        const server = await serve('https', version, {
          requestCert: true,
          rejectUnauthorized: false,
          ALPNProtocols: ['http/1.1'],
        });
        const sessions = new ClientSessionCache();
        const visit = visitor();
        const options = optionsOf();
        Object.assign(options, { host: 'localhost', servername: 'localhost', port: server.port });
        try {
          await visit(options, sessions);
          assert.ok(sessions.stats().stored > 0, 'there is a session to misuse');
          change(options);
          const failure = await visit(options, sessions).then(
            () => undefined,
            ({ code, message }: NodeJS.ErrnoException) => `${code} ${message}`,
          );
          if (error === undefined) assert.is(failure, undefined);
          else assert.match(failure ?? 'no error', error);
          assert.not.ok(server.resumed.includes(true), 'nothing has resumed');
        } finally {
          sessions.close();
          await server.close();
        }
      });
    }

    test(`${way}, ${version}: options that stay resume`, async () => {
      const server = await serve('https', version);
      const sessions = new ClientSessionCache();
      const visit = visitor();
      const list = [Buffer.from(ca)];
      const options = { ca: list, host: 'localhost', servername: 'localhost', port: server.port };
      try {
        for (let i = 0; i < 3; i++) await visit(options, sessions);
        assert.equal(server.resumed, [false, true, true]);
      } finally {
        sessions.close();
        await server.close();
      }
    });
  }
}

test.run();
