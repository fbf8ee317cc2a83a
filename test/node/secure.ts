// What the test servers have in common, as `setSecureContext` takes it.

import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';

export function makeSecure(options: SecureContextOptions): SecureContextOptions {
  return { ...readCertificate('rsa'), secureOptions: constants.SSL_OP_NO_TICKET, ...options };
}
