// What a small application does with the package, all of it synchronous. It is given the package,
// so that it can be served as it is or go through any bundler.

import type * as Package from 'sesscache';
import type * as Asn1 from 'sesscache/asn1';
import type * as Forge from 'sesscache/forge';
import type forge from 'node-forge';

export interface Modules {
  sesscache: typeof Package;
  asn1: typeof Asn1;
  forge: typeof Forge;
  nodeForge: typeof forge;
}

export interface Result {
  /** Bytes of a session that was found again. */
  found: number | undefined;
  evicted: number;
  /** What the codec says of bytes that are no session. */
  refused: string;
  /** How each of three TLS connections went at both ends, and what came through. */
  handshakes: string[];
}

export function work({ sesscache, asn1, forge, nodeForge }: Modules): Result {
  const { Session, SessionCache, SessionCacheMode } = sesscache;
  const cache = new SessionCache({ size: 2, mode: SessionCacheMode.BOTH });
  for (let i = 1; i <= 3; i++) {
    cache.addSession(new Session({ id: new Uint8Array(32).fill(i), data: new Uint8Array(i) }));
  }
  const found = cache.resumeSession(new Uint8Array(32).fill(3))?.data.length;
  const evicted = cache.stats().removals.evicted;
  cache.flushSessions(0);

  let refused = '';
  try {
    asn1.decodeSession(Uint8Array.of(0x30, 0));
  } catch (error) {
    refused = (error as Error).name;
  }

  const server = forge.forgeSessionCache(cache, { role: 'server' });
  const client = forge.forgeSessionCache(cache, { role: 'client', peer: 'example.org:443' });
  const identity = selfSigned(nodeForge);
  const handshakes = [1, 2, 3].map(() => shakeHands(nodeForge, server, client, identity));
  return { found, evicted, refused, handshakes };
}

interface Identity {
  key: string;
  certificate: string;
}

/** One TLS connection between two ends of forge. */
function shakeHands(
  nodeForge: typeof forge,
  server: Forge.ForgeSessionCache,
  client: Forge.ForgeSessionCache,
  { key, certificate }: Identity,
): string {
  const seen: string[] = [];
  const end = (role: string, send: (data: string) => void): forge.tls.Connection =>
    nodeForge.tls.createConnection({
      server: role === 'server',
      verify: () => true,
      getCertificate: () => certificate,
      getPrivateKey: () => key,
      connected(self) {
        const { session } = self as unknown as { session: { resuming: boolean } };
        seen.push(`${role} ${session.resuming ? 'resumed' : 'full'}`);
        self.prepare(`from the ${role}`);
      },
      tlsDataReady: (self) => send(self.tlsData.getBytes()),
      dataReady: (self) => void seen.push(self.data.getBytes()),
      closed: () => {},
      error: (_self, error) => void seen.push(error.message),
    });
  const serverEnd = server.watch(end('server', (data) => clientEnd.process(data)));
  const clientEnd: forge.tls.Connection = client.watch(
    end('client', (data) => serverEnd.process(data)),
  );
  clientEnd.handshake();
  clientEnd.close();
  return seen.toSorted().join(', ');
}

function selfSigned(nodeForge: typeof forge): Identity {
  const { pki, md } = nodeForge;
  const keys = pki.rsa.generateKeyPair(1024);
  const certificate = pki.createCertificate();
  const name = [{ name: 'commonName', value: 'example.org' }];
  certificate.publicKey = keys.publicKey;
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.validity.notAfter.setFullYear(certificate.validity.notBefore.getFullYear() + 1);
  certificate.sign(keys.privateKey, md.sha256.create());
  return {
    key: pki.privateKeyToPem(keys.privateKey),
    certificate: pki.certificateToPem(certificate),
  };
}
