import fc from "fast-check";
import { expect, test } from "vitest";
import { compileAuthorizationRule, type RuleFacts } from "./authorization-rule.ts";
import { CelError } from "./cel/cel-error.ts";

const facts: RuleFacts = {
  identity: {
    key: "k",
    user: "ada",
    team: "search",
    application: "",
    department: "",
    consumer: "research",
    tags: ["eu", "beta"],
  },
  claims: {
    groups: ["admins", "staff"],
    level: 3,
    ratio: 0.5,
    email_verified: true,
    realm_access: { roles: ["x"] },
    "https://example.com/team": "t",
    nothing: null,
  },
  request: {
    method: "POST",
    path: "/a/b",
    host: "h.example",
    source: "10.1.2.3",
    route: "t/r",
    operation: "chat",
    model: "gpt-5-mini",
    headers: { "x-env": "prod" },
  },
};

test.each([
  ["identity.team == 'search' && identity.user != ''", true],
  ["identity.consumer in ['research', 'other']", true],
  ["'eu' in identity.tags && !('us' in identity.tags)", true],
  ["identity.tags.exists(tag, tag.startsWith('be'))", true],
  ["identity.tags.exists(tag, 'x-env' in request.headers && request.headers['x-env'] != tag)", true],
  ["claims.groups.exists(group, request.path.contains(group))", false],
  ["claims.groups.all(group, !(group in identity.tags) && group.size() > 4)", true],
  ["'admins' in claims.groups", true],
  ["claims.groups.all(group, group.matches('^[a-z]+$'))", true],
  ["claims.level == 3 && claims.level >= 2 && claims.ratio < 1.0", true],
  ["claims.email_verified", true],
  ["'x' in claims.realm_access.roles", true],
  ["claims['https://example.com/team'] == 't'", true],
  ["has(claims.none) || has(claims.level)", true],
  ["has(claims.none) && claims.none == 'x'", false],
  ["claims.nothing == null", true],
  ["request.method == 'POST' && request.path.startsWith('/a/')", true],
  ["request.model.matches('mini$') && !request.model.matches('^mini')", true],
  ["request.headers['x-env'] == 'prod' && 'x-env' in request.headers", true],
  ["'x-none' in request.headers && request.headers['x-none'] == 'a'", false],
  ["has(request.headers.none)", false],
  ["request.source.inNetwork('10.0.0.0/8')", true],
  ["request.source.inNetwork('10.1.2.3')", true],
  ["request.source.inNetwork('fd00::/8')", false],
  ["request.operation == 'chat' ? request.route == 't/r' : false", true],
  ["claims.none == 'x' || true", true],
])("%s is %s", (source, expected) => {
  expect(compileAuthorizationRule(source).holds(facts)).toBe(expected);
});

test.each([
  ["claims.none == 'x'", "no_such_key", "a value that it reads is not there"],
  ["request.headers['x-none'] == 'a'", "no_such_key", "a value that it reads is not there"],
  ["claims.level.startsWith('a')", "no_matching_overload", "the values do not fit it"],
  ["claims.level", "neither_true_nor_false", "it gives neither true nor false"],
  ["claims.constructor == claims.__proto__", "no_such_key", "a value that it reads is not there"],
])("%s can't be said: %s", (source, code, message) => {
  const rule = compileAuthorizationRule(source);
  expect(() => rule.holds(facts)).toThrow(expect.objectContaining({ name: "CelError", code, message }));
});

test.each([
  ["identity.teem == 'x'", 'no such key: teem at character 10; did you mean "team"?'],
  ["identiy.team == 'x'", 'unknown variable: identiy at character 1; did you mean "identity"?'],
  ["identity.team ==", "unexpected token: EOF at character 17"],
  ["identity.team", "it must be true or false, and it is a string"],
  ["identity.team + 1 == 2", "no such overload: string + int at character 1"],
  ["request.model.matches('(')", "the pattern is refused: missing closing ): `(`"],
  ["request.model.matches('(?=a)b')", "the pattern is refused: invalid or unsupported Perl syntax: `(?=`"],
  ["request.model.matches(request.path)", "the pattern of matches must be written out"],
  ["request.source.inNetwork('10.0.0.0/33')", '"10.0.0.0/33" is no network, such as 10.0.0.0/8'],
  ["request.source.inNetwork('office')", '"office" is no network, such as 10.0.0.0/8'],
  ["request.source.inNetwork(request.host)", "the network of inNetwork must be written out"],
  ["request.headers.exists(h, h == 'a')", 'a header must be named, as request.headers["x-name"]'],
  ["request.headers[request.host] == 'a'", 'a header must be named, as request.headers["x-name"]'],
  ["dyn(request).headers.a == 'a'", "of request one field must be named, such as request.path"],
  ["request['path'] == 'a'", "of request one field must be named, such as request.path"],
  ["request.headers['X-Env'] == 'a'", "names of headers are in lower case here: x-env"],
  [
    "request.headers.authorization == 'a'",
    "the header authorization holds a key or a token, which rules are not told",
  ],
  ["request.headers['cookie'] == 'a'", "the header cookie holds a key or a token, which rules are not told"],
  [
    "claims.a.exists(a, claims.b.exists(b, a == b))",
    "exists stands within another loop, which could take too long",
  ],
  ["cel.bind(a, 'x', a == 'x')", "bind can't be used here"],
  ["request.model.matchesOfSluice('a')", "matchesOfSluice can't be used here"],
  [`'${"x".repeat(1000)}' == 'a'`, "it is longer than 1000 characters"],
])("%s is refused: %s", (source, message) => {
  expect(() => compileAuthorizationRule(source)).toThrow(new CelError(message));
});

test("a rule says which headers it speaks of", () => {
  const rule = "request.headers['x-a'] == 'a' || 'x-b' in request.headers || has(request.headers.c)";
  expect(compileAuthorizationRule(rule).headers).toEqual(["x-a", "x-b", "c"]);
});

test("a pattern that goes back and forth elsewhere takes no time here", () => {
  const rule = compileAuthorizationRule("request.path.matches('^(a+)+$')");
  const path = `${"a".repeat(20_000)}!`;
  expect(rule.holds({ ...facts, request: { ...facts.request, path } })).toBe(false);
});

const pieces = [
  ..."()[]{}.,!?:+-*/%<>&|='\"\\".split(""),
  ...[
    "&&",
    "||",
    "==",
    " in ",
    "identity",
    "claims",
    "request",
    ".headers",
    ".team",
    "has(",
    ".exists(x, ",
    "x",
  ],
  ...[
    ".matches('",
    "a+",
    ".inNetwork(",
    "'10.0.0.0/8'",
    "cel.bind(",
    "dyn(",
    "true",
    "null",
    "1",
    "1.5",
    "b'a'",
  ],
];

test("whatever is written is a rule, or is refused with a reason", () => {
  const written = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(written, (source) => {
      try {
        const rule = compileAuthorizationRule(source);
        return typeof rule.holds === "function";
      } catch (error) {
        return error instanceof CelError && error.message !== "";
      }
    }),
    { numRuns: 2000 },
  );
});
