import { suite } from 'uvu';
import { testBypasses } from '../client/bypass.ts';
import { AUTO_CLIENTS } from '../client/clients.ts';

const test = suite('bypasses stay closed under sesscache/auto');
testBypasses(test, AUTO_CLIENTS);
test.run();
