// Type-checked, never run, by ../types.js: every entry point, without any of the optional peers.
import * as sesscache from 'sesscache';
import * as asn1 from 'sesscache/asn1';
import * as client from 'sesscache/client';
import * as cluster from 'sesscache/cluster';
import * as external from 'sesscache/external';
import * as forge from 'sesscache/forge';
import * as node from 'sesscache/node';
import * as redis from 'sesscache/redis';
import * as tickets from 'sesscache/tickets';

export const all = [sesscache, asn1, client, cluster, external, forge, node, redis, tickets];
