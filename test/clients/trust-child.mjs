// Runs one client of the table with options that trust the server, and then with such that do not:
//   node --import … trust-child.mjs CLIENT PORT loose|strict
// `strict` leaves the former out. Prints as JSON, for each case, what the trusting connections
// were, and what the others have failed with.

import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';
import { CLIENTS } from './clients.mjs';

const read = (name) =>
  readFileSync(new URL(`../fixtures/tls/${name}.cert.pem`, import.meta.url), 'utf8');
const [ca, otherCa] = [read('rsa'), read('ecdsa')];
const refuse = () => new Error('not the pinned key');

/** Options that trust the server, and options that must not. */
const CASES = {
  'verification after none': [{ rejectUnauthorized: false }, {}],
  'explicit verification after none': [{ rejectUnauthorized: false }, { rejectUnauthorized: true }],
  'the default authorities': [{ ca }, {}],
  'another authority': [{ ca }, { ca: otherCa }],
  'a check that rejects': [{ ca }, { ca, checkServerIdentity: refuse }],
  'another name': [{ ca }, { ca, servername: 'evil.test' }],
};

const [name, port, kind] = process.argv.slice(2);
const { connect } = tls;
/** Of each connection that got as far as its certificate, whether it was resumed. */
let secured = [];
tls.connect = function watched(...args) {
  const socket = Reflect.apply(connect, this, args);
  socket.once('secureConnect', () => secured.push(socket.isSessionReused()));
  return socket;
};
syncBuiltinESMExports();
process.on('unhandledRejection', () => {}); // some clients forget their second failure
process.on('uncaughtException', () => {});

const visit = await CLIENTS[name].load();
const report = {};
for (const [title, [loose, strict]] of Object.entries(CASES)) {
  secured = [];
  if (kind === 'loose') for (let i = 0; i < 3; i++) await visit(Number(port), loose);
  const trusting = secured;
  secured = [];
  const error = await Promise.resolve(visit(Number(port), strict)).then(() => '', String);
  report[title] = { trusting, strict: secured, error };
}
console.log(JSON.stringify(report));
process.exit(0);
