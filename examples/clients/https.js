// Requests of Node's https whose connections resume.
// Run: node examples/clients/https.js https://localhost:8443/ ca.pem

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { SessionAgent } from 'sesscache/client';

const [url = 'https://localhost:8443/', file] = process.argv.slice(2);
const ca = file ? readFileSync(file) : undefined; // undefined: the authorities that Node trusts
const agent = new SessionAgent({ ca });

for (let i = 0; i < 2; i++) {
  const request = https.get(url, { agent });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'close');
  console.log(response.socket.isSessionReused() ? 'resumed' : 'full handshake');
}
