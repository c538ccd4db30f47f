import {
  followBreakerChanges,
  type OwnBreakerChange,
  publishBreakerChange,
} from "@sluice/bus/breaker-changes";
import type { Bus } from "@sluice/bus/bus";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import { type CompiledBreaker, defaultBreaker } from "@sluice/resources/breaker";
import type { Logger } from "@sluice/telemetry/logger";
import type { Counter } from "@sluice/telemetry/mesh-metrics";
import { CircuitBreaker } from "../domain/circuit-breaker.ts";
import { isAnswer, isTargetFailure } from "../domain/failover.ts";
import { type TargetName, targetKey } from "../domain/target-key.ts";
import type { TargetStates } from "../domain/target-order.ts";
import type { HealthChecks } from "./health-checks.ts";

/** Most targets that something is held against; clients make up names of models. */
const maxTargets = 10_000;

/**
 * How the targets of models with several fare: a circuit breaker for each. What one router finds out all others hear at
 * once; one that comes later finds out by itself.
 */
export class TargetHealth implements TargetStates {
  readonly #bus: Bus;
  readonly #checks: Pick<HealthChecks, "isWell">;
  readonly #logger: Logger;
  readonly #changes: Counter;
  /** Of those that something is held against. */
  readonly #breakers = new Map<string, CircuitBreaker>();

  /** @param checks what is found out about backends while nobody calls them */
  constructor(bus: Bus, checks: Pick<HealthChecks, "isWell">) {
    this.#bus = bus;
    this.#checks = checks;
    this.#logger = bus.logger;
    this.#changes = bus.metrics.counter(
      "sluice.router.breaker.changes",
      "Circuit breakers of targets that this router has opened or closed.",
      "{change}",
    );
    bus.metrics.observedGauge(
      "sluice.router.breakers.open",
      "Targets that are left alone at the moment because they fail.",
      "{target}",
      (observe) => observe([...this.#breakers.values()].filter(({ closed }) => !closed).length),
    );
    followBreakerChanges(bus, (change) => this.#follow(change));
  }

  isClosed(target: TargetName): boolean {
    return this.#checks.isWell(target.backendName) && (this.#breakers.get(targetKey(target))?.closed ?? true);
  }

  mayPass(target: TargetName): boolean {
    if (!this.#checks.isWell(target.backendName)) return false;
    return this.#breakers.get(targetKey(target))?.mayPass() ?? true;
  }

  /** A target has answered. */
  succeeded(target: TargetName): void {
    const key = targetKey(target);
    const breaker = this.#breakers.get(key);
    if (breaker === undefined) return;
    if (breaker.succeeded()) this.#tell(target, 0, undefined);
    if (breaker.untouched) this.#breakers.delete(key);
  }

  /**
   * A call has failed: by the target's fault, by its refusal, or because the request was over before it answered.
   * @param policy when the target is left alone
   */
  failed(target: TargetName, policy: CompiledBreaker, error: SluiceError): void {
    if (isAnswer(error)) this.succeeded(target);
    else if (isTargetFailure(error)) this.#blame(target, policy, error);
    else this.released(target);
  }

  /** Nothing was found out. */
  released(target: TargetName): void {
    this.#breakers.get(targetKey(target))?.released();
  }

  #blame(target: TargetName, policy: CompiledBreaker, error: SluiceError): void {
    const breaker = this.#breakerOf(target);
    breaker.policy = policy;
    const openForMs = breaker.failed(error.retryAfterMs || undefined);
    if (openForMs !== undefined) this.#tell(target, openForMs, error);
  }

  #breakerOf(target: TargetName): CircuitBreaker {
    const key = targetKey(target);
    let breaker = this.#breakers.get(key);
    if (breaker === undefined) {
      breaker = new CircuitBreaker(defaultBreaker, () => performance.now());
      const [oldest] = this.#breakers.keys();
      if (this.#breakers.size >= maxTargets && oldest !== undefined) this.#breakers.delete(oldest);
      this.#breakers.set(key, breaker);
    }
    return breaker;
  }

  #tell(
    { backendName: backend, providerModel: model }: TargetName,
    openForMs: number,
    error?: SluiceError,
  ): void {
    this.#changes.add(1, { "sluice.backend": backend, state: openForMs === 0 ? "closed" : "open" });
    if (error === undefined) this.#logger.info({ backend, model }, "a target answers again");
    else {
      const { code } = error;
      this.#logger.warn({ backend, model, code, openForMs }, "a target fails and is left alone for a while");
    }
    publishBreakerChange(this.#bus, { backend, model, openForMs: Math.round(openForMs) });
  }

  #follow({ backend, model, openForMs }: OwnBreakerChange): void {
    const target = { backendName: backend, providerModel: model };
    if (openForMs > 0) this.#breakerOf(target).open(openForMs);
    else this.#breakers.delete(targetKey(target));
  }
}
