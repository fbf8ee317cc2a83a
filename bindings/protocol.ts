// Protocol versions as they are on the wire. All code in bindings/ takes them from here. The core
// has its own copy of the two that decide about lifetimes, in assembly/expiry.ts.

export const TLS1_0 = 0x0301;
export const TLS1_1 = 0x0302;
export const TLS1_2 = 0x0303;
export const TLS1_3 = 0x0304;
export const DTLS1_3 = 0xfefc;

/** Versions whose sessions have an id, the newest first. */
export const UP_TO_TLS1_2 = [TLS1_2, TLS1_1, TLS1_0] as const;
