export function certificatePath(file: string): string;

export function readCertificate(name: 'rsa' | 'ecdsa' | 'client'): { key: Buffer; cert: Buffer };
