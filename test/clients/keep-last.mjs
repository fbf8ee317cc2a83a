// For --import: as `--import sesscache/auto`, with `keepLast`.

import { install } from '../../dist/auto/index.mjs';
import { ClientSessionCache } from '../../dist/client/index.mjs';

install({ sessions: new ClientSessionCache({ keepLast: true }) });
