// A thread of examples/threads.js, to copy: an https server whose sessions all threads share.

import { constants } from 'node:crypto';
import { createServer } from 'node:https';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { attachServer } from 'sesscache/node';
import { joinSharedCache } from 'sesscache/threads';
import { readCertificate } from './certificates.js';

const { cache: handle, port, reusePort } = workerData;

const server = createServer({
  ...readCertificate('ecdsa'),
  secureOptions: constants.SSL_OP_NO_TICKET, // sessions stay on the server
  sessionIdContext: 'example-threads', // the same in all threads
});

const cache = joinSharedCache(handle);
attachServer(server, cache, { namespace: 'example-threads', tls13: true });

server.on('request', (request, response) => {
  response.setHeader('connection', 'close');
  response.end(`${threadId}`);
});

parentPort?.on('message', (message) => {
  if (message.socket) {
    server.emit('connection', message.socket); // accepted in the main thread
  } else if (message === 'stop') {
    server.close();
    cache.close(); // the last that leaves wipes the memory
    parentPort?.close(); // nothing is left to do: the thread ends
  }
});

if (port === undefined) parentPort?.postMessage({});
else {
  server.listen({ port, host: '127.0.0.1', reusePort }, () => {
    parentPort?.postMessage(/** @type {import('node:net').AddressInfo} */ (server.address()));
  });
}
