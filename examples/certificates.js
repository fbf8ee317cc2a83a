// The test certificates: for examples on the loopback interface, and nothing else.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a file in the folder of test certificates. */
export function certificatePath(file) {
  return fileURLToPath(new URL(`../test/fixtures/tls/${file}`, import.meta.url));
}

/** Key and certificate called `name`: 'rsa', 'ecdsa' or 'client'. */
export function readCertificate(name) {
  return {
    key: readFileSync(certificatePath(`${name}.key.pem`)),
    cert: readFileSync(certificatePath(`${name}.cert.pem`)),
  };
}
