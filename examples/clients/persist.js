// Sessions that outlive the program: the first run makes a full handshake, the next ones resume.
// Run: node examples/clients/persist.js https://localhost:8443/ ca.pem sessions.bin secret.key

import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { ClientSessionCache, SessionAgent } from 'sesscache/client';

const [url = 'https://localhost:8443/', authority, file = 'sessions.bin', secret = 'secret.key'] =
  process.argv.slice(2);
const ca = authority ? readFileSync(authority) : undefined; // undefined: what Node trusts
const key = readFileSync(secret); // openssl rand -out secret.key 32

const sessions = new ClientSessionCache();
restore();
const agent = new SessionAgent({ ca, sessions });
const request = https.get(url, { agent });
const [response] = await once(request, 'response');
response.resume();
await once(response, 'close');
console.log(response.socket.isSessionReused() ? 'resumed' : 'full handshake');
writeFileSync(file, sessions.export(key), { mode: 0o600 });
sessions.close();

function restore() {
  try {
    const sealed = readFileSync(file);
    rmSync(file); // so that no other run uses the same tickets
    sessions.import(sealed, key);
  } catch (error) {
    console.error(`starting without sessions: ${error}`); // full handshakes, no harm
  }
}
