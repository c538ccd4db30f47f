import { startChildProgram } from "../children/child-program.ts";
import type { Target } from "./target.ts";

/** The bare reverse proxy: what Node needs to pass a request on at all. */
export async function startProxyTarget(upstreamUrl: string): Promise<Target> {
  const proxy = await startChildProgram("proxy/main.ts", [upstreamUrl]);
  return {
    name: "proxy",
    baseUrl: `${proxy.url}/v1`,
    headers: {},
    processes: [{ service: "proxy", pid: proxy.pid }],
    stop: () => proxy.stop(),
  };
}
