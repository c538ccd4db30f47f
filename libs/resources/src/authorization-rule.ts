import { BlockList, isIP } from "node:net";
import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";
import { RE2JS, RE2JSException } from "re2js";
import { AuthorizationRuleError } from "./authorization-rule-error.ts";
import { headersOfRule } from "./authorization-rule-headers.ts";
import { celLoops, expressionsIn } from "./cel-loops.ts";
import { maxPatternLength } from "./linear-pattern.ts";
import { suggestion } from "./schema-problems.ts";

/** Longest rule, in characters. */
const maxRuleLength = 1_000;

/** What a rule can speak of. What is not known of the caller is an empty text or list. */
export interface RuleFacts {
  identity: {
    key: string;
    user: string;
    team: string;
    application: string;
    department: string;
    consumer: string;
    tags: readonly string[];
  };
  /** Those of the token; none for who sent something else. */
  claims: Readonly<Record<string, unknown>>;
  request: {
    method: string;
    path: string;
    host: string;
    source: string;
    route: string;
    operation: string;
    model: string;
    headers: Readonly<Record<string, string>>;
  };
}

/** A rule that is ready. */
export interface AuthorizationRule {
  /** Headers that it speaks of, lower case. */
  readonly headers: readonly string[];
  /**
   * Whether it is true of a request. It takes time in proportion to what it is told, whatever it says.
   * @throws Error where it can't be said, such as of a claim that is not there
   */
  holds(facts: RuleFacts): boolean;
}

const identityShape = {
  key: "string",
  user: "string",
  team: "string",
  application: "string",
  department: "string",
  consumer: "string",
  tags: "list<string>",
};
const requestShape = {
  method: "string",
  path: "string",
  host: "string",
  source: "string",
  route: "string",
  operation: "string",
  model: "string",
  headers: "map<string, string>",
};
const variables = {
  identity: Object.keys(identityShape),
  request: Object.keys(requestShape),
};

/** In place of the library's `matches`, which goes back and forth in a text for as long as the pattern says. */
const linearMatches = "matchesInLinearTime";

const environment = new Environment({
  limits: { maxAstNodes: 300, maxDepth: 32, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 },
})
  .registerVariable({ name: "identity", schema: identityShape })
  .registerVariable("claims", "map<string, dyn>")
  .registerVariable({ name: "request", schema: requestShape })
  .registerFunction(`string.${linearMatches}(string): bool`, (text: string, pattern: string) =>
    patternOf(pattern).matcher(text).find(),
  )
  .registerFunction("string.inNetwork(string): bool", (address: string, network: string) =>
    isIn(address, networkOf(network)),
  );

/**
 * Compiles a rule: an expression of the Common Expression Language that is true or false of a request.
 * @throws AuthorizationRuleError with the reason
 */
export function compileAuthorizationRule(source: string): AuthorizationRule {
  if (source.length > maxRuleLength) {
    throw new AuthorizationRuleError(`it is longer than ${maxRuleLength} characters`);
  }
  const expression = parse(source);
  const headers = headersOfRule(expression.ast);
  refuseCostly(expression.ast);
  const { valid, type, error } = expression.check();
  if (!valid) throw new AuthorizationRuleError(reasonOf(error));
  if (type !== "bool" && type !== "dyn") {
    throw new AuthorizationRuleError(`it must be true or false, and it is a ${type}`);
  }
  return {
    headers,
    holds: (facts) => {
      const value: unknown = expression(facts);
      if (typeof value !== "boolean") throw new Error("the rule is neither true nor false");
      return value;
    },
  };
}

function parse(source: string): ParseResult {
  try {
    return environment.parse(source);
  } catch (error) {
    throw new AuthorizationRuleError(reasonOf(error));
  }
}

/** What the library says in its first line, and where; a misspelt name with the one that was meant. */
function reasonOf(error: unknown): string {
  const {
    summary = "it can't be read",
    code,
    range,
  } = error as {
    summary?: string;
    code?: string;
    range?: { start: number };
  };
  const place = range === undefined ? "" : ` at character ${range.start + 1}`;
  const text = summary.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  const name = /(?:unknown variable|no such key): (\S+)$/.exec(text)?.[1];
  if (name === undefined) return text + place;
  const known =
    code === "unknown_variable"
      ? ["identity", "claims", "request"]
      : [...new Set([...variables.identity, ...variables.request])];
  return text + place + suggestion(name, known);
}

/**
 * Refuses what could take longer than its text looks: loops within loops, values that double by `cel.bind`, and
 * patterns that are not known before there is a request.
 */
function refuseCostly(node: ASTNode, within = false): void {
  if (node.op === "rcall" || node.op === "call") {
    const name = node.args[0];
    const parameters = node.op === "rcall" ? node.args[2] : node.args[1];
    if (node.op === "rcall") refuseCall(node, name, parameters, within);
    for (const parameter of parameters) refuseCostly(parameter, within || celLoops.has(name));
    if (node.op === "rcall") refuseCostly(node.args[1], within);
    return;
  }
  for (const child of expressionsIn(node.args)) refuseCostly(child, within);
}

function refuseCall(
  node: Extract<ASTNode, { op: "rcall" }>,
  name: string,
  [first]: readonly ASTNode[],
  within: boolean,
): void {
  if (within && celLoops.has(name)) {
    throw new AuthorizationRuleError(`${name} stands within another loop, which could take too long`);
  }
  if (name === "bind" || name === linearMatches) {
    throw new AuthorizationRuleError(`${name} can't be used in a rule`);
  }
  const written = first?.op === "value" && typeof first.args === "string" ? first.args : undefined;
  if (name === "matches") {
    if (written === undefined) throw new AuthorizationRuleError("the pattern of matches must be written out");
    patternOf(written);
    node.args[0] = linearMatches;
  }
  if (name === "inNetwork") {
    if (written === undefined)
      throw new AuthorizationRuleError("the network of inNetwork must be written out");
    networkOf(written);
  }
}

const patterns = new Map<string, RE2JS>();

/** Patterns stand in rules of the configuration only, so there are few of them. */
function patternOf(source: string): RE2JS {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    pattern = compilePattern(source);
    patterns.set(source, pattern);
  }
  return pattern;
}

function compilePattern(source: string): RE2JS {
  if (source.length > maxPatternLength) {
    throw new AuthorizationRuleError(`a pattern is longer than ${maxPatternLength} characters`);
  }
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, "");
    throw new AuthorizationRuleError(`the pattern is refused: ${reason}`);
  }
}

const networks = new Map<string, BlockList>();

function networkOf(text: string): BlockList {
  let network = networks.get(text);
  if (network === undefined) {
    network = readNetwork(text);
    networks.set(text, network);
  }
  return network;
}

function readNetwork(text: string): BlockList {
  const [address = "", length] = text.split("/");
  const family = isIP(address);
  const bits = length === undefined ? (family === 6 ? 128 : 32) : Number(length);
  const network = new BlockList();
  try {
    if (length !== undefined && !/^\d{1,3}$/.test(length)) throw new Error("no length");
    network.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  } catch {
    throw new AuthorizationRuleError(`${JSON.stringify(text)} is no network, such as 10.0.0.0/8`);
  }
  return network;
}

function isIn(address: string, network: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && network.check(address, family === 6 ? "ipv6" : "ipv4");
}
