// The session that the pointer or the focus is on, by serial: shown in the table and in memory.

import { signal } from '@preact/signals';

export const selected = signal<number | undefined>(undefined);
