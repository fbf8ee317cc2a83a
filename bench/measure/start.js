// The time before a program's first session, in a process that has loaded nothing else:
// `node bench/measure/start.js PACKAGE [MODULE]`, where the program has imported MODULE already.
// Prints milliseconds as JSON.

/** @type {Record<string, (module: any) => unknown>} */
const first = {
  sesscache: ({ SessionCache }) => new SessionCache(),
  'lru-cache': ({ LRUCache }) => new LRUCache({ max: 20_480 }),
};
const [name = '', before] = process.argv.slice(2);
if (!first[name]) throw new Error(`no package ${name}`);
if (before) await import(before);

// The first import of a process initializes Node's loader for all later ones.
const empty = await timed(() => import('./empty.js'));
const milliseconds = await timed(async () => first[name](await import(name)));
console.log(JSON.stringify({ empty, milliseconds }));

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
