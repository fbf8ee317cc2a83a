/** A session of a real connection, with what Node said about it. */
export interface RealSession {
  /** Whose session it is. */
  side: 'server' | 'client';
  protocol: 'TLSv1.2' | 'TLSv1.3';
  /** Whether the client showed one. */
  clientCertificate: boolean;
  /** Whether the server was willing to give tickets. */
  tickets: boolean;
  /** The session, in base64. */
  bytes: string;
  /** Its name in the standard. */
  cipher: string;
  /** In hexadecimal; empty where Node does not tell. */
  id: string;
  /** In base64; empty where Node does not tell. */
  ticket: string;
  /** The other side's certificate in base64; empty without one. */
  peer: string;
  /** Empty without one. */
  alpn: string;
  /** When it was made, since the epoch. */
  seconds: number;
}
