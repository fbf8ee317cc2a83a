import { once } from 'node:events';
import { connect } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath, readCertificate } from '../../examples/certificates.js';
import { startNode } from './program.ts';

const test = suite('examples/tls-server.js');

test('says «full handshake» to a new client and «resumed» when it comes back', async () => {
  const files = [certificatePath('rsa.key.pem'), certificatePath('rsa.cert.pem')];
  const child = startNode('examples/tls-server.js', ...files, '0');
  assert.ok(child.stdout);
  try {
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const port = Number(/port: (\d+)/.exec(line)?.[1]);
    const first = await visit(port);
    assert.is(first.text, 'full handshake\n');
    assert.is((await visit(port, first.session)).text, 'resumed\n');
    assert.is((await visit(port)).text, 'full handshake\n');
  } finally {
    child.kill();
    await once(child, 'close');
  }
});

async function visit(port: number, session?: Buffer): Promise<{ text: string; session: Buffer }> {
  const { cert: ca } = readCertificate('rsa');
  const socket = connect({ port, servername: 'localhost', ca, ...(session && { session }) });
  await once(socket, 'secureConnect');
  const made = socket.getSession() as Buffer;
  return { text: (await socket.setEncoding('utf8').toArray()).join(''), session: made };
}

test.run();
