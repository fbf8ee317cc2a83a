// A runtime whose TLS sockets ask for no sessions: what attaching a cache says there.

import { syncBuiltinESMExports } from 'node:module';
import { Duplex } from 'node:stream';
import tls from 'node:tls';

(tls as { TLSSocket: unknown }).TLSSocket = class extends Duplex {};
syncBuiltinESMExports();

const { SessionCache } = await import('../../bindings/index.ts');
const { attachServer } = await import('../../bindings/node/index.ts');
try {
  attachServer(tls.createServer({ sessionIdContext: 'blind' }), new SessionCache());
} catch (error) {
  console.log((error as { code?: string }).code);
}
