import { hash } from "node:crypto";

/** Bytes of a hash that become a number: as many as it holds exactly. */
const hashBytes = 6;

/**
 * How one of several candidates stands with a seed: the highest score wins, as often as the candidate's share of the
 * weights says. Rendezvous hashing with weights (Schindelhauer and Schomaker, "Weighted distributed hash tables", 2005):
 * a weight that is changed, and a candidate that is gone, move only what they must. Whoever computes it, knowing
 * nothing but the configuration, comes to the same.
 * @param candidate name that is the candidate's own among all that are chosen from
 * @param weight 0 never wins
 */
export function weightedScore(candidate: string, weight: number, seed: string): number {
  return weight === 0 ? 0 : -weight / Math.log(fractionOf(`${candidate}\0${seed}`));
}

/** A number between 0 and 1, neither of them, that looks like chance and is the same for the same text. */
function fractionOf(text: string): number {
  const number = hash("sha256", text, "buffer").readUIntBE(0, hashBytes);
  return (number + 0.5) / 2 ** (8 * hashBytes);
}
