import type { Mesh } from "./mesh.ts";

/** As much of a mesh as its clients need; unlike the mesh itself it can be handed to another process. */
export type MeshAddress = Pick<
  Mesh,
  "gateway" | "ledger" | "apiKey" | "adminKey" | "simulatorUrl" | "processes"
>;
