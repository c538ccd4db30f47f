import { Environment } from "@marcbachmann/cel-js";
import { CelError } from "./cel/cel-error.ts";
import { celFailure } from "./cel/cel-failure.ts";
import { celRefusal } from "./cel/cel-refusal.ts";
import { refuseCostly } from "./cel/refuse-costly.ts";

/** What the complexity of a request is worked out from. */
export interface ComplexityFacts {
  /** As they are estimated before the call. */
  inputTokens: number;
  /** That the client asks for at most, or what is usual. */
  outputTokens: number;
  messages: number;
  tools: number;
  images: number;
  /** As the client names it. */
  model: string;
}

/** Where a limit says nothing else: tokens of the prompt, and what makes models work besides. */
export const usualComplexity = "inputTokens + 50 * messages + 200 * tools + 1000 * images";

const language = {
  variables: {
    inputTokens: "double",
    outputTokens: "double",
    messages: "double",
    tools: "double",
    images: "double",
    model: "string",
  },
} as const;
const limits = { maxAstNodes: 200, maxDepth: 32, maxListElements: 50, maxMapEntries: 1, maxCallArguments: 4 };
const maxLength = 1_000;

const operators: Readonly<Record<string, (one: number, other: number) => number>> = {
  "+": (one, other) => one + other,
  "-": (one, other) => one - other,
  "*": (one, other) => one * other,
  "/": (one, other) => one / other,
};

const environment = new Environment({ unlistedVariablesAreDyn: false, limits });
for (const [name, type] of Object.entries(language.variables)) environment.registerVariable(name, type);
// Whole and other numbers together, so that nobody has to write 4.0.
for (const [sign, work] of Object.entries(operators)) {
  environment.registerOperator(`int ${sign} double: double`, (one: bigint, other: number) =>
    work(Number(one), other),
  );
  environment.registerOperator(`double ${sign} int: double`, (one: number, other: bigint) =>
    work(one, Number(other)),
  );
}

/** How complex a request is, as a whole number from 0 on. @throws CelError where it can't be told */
export type Complexity = (facts: ComplexityFacts) => number;

/**
 * Compiles a formula in CEL.
 * @throws CelError with the reason for one that can't be used
 */
export function compileComplexity(source: string): Complexity {
  if (source.length > maxLength) throw new CelError(`it is longer than ${maxLength} characters`);
  const formula = parse(source);
  refuseCostly(formula.ast);
  const { valid, type = "dyn", error } = formula.check();
  if (!valid) throw celRefusal(error, language);
  if (type !== "double" && type !== "int")
    throw new CelError(`it must be a number, and it is of type ${type}`);
  return (facts) => {
    let value: number;
    try {
      value = Number(formula({ ...facts }));
    } catch (error) {
      throw celFailure(error);
    }
    if (Number.isNaN(value)) throw new CelError("it gives no number");
    return Math.min(Math.max(0, Math.ceil(value)), Number.MAX_SAFE_INTEGER);
  };
}

function parse(source: string) {
  try {
    return environment.parse(source);
  } catch (error) {
    throw celRefusal(error, language);
  }
}
