// Prints what the sessions of a server that asks for certificates are filed under, in a process of
// its own: NODE_EXTRA_CA_CERTS counts from the start of a process. One argument: a file for the
// option `ca`.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { PolicyTracker } from '../../bindings/node/policy/policy.ts';

const [file] = process.argv.slice(2);
const options = { requestCert: true, sessionIdContext: 'mine' };
const server = createServer(file === undefined ? options : { ...options, ca: readFileSync(file) });
const scope = new PolicyTracker(server as never, Buffer.from('shared'));
console.log(Buffer.from(scope.contextFor('a.test')).toString('hex'));
