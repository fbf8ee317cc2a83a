// The attributes of a handshake, named by OpenTelemetry's semantic conventions where these have a
// name (https://opentelemetry.io/docs/specs/semconv/registry/attributes/tls/, …/network/,
// …/error/).

import type { HandshakeEvent } from '../telemetry/events.ts';
import type { Attributes } from './types.ts';

const PROTOCOL = /^(TLS|SSL)v?(\d(?:\.\d)?)?$/;

/** Attributes of a metric: each has few values. */
export function metricAttributes(event: HandshakeEvent): Attributes {
  const { role, outcome, protocol, reason, source, store, error, socket } = event;
  const attributes: Attributes = {
    'sesscache.role': role,
    'tls.established': outcome !== 'failed',
    'network.transport': 'tcp',
  };
  if (outcome !== 'failed') attributes['tls.resumed'] = outcome === 'resumed';
  const parsed = PROTOCOL.exec(protocol ?? '');
  if (parsed?.[2] !== undefined) {
    attributes['tls.protocol.name'] = parsed[1] === 'SSL' ? 'ssl' : 'tls';
    attributes['tls.protocol.version'] = parsed[2] === '1' ? '1.0' : parsed[2];
  }
  const family = socket.remoteFamily;
  if (family !== undefined) attributes['network.type'] = family.toLowerCase();
  if (reason !== undefined) attributes['sesscache.reason'] = reason;
  if (source !== undefined) attributes['sesscache.source'] = source;
  if (store !== undefined) attributes['sesscache.store.reason'] = store;
  if (outcome === 'failed') attributes['error.type'] = error ?? '_OTHER';
  return attributes;
}

/** Attributes of an event on a span, about one connection. */
export function eventAttributes(event: HandshakeEvent): Attributes {
  const { socket, duration, lookup, age, stored } = event;
  const attributes = metricAttributes(event);
  attributes['sesscache.duration'] = duration / 1000;
  attributes['sesscache.lookup.duration'] = lookup / 1000;
  attributes['sesscache.stored'] = stored;
  if (age !== undefined) attributes['sesscache.age'] = age;
  if (socket.remoteAddress) attributes['network.peer.address'] = socket.remoteAddress;
  if (socket.remotePort) attributes['network.peer.port'] = socket.remotePort;
  return attributes;
}
