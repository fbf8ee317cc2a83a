import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects garbage, all of it, now. */
export const collect = runInNewContext('gc') as () => void;
