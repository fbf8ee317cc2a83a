/** Protocol versions, as Node names them. */
export type Version = 'TLSv1.2' | 'TLSv1.3';

export const VERSIONS: readonly Version[] = ['TLSv1.2', 'TLSv1.3'];
