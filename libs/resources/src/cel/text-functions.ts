import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { CelError } from "./cel-error.ts";
import type { CelTextFunction } from "./cel-language.ts";
import { expressionsIn, writtenText } from "./cel-parts.ts";

interface ReadyFunction extends CelTextFunction {
  /** By argument. Arguments stand in the configuration only, so there are few of them. */
  readonly ready: Map<string, (text: string) => boolean>;
}

/** Under names of their own, which nobody can write: a function of CEL, such as `matches`, can't be replaced. */
export const inner = (name: string): string => `${name}OfSluice`;
const isInner = (name: string): boolean => name.endsWith(inner(""));

/** Functions on texts whose argument is written out, each made ready once per argument. */
export class TextFunctions {
  readonly #functions: ReadonlyMap<string, ReadyFunction>;

  constructor(functions: readonly CelTextFunction[]) {
    this.#functions = new Map(functions.map((each) => [each.name, { ...each, ready: new Map() }]));
  }

  register(environment: Environment): void {
    for (const each of this.#functions.values()) {
      environment.registerFunction(
        `string.${inner(each.name)}(string): bool`,
        (text: string, argument: string) => prepared(each, argument)(text),
      );
    }
  }

  /**
   * Makes the calls in an expression ready, and lets it call these functions where it names them.
   * @throws CelError for an argument that is not written out, or can't be used
   */
  bind(node: ASTNode): void {
    for (const child of expressionsIn(node.args)) this.bind(child);
    if (node.op !== "rcall" && node.op !== "call") return;
    if (isInner(node.args[0])) throw new CelError(`${node.args[0]} can't be used here`);
    if (node.op === "call") return;
    const [name, , [argument]] = node.args;
    const called = this.#functions.get(name);
    if (called === undefined) return;
    const written = writtenText(argument);
    if (written === undefined) throw new CelError(`the ${called.argument} of ${name} must be written out`);
    prepared(called, written);
    node.args[0] = inner(name);
  }
}

function prepared(called: ReadyFunction, argument: string): (text: string) => boolean {
  let ready = called.ready.get(argument);
  if (ready === undefined) {
    ready = called.prepare(argument);
    called.ready.set(argument, ready);
  }
  return ready;
}
