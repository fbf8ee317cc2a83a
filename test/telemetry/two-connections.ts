// A server, and two connections to it: for its lines of NODE_DEBUG.

import { withServer } from '../node/harness.ts';

const tls = { minVersion: 'TLSv1.3' } as const;
await withServer({ attach: { tls13: true }, tls }, async ({ connect }) => {
  const { session } = await connect();
  await connect(session);
});
