// Prints whether `tls.connect` is replaced in this thread, and in one that it starts.

'use strict';
const tls = require('node:tls');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const isReplaced = Boolean(tls.connect[Symbol.for('sesscache.auto')]);
if (!isMainThread) parentPort.postMessage(isReplaced, []);
else {
  const worker = new Worker(__filename);
  worker.on('message', (other) => console.log(JSON.stringify([isReplaced, other])));
}
