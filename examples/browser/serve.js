// `node examples/browser/serve.js` in a checkout that is built: serves the page beside it, under a
// policy that forbids inline scripts and eval. Copy the header.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '../..');
const page = '/examples/browser/index.html';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

// An import map is an inline script: the policy has to name its hash.
const html = await readFile(join(root, page), 'utf8');
const map = /(?<=<script type="importmap">)[^]*?(?=<\/script>)/.exec(html)?.[0] ?? '';
const hash = createHash('sha256').update(map).digest('base64');
const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'`;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/') {
    response.writeHead(302, { location: page }).end();
    return;
  }
  const type = TYPES[extname(pathname)];
  const open = ['/dist/web/', '/examples/browser/', '/node_modules/node-forge/dist/'];
  const path = normalize(pathname);
  const allowed = type && open.some((folder) => path.startsWith(folder));
  const content = allowed && (await readFile(join(root, path)).catch(() => undefined));
  if (!content) {
    response.writeHead(404).end();
    return;
  }
  const headers = { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy };
  response.writeHead(200, headers).end(content);
});

const port = Number(process.argv[2] ?? 8080);
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  console.log(`open http://127.0.0.1:${typeof address === 'object' && address?.port}/`);
});
