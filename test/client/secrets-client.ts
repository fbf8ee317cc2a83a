// A client in a process of its own, for secrets.test.ts: opens connections, drops all references,
// prints the masked secrets of its sessions, and waits to have its memory searched.

import { EventEmitter, once } from 'node:events';
import https from 'node:https';
import { ClientSessionCache, SessionAgent } from '../../bindings/client/index.ts';
import { maskMasterSecret } from '../support/masked.ts';

const [way, port, count] = process.argv.slice(2);
const secrets: string[] = [];

const { emit } = EventEmitter.prototype;
EventEmitter.prototype.emit = function spy(name, ...args: unknown[]) {
  // Before all listeners, which may wipe the session.
  if (name === 'session') secrets.push(maskMasterSecret(args[0] as Buffer));
  return Reflect.apply(emit, this, [name, ...args]) as boolean;
};

/** Sessions that a listener of the program keeps: the search must find them. */
const kept: Buffer[] = [];

async function visit(agent: https.Agent, listens: boolean): Promise<void> {
  const request = https.get({ agent, port, host: 'localhost', rejectUnauthorized: false });
  if (listens)
    request.on('socket', (socket) => socket.on('session', (session) => kept.push(session)));
  const [response] = await once(request, 'response');
  response.resume();
  await once(request, 'close');
  await new Promise((resolve) => setTimeout(resolve, 5));
}

const sessions = new ClientSessionCache();
let agent = way === 'stock' ? new https.Agent() : new SessionAgent({ sessions });
for (let i = 0; i < Number(count); i++) await visit(agent, way === 'foreign listener');
sessions.close();
agent.destroy();
agent = undefined as never;
for (let i = 0; i < 5; i++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  (globalThis as unknown as { gc(): void }).gc();
}
console.log(JSON.stringify(secrets));
process.stdin.resume().on('end', () => process.exit(kept.length > 999 ? 1 : 0));
