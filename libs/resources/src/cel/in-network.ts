import { BlockList, isIP } from "node:net";
import { CelError } from "./cel-error.ts";
import type { CelTextFunction } from "./cel-language.ts";

/** `inNetwork`: whether a text is an address of a network, such as `10.0.0.0/8`, `fd00::/8` or one address. */
export const inNetwork: CelTextFunction = {
  name: "inNetwork",
  argument: "network",
  prepare: (text) => {
    const network = readNetwork(text);
    return (address) => {
      const family = isIP(address);
      return family !== 0 && network.check(address, family === 6 ? "ipv6" : "ipv4");
    };
  },
};

function readNetwork(text: string): BlockList {
  const [address = "", length] = text.split("/");
  const family = isIP(address);
  const bits = length === undefined ? (family === 6 ? 128 : 32) : Number(length);
  const network = new BlockList();
  try {
    if (length !== undefined && !/^\d{1,3}$/.test(length)) throw new Error("no length");
    network.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  } catch {
    throw new CelError(`${JSON.stringify(text)} is no network, such as 10.0.0.0/8`);
  }
  return network;
}
