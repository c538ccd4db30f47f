/**
 * Longest time until a replicated stream whose leader was killed has another one, in milliseconds, with a bit to
 * spare: nats-server (2.9 to this day) waits 4 to 9 s for a word of the leader. Whoever can wait for so long does.
 */
export const streamElectionMs = 10_000;
