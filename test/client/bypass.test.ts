import { suite } from 'uvu';
import { testBypasses } from './bypass.ts';
import { CLIENTS } from './clients.ts';

const test = suite('bypasses stay closed');
testBypasses(test, CLIENTS);
test.run();
