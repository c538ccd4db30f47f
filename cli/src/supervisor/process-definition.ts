/** One kind of process of the mesh, and what each of its processes is given. */
export interface ProcessDefinition {
  /** As `router`, or `compact` for all in one; log files and messages are named after it. */
  service: string;
  /** Absolute path of the file that Node runs. */
  script: string;
  replicas: number;
  /** All of the environment of a process. @param index Its number among its kind, from 0. */
  environment(index: number): Record<string, string>;
  /** Whether a successor may start before it has ended. @param index as above */
  mayOverlap(index: number): boolean;
  /** Whether it takes a stop message of libs/runtime; SIGTERM else. */
  takesStopMessage: boolean;
  /** Open sockets that each process inherits, as file descriptors 4, 5 and so on. @default none */
  sockets?: readonly number[];
}

/** What every process of the mesh is told about the others. */
export interface MeshAddresses {
  natsUrl: string;
  /** File with the seed of a service on the bus; undefined where NATS_URL says all. */
  seedFile(service: string): string | undefined;
  redisUrl: string;
  simulatorUrl: string | undefined;
  /** Sockets that the ingress listens on. */
  gatewaySockets: readonly number[];
}
