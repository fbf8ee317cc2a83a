// Node treats most falsy options as absent: with `ca: ''` the default authorities decide. These
// tests set each option to each falsy value, and compare the key with what a real connection
// trusts.

import { once } from 'node:events';
import tls, { type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCertificate } from '../../examples/certificates.js';
import { ClientSessionCache, connect, sessionKey } from '../../bindings/client/index.ts';
import { KNOWN } from '../../bindings/client/key/tls-options.ts';
import { destroyUnconnected } from '../support/leftovers.ts';
import { ca, type Running, serve, VERSIONS } from './servers.ts';

const test = suite('options that are there and count as absent');

const otherCa = readCertificate('ecdsa').cert.toString();

/** Without -0, at which Node's bindings abort the process. */
const FALSY = [undefined, null, '', false, 0, Number.NaN, 0n] as const;
/** Options without an effect on trust, which would only prevent connecting or reading. */
const OTHERS = new Set(['highWaterMark', 'host', 'onread', 'port', 'signal', 'socket']);
/** Node tests these for null and undefined only; other falsy values have no effect. */
const NULLISH = new Set([
  'certificateCompression',
  'dhparam',
  'privateKeyEngine',
  'sessionIdContext',
  'sessionTimeout',
]);
const NAMES = [...KNOWN].filter((name) => !OTHERS.has(name)).toSorted();

const label = (value: unknown): string => (typeof value === 'string' ? "''" : String(value));

interface Verdict {
  authorized?: boolean | undefined;
  error?: string | undefined;
}

/** The outcome of a connection, with `sessions` or by stock Node. */
async function visit(
  server: Running,
  more: object,
  sessions: ClientSessionCache | undefined,
): Promise<Verdict & { reused?: boolean }> {
  const options = { host: 'localhost', port: server.port, rejectUnauthorized: false, ...more };
  let socket: TLSSocket | undefined;
  try {
    socket = sessions ? connect({ ...options, sessions }) : tls.connect(options);
    await once(socket, 'secureConnect');
    const result = { authorized: socket.authorized, reused: socket.isSessionReused() };
    socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    return result;
  } catch (error) {
    if (socket) socket.destroy();
    else destroyUnconnected();
    return { error: (error as NodeJS.ErrnoException).code ?? (error as Error).name };
  }
}

const verdictOf = ({ authorized, error }: Verdict): Verdict => ({ authorized, error });

const keyText = (more: object): string | undefined => {
  const key = sessionKey({ host: 'localhost', port: 1, rejectUnauthorized: false, ...more });
  return key && Buffer.from(key).toString('hex');
};

/** A value that a release rejects makes no connection, and so no session. */
async function accepted(server: Running, more: object): Promise<boolean> {
  return (await visit(server, more, undefined)).error === undefined;
}

for (const version of VERSIONS) {
  test(`${version}: each falsy value has the key of the option's absence, or connects to nothing`, async () => {
    const server = await serve('https', version);
    const without = keyText({});
    let compared = 0;
    for (const name of NAMES) {
      for (const value of FALSY) {
        // Node takes both as values: it tests `!== false`, and an own property overrides the
        // environment.
        if (name === 'rejectUnauthorized') continue;
        if (!(await accepted(server, { [name]: value }))) continue;
        const isThere = NULLISH.has(name) && value !== null && value !== undefined;
        const key = keyText({ [name]: value });
        assert.is(key === without, !isThere, `${name}: ${label(value)}`);
        compared++;
      }
    }
    assert.ok(compared > 150, `${compared} values that Node takes`);
    await server.close();
  });
}

interface Authorities {
  getCACertificates?: (type: string) => string[];
  setDefaultCACertificates?: (list: string[]) => void;
}

for (const version of VERSIONS) {
  test(`${version}: sessions do not outlive the default authorities, whichever option is falsy`, async () => {
    const { getCACertificates, setDefaultCACertificates } = tls as Authorities;
    if (!getCACertificates || !setDefaultCACertificates) {
      assert.ok(process.version.startsWith('v20.'), 'every later release can set them');
      return;
    }
    const server = await serve('https', version);
    const before = getCACertificates('default');
    let resumed = 0;
    try {
      for (const name of NAMES) {
        for (const value of FALSY) {
          const what = `${name}: ${label(value)}`;
          const more = name === 'rejectUnauthorized' ? {} : { [name]: value };
          const sessions = new ClientSessionCache();
          setDefaultCACertificates([ca.toString()]);
          const stock = await visit(server, more, undefined);
          if (stock.error !== undefined) continue; // Node rejects it: see the other test
          const first = await visit(server, more, sessions);
          assert.equal(verdictOf(first), verdictOf(stock), what);
          const second = await visit(server, more, sessions);
          assert.equal(verdictOf(second), verdictOf(stock), what);
          if (second.reused === true) resumed++;
          setDefaultCACertificates([otherCa]);
          const fresh = await visit(server, more, undefined);
          const later = await visit(server, more, sessions);
          assert.equal(verdictOf(later), verdictOf(fresh), `${what}, the authorities gone`);
          if (first.authorized === true) assert.is(later.reused, false, what);
          sessions.close();
        }
      }
    } finally {
      setDefaultCACertificates(before);
      await server.close();
    }
    assert.ok(resumed > 150, `${resumed} values with which it resumed`);
  });
}

test('a list without authorities trusts none, and is no absent one', () => {
  assert.is.not(keyText({ ca: [] }), keyText({}));
  assert.is.not(keyText({ ca: [] }), keyText({ ca: [ca] }));
});

test('an explicit undefined verifies, whatever the environment says', () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    const key = (options: object): string => Buffer.from(sessionKey(options)!).toString('hex');
    assert.is(key({ rejectUnauthorized: undefined }), key({ rejectUnauthorized: true }));
    assert.is(key({ rejectUnauthorized: null as never }), key({ rejectUnauthorized: true }));
    assert.is(key({}), key({ rejectUnauthorized: false }));
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

test.run();
