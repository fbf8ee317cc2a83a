// The programs of docs/node-servers.md: logout, and a certificate that is renewed; of
// docs/tickets.md: two servers that have a secret in common.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { startNode } from './program.ts';

const test = suite('examples/logout.js, renewal.js and tickets.js');

interface Visit {
  text: string;
  session: Buffer | undefined;
  fingerprint: string;
}

interface Client {
  path?: string;
  method?: string;
  session?: Buffer | undefined;
  maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

const member = readCertificate('client');

function visit(
  port: number,
  { path = '/', method = 'GET', ...client }: Client = {},
): Promise<Visit> {
  return new Promise((resolve, reject) => {
    let session = client.session;
    let fingerprint = '';
    const options = {
      ...client,
      port,
      path,
      method,
      agent: false as const,
      host: 'localhost',
      ...member,
      ca: [readCertificate('rsa').cert, readCertificate('ecdsa').cert],
    };
    const outgoing = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('close', () => resolve({ text, session, fingerprint }));
    });
    outgoing.on('socket', (socket: TLSSocket) => {
      socket.on('session', (given: Buffer) => (session = given));
      socket.on('secureConnect', () => {
        ({ fingerprint256: fingerprint } = socket.getPeerCertificate());
      });
    });
    outgoing.on('error', reject).end();
  });
}

async function withProgram(
  args: string[],
  use: (port: number, child: ChildProcess, lines: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const child = startNode(...args);
  const output = child.stdout!.setEncoding('utf8');
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  try {
    const lines = async (): Promise<string> => ((await once(output, 'data')) as [string])[0];
    const port = Number(/port: (\d+)/.exec(await lines())?.[1]);
    await use(port, child, lines);
  } finally {
    child.kill();
    await once(child, 'close');
  }
  assert.is(errors, '', 'it warns of nothing');
}

const serverFiles = [certificatePath('rsa.key.pem'), certificatePath('rsa.cert.pem')];
const memberName = 'sesscache TEST ONLY - do not trust';

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${maxVersion}: a session does not resume after its user has logged out, of this device or of all`, async () => {
    const args = ['examples/logout.js', ...serverFiles, '0', certificatePath('client.cert.pem')];
    await withProgram(args, async (port) => {
      const phone = await visit(port, { maxVersion });
      const laptop = await visit(port, { maxVersion });
      assert.is(phone.text, `${memberName}, new\n`);
      const again = await visit(port, { maxVersion, session: phone.session });
      assert.is(again.text, `${memberName}, resumed\n`);
      const out = await visit(port, { maxVersion, session: again.session, method: 'POST', path: '/logout' }); // prettier-ignore
      assert.is(out.text, 'logged out\n');
      for (const { session } of [phone, again, out]) {
        assert.is((await visit(port, { maxVersion, session })).text, `${memberName}, new\n`);
      }
      const other = await visit(port, { maxVersion, session: laptop.session });
      assert.is(other.text, `${memberName}, resumed\n`);
      const all = await visit(port, { maxVersion, method: 'POST', path: '/logout/everywhere' });
      assert.is(all.text, 'logged out everywhere\n');
      for (const { session } of [other, all]) {
        assert.is((await visit(port, { maxVersion, session })).text, `${memberName}, new\n`);
      }
    });
  });

  test(`${maxVersion}: a certificate is renewed, and sessions can be ended as before`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const put = async (name: string): Promise<void> => {
      await copyFile(certificatePath(`${name}.key.pem`), key);
      await copyFile(certificatePath(`${name}.cert.pem`), cert);
    };
    try {
      await put('rsa');
      await withProgram(['examples/renewal.js', key, cert, '0'], async (port, child, lines) => {
        const first = await visit(port, { maxVersion });
        await put('ecdsa');
        child.kill('SIGHUP');
        assert.is(await lines(), 'renewed\n');
        const second = await visit(port, { maxVersion, session: first.session });
        assert.is(second.text, 'full handshake\n');
        assert.not(first.fingerprint === second.fingerprint);
        const third = await visit(port, { maxVersion, session: second.session });
        assert.is(third.text, 'resumed\n');
        child.kill('SIGUSR2');
        assert.match(await lines(), /^\d+ sessions ended\n$/);
        const fourth = await visit(port, { maxVersion, session: third.session });
        assert.is(fourth.text, 'full handshake\n');
        await writeFile(cert, 'half a file');
        child.kill('SIGHUP');
        assert.match(await lines(), /^not renewed: /);
        const fifth = await visit(port, { maxVersion, session: fourth.session });
        assert.is(fifth.text, 'resumed\n');
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test(`${maxVersion}: two servers with one secret accept each other's tickets, and have it changed`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
    const file = join(folder, 'secrets.txt');
    const secrets = [1, 2].map(() => randomBytes(32).toString('base64'));
    const put = (...lines: (string | undefined)[]): Promise<void> => writeFile(file, `${lines.join('\n')}\n`); // prettier-ignore
    try {
      await put(secrets[0]);
      const args = ['examples/tickets.js', ...serverFiles, file, '0'];
      await withProgram(args, async (port, child, lines) => {
        await withProgram(args, async (other) => {
          const first = await visit(port, { maxVersion });
          assert.is(first.text, 'full handshake\n');
          assert.is((await visit(other, { maxVersion, session: first.session })).text, 'resumed\n');
          await put(secrets[1], secrets[0]);
          child.kill('SIGHUP');
          assert.is(await lines(), 'new secrets\n');
          assert.is((await visit(port, { maxVersion, session: first.session })).text, 'resumed\n');
          await put('too short');
          child.kill('SIGHUP');
          assert.match(await lines(), /^no new secrets: RangeError: "secrets\[\]" expected 32/);
          assert.is((await visit(port, { maxVersion, session: first.session })).text, 'resumed\n');
          await put(secrets[1]);
          child.kill('SIGHUP');
          assert.is(await lines(), 'new secrets\n');
          const last = await visit(port, { maxVersion, session: first.session });
          assert.is(last.text, 'full handshake\n');
        });
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

test.run();
