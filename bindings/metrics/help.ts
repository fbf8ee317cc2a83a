// One line of help for each field of a `stats()`.

const HELP: Readonly<Record<string, string>> = {
  // attachServer
  handshakes: 'Handshakes of the server that are over, by outcome.',
  stored: 'New sessions that were stored.',
  notStored: 'New sessions that were not stored, by cause.',
  hits: 'Sessions that were found and handed out.',
  misses: 'Lookups that found no session that may be resumed, by cause.',
  skipped: 'Handshakes for which no session could be looked up, by cause.',
  dropped: 'Sessions dropped because a connection failed; of a store: not written, by cause.',
  errors: 'Failures of the cache, of a store or of a callback.',
  hellos: 'ClientHellos to be read before Node, by outcome.',
  passedBy: 'Connections of the server that have no cache.',
  pending: 'ClientHellos and answers of a store that are still to come.',
  time: 'Time of the thread spent on reading ClientHellos, looking up and storing.',
  // attachExternal
  lookups: 'Lookups in the store.',
  lost: 'Single uses that the store granted too late.',
  written: 'Writes that the store has confirmed, by kind.',
  droppedRemovals: 'Deletions and marks that were not written, by cause.',
  messages: 'Messages between the processes about removals.',
  'queue.entries': 'Writes that wait for the store.',
  'queue.bytes': 'Bytes of the writes that wait for the store.',
  'queue.running': 'Writes that the store has not answered.',
  'breaker.state': 'State of the breaker of lookups: closed, open or probing.',
  'breaker.opened': 'How often the breaker of lookups has opened.',
  'writeBreaker.state': 'State of the breaker of writes: closed, open or probing.',
  'writeBreaker.opened': 'How often the breaker of writes has opened.',
  // ClientSessionCache
  sessions: 'Sessions in the cache.',
  taken: 'Sessions handed out to be offered.',
  refused: 'Sessions that were not stored, by cause; of tickets: tickets refused.',
  resumed: 'Connections that resumed what they offered.',
  declined: 'Connections that offered a session in vain.',
  siblingsDropped: 'Sessions dropped because one of the same full handshake was declined.',
  putBack: 'Sessions put back because they were never sent.',
  unkeyed: 'Connections without sessions because of an option that cannot be compared.',
  closures: 'Connections without sessions because a function or context is made anew for each.',
  shy: 'Peers that are offered no session for a while, because handshakes broke.',
  // attachTicketKeys
  keys: 'Ticket keys in use.',
  mode: 'How ticket keys are changed.',
  made: 'Tickets made.',
  notMade: 'Tickets that were not made, by cause.',
  accepted: 'Tickets accepted, by the age of their key in periods.',
  renewed: 'Tickets accepted and made anew.',
  unknown: 'Tickets of an unknown key.',
  rotations: 'Changes of the present ticket key.',
  bySecret: 'Tickets accepted, by the secret that their key is derived from.',
  unauthorized: 'Connections that Node called authorized by mistake.',
};

/** The HELP text of a field. */
export function helpOf(field: string): string {
  return HELP[field] ?? `The field ${field} of stats().`;
}
