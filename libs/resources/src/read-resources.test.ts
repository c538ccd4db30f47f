import { expect, test } from "vitest";
import { ConfigurationError } from "./configuration-problem.ts";
import { readChange, type SourceFile } from "./read-change.ts";

/** The problems of some files, one in a line; empty when they have none. */
function problemsOf(...files: (string | Partial<SourceFile>)[]): string {
  try {
    readChange(
      files.map((file) => ({
        name: "r.yaml",
        directory: "/",
        text: "",
        ...(typeof file === "string" ? { text: file } : file),
      })),
    );
    return "";
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
}

const secret =
  "{ apiVersion: sluice.dev/v1, kind: Secret, metadata: { name: x }, spec: { data: { a: YQ== } } }\n";
const named = "apiVersion: sluice.dev/v1\nkind: Secret\nspec: { data: { a: YQ== } }\n";

test.each([
  ["5", "1:1: must be a map of keys and values, not a number"],
  ["a: [1, 2\n", "2:1: flow sequence in block collection must be sufficiently indented and end with a ]"],
  ["apiVersion: sluice.dev/v1\nmetadata: { name: x }\n", "1:1: kind: is missing"],
  ["kind: Secret\nmetadata: { name: x }\n", "1:1: apiVersion: is missing"],
  ["apiVersion: 1\nkind: Secret\n", "1:13: apiVersion: must be a text, not a number"],
  [
    "apiVersion: sluice.dev/v2\nkind: Secret\n",
    '1:13: apiVersion: there is no apiVersion "sluice.dev/v2"; did you mean "sluice.dev/v1"?',
  ],
  ["apiVersion: example.com/v1\nkind: Secret\n", '1:13: apiVersion: there is no apiVersion "example.com/v1"'],
  ["apiVersion: constructor\nkind: name\n", '1:13: apiVersion: there is no apiVersion "constructor"'],
  [
    "apiVersion: sluice.dev/v1\nkind: RouteTabel\n",
    '2:7: kind: there is no kind "RouteTabel"; did you mean "RouteTable"?',
  ],
  ["apiVersion: sluice.dev/v1\nkind: Zebra\n", '2:7: kind: there is no kind "Zebra"'],
  ["apiVersion: v1\nkind: ConfigMap\n", '2:7: kind: v1 has no kind "ConfigMap" that is known here'],
  ["apiVersion: v1\nkind: constructor\n", '2:7: kind: v1 has no kind "constructor" that is known here'],
  [
    "apiVersion: ai.solo.io/v2\nkind: AIPolcy\n",
    '2:7: kind: ai.solo.io/v2 has no kind "AIPolcy" that is known here; did you mean "AIPolicy"?',
  ],
  [named, "1:1: metadata: is missing"],
  [`${named}metadata: {}\n`, "4:11: metadata.name: is missing"],
  [
    `${named}metadata: { name: My Secret }\n`,
    "4:19: metadata.name: must be a name of lower-case letters, digits, - and ., beginning and ending with a letter or digit",
  ],
  [
    `${named}metadata: { name: x, lables: {} }\n`,
    '4:22: metadata.lables: there is no such key; did you mean "labels"?',
  ],
  [
    `${named}metadata: { name: x, labels: { a: 5 } }\n`,
    "4:35: metadata.labels.a: must be a text, not a number",
  ],
  [`${named}metadata: { name: x }\nspce: {}\n`, '5:1: spce: there is no such key; did you mean "spec"?'],
])("%j can't be read: %s", (text, problem) => {
  expect(problemsOf(text)).toBe(`r.yaml:${problem}`);
});

/** A resource whose `spec` stands in line 4. */
function resource(kind: string, spec: string, apiVersion = "sluice.dev/v1"): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: x }\nspec: ${spec}\n`;
}

const toBackend = "destination: { aiBackend: { name: b } }";
const toService = "destination: { externalService: { name: s } }";
const service = "ports: [{ number: 1, protocol: HTTP }]";

test.each([
  ["VirtualGateway", "{}", "4:7: spec.listeners: is missing"],
  ["VirtualGateway", "{ listeners: [] }", "4:20: spec.listeners: must have at least 1 entry"],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 0, routes: [{ labels: { a: b } }] }] }",
    "4:29: spec.listeners[0].port: must be at least 1",
  ],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 80, protocol: TCP, routes: [{ labels: { a: b } }] }] }",
    "4:43: spec.listeners[0].protocol: must be one of HTTP, HTTPS",
  ],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 80, routes: [] }] }",
    "4:41: spec.listeners[0].routes: must have at least 1 entry",
  ],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 80, routes: [{}] }] }",
    "4:42: spec.listeners[0].routes[0]: either labels or routeTable, one of them",
  ],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 80, routes: [{ labels: { a: b }, routeTable: { name: t } }] }] }",
    "4:42: spec.listeners[0].routes[0]: either labels or routeTable, one of them",
  ],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 80, routes: [{ labels: {} }] }] }",
    "4:52: spec.listeners[0].routes[0].labels: name at least one label",
  ],
  [
    "VirtualGateway",
    "{ listeners: [{ port: 80, hosts: [A.example], routes: [{ labels: { a: b } }] }] }",
    "4:41: spec.listeners[0].hosts[0]: must be a host in lower case without a port, *.domain, or *",
  ],
  [
    "RouteTable",
    "{ routes: [] }",
    "4:7: spec: the table has neither routes nor models, so it would do nothing",
  ],
  [
    "RouteTable",
    `{ authentication: maybe, routes: [{ ${toBackend} }] }`,
    "4:25: spec.authentication: must be one of required, optional",
  ],
  ["RouteTable", `{ hosts: [], routes: [{ ${toBackend} }] }`, "4:16: spec.hosts: must have at least 1 entry"],
  ["RouteTable", "{ routes: [{}] }", "4:18: spec.routes[0].destination: is missing"],
  [
    "RouteTable",
    "{ routes: [{ destination: {} }] }",
    "4:33: spec.routes[0].destination: either aiBackend, model, externalService or workflow, one of them",
  ],
  [
    "RouteTable",
    "{ routes: [{ destination: { aiBackend: { name: b }, externalService: { name: s } } }] }",
    "4:33: spec.routes[0].destination: either aiBackend, model, externalService or workflow, one of them",
  ],
  [
    "RouteTable",
    "{ routes: [{ destination: { externalService: { name: s, port: https } } }] }",
    "4:69: spec.routes[0].destination.externalService.port: must be a number, not a text",
  ],
  [
    "RouteTable",
    "{ routes: [{ destination: { externalService: { name: s, port: 70000 } } }] }",
    "4:69: spec.routes[0].destination.externalService.port: must be at most 65535",
  ],
  [
    "RouteTable",
    `{ routes: [{ name: Chat, ${toBackend} }] }`,
    "4:26: spec.routes[0].name: must be a name of lower-case letters, digits, - and ., beginning and ending with a letter or digit",
  ],
  [
    "RouteTable",
    `{ routes: [{ dialect: opnai, ${toBackend} }] }`,
    '4:29: spec.routes[0].dialect: must be one of openai, anthropic, gemini; did you mean "openai"?',
  ],
  [
    "RouteTable",
    `{ routes: [{ rewrite: { path: v1 }, ${toService} }] }`,
    "4:37: spec.routes[0].rewrite.path: must be a path that begins with / and has no query",
  ],
  [
    "RouteTable",
    `{ routes: [{ rewrite: { host: 'a:1' }, ${toService} }] }`,
    "4:37: spec.routes[0].rewrite.host: must be a host in lower case without a port, *.domain, or *",
  ],
  [
    "RouteTable",
    `{ routes: [{ policies: { ai: [] }, ${toBackend} }] }`,
    "4:36: spec.routes[0].policies.ai: must have at least 1 entry",
  ],
  [
    "RouteTable",
    `{ routes: [{ policies: { ai: [x] }, ${toBackend} }] }`,
    "4:37: spec.routes[0].policies.ai[0]: must be a map of keys and values, not a text",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [], ${toBackend} }] }`,
    "4:27: spec.routes[0].match: must have at least 1 entry",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ path: {} }], ${toBackend} }] }`,
    "4:36: spec.routes[0].match[0].path: either prefix, exact or regex, one of them",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ path: { prefix: /a, exact: /b } }], ${toBackend} }] }`,
    "4:36: spec.routes[0].match[0].path: either prefix, exact or regex, one of them",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ path: { prefix: a } }], ${toBackend} }] }`,
    "4:46: spec.routes[0].match[0].path.prefix: must be a path that begins with / and has no query",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ path: { regex: '/(a' } }], ${toBackend} }] }`,
    "4:45: spec.routes[0].match[0].path.regex: the pattern is refused: missing closing ): `/(a`",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ path: { regex: '/(?=a)' } }], ${toBackend} }] }`,
    "4:45: spec.routes[0].match[0].path.regex: the pattern is refused: invalid or unsupported Perl syntax: `(?=`",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ methods: [get] }], ${toBackend} }] }`,
    '4:40: spec.routes[0].match[0].methods[0]: must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; did you mean "GET"?',
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ headers: [{ name: a }] }], ${toBackend} }] }`,
    "4:40: spec.routes[0].match[0].headers[0]: either exact, prefix, regex or present, one of them",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ headers: [{ name: a b, exact: c }] }], ${toBackend} }] }`,
    "4:48: spec.routes[0].match[0].headers[0].name: must be a name without blanks",
  ],
  [
    "RouteTable",
    `{ routes: [{ match: [{ query: [{ name: a, exact: c, present: true }] }], ${toBackend} }] }`,
    "4:38: spec.routes[0].match[0].query[0]: either exact, prefix, regex or present, one of them",
  ],
  ["AIBackend", "{}", "4:7: spec.provider: is missing"],
  [
    "AIBackend",
    "{ provider: opnai }",
    '4:19: spec.provider: must be one of openai, anthropic, gemini, huggingface; did you mean "openai"?',
  ],
  [
    "AIBackend",
    "{ provider: openai, url: llm.example }",
    "4:32: spec.url: must be a URL that begins with http:// or https://",
  ],
  [
    "AIBackend",
    "{ provider: huggingface, url: 'https://h.example/m', healthCheck: {} }",
    "4:73: spec.healthCheck: does nothing for a Hugging Face model, which is called as it is",
  ],
  [
    "AIBackend",
    "{ provider: huggingface }",
    "4:7: spec.url: is missing: a Hugging Face model has an address of its own",
  ],
  ["AIBackend", "{ provider: openai, model: '' }", "4:34: spec.model: must have at least 1 character"],
  [
    "AIBackend",
    "{ provider: openai, credentials: {} }",
    "4:40: spec.credentials: either secret, env or file, one of them",
  ],
  [
    "AIBackend",
    "{ provider: openai, credentials: { env: A, file: /b } }",
    "4:40: spec.credentials: either secret, env or file, one of them",
  ],
  [
    "AIBackend",
    "{ provider: openai, credentials: { env: not a name } }",
    "4:47: spec.credentials.env: must be the name of an environment variable",
  ],
  [
    "AIBackend",
    "{ provider: openai, credentials: { file: key } }",
    "4:48: spec.credentials.file: must be a path that begins with /",
  ],
  [
    "AIBackend",
    "{ provider: openai, credentials: { secret: { entry: key } } }",
    "4:50: spec.credentials.secret.name: is missing",
  ],
  [
    "AIBackend",
    "{ provider: openai, credentials: sk-live-1234 }",
    "4:40: spec.credentials: must be a map of keys and values, not a text",
  ],
  [
    "AIBackend",
    "{ provider: openai, retries: { attempts: 0 } }",
    "4:48: spec.retries.attempts: must be at least 1",
  ],
  [
    "AIBackend",
    "{ provider: openai, timeouts: { total: 2d } }",
    "4:46: spec.timeouts.total: must be at most 1d",
  ],
  ["ExternalService", `{ hosts: [], ${service} }`, "4:16: spec.hosts: must be one host: a service has one"],
  [
    "ExternalService",
    `{ hosts: [a, b], ${service} }`,
    "4:16: spec.hosts: must be one host: a service has one",
  ],
  [
    "ExternalService",
    `{ hosts: ['*.a'], ${service} }`,
    "4:17: spec.hosts[0]: must be a host by its full name",
  ],
  [
    "ExternalService",
    `{ hosts: [300.0.0.1], ${service} }`,
    "4:17: spec.hosts[0]: must be a host by its full name",
  ],
  ["ExternalService", "{ hosts: [a], ports: [] }", "4:28: spec.ports: must have at least 1 entry"],
  [
    "ExternalService",
    "{ hosts: [a], ports: [{ number: 1, protocol: http }] }",
    '4:52: spec.ports[0].protocol: must be one of HTTP, HTTPS; did you mean "HTTP"?',
  ],
  ["ExternalService", "{ hosts: [a], ports: [{ number: 1 }] }", "4:29: spec.ports[0].protocol: is missing"],
  ["AIPolicy", "{}", "4:7: spec: the policy has no rule, so it would do nothing"],
  [
    "AIPolicy",
    "{ prompt: [{ action: mask }] }",
    "4:18: spec.prompt[0]: a rule needs a detector, or a pattern with a name",
  ],
  [
    "AIPolicy",
    "{ prompt: [{ pattern: '(?=a)b', name: n, action: mask }] }",
    "4:29: spec.prompt[0].pattern: the pattern is refused: lookahead and lookbehind are not supported",
  ],
  [
    "AIPolicy",
    "{ reply: [{ detector: prompt_injection, action: block }] }",
    "4:29: spec.reply[0].detector: prompt_injection looks for what is meant for the model, so it is a rule for prompts only",
  ],
  [
    "AIPolicy",
    "{ limits: [{ interval: 1m }] }",
    "4:18: spec.limits[0]: either requests, tokens, inputTokens, outputTokens, usd, complexity or concurrent, one of them",
  ],
  [
    "AIPolicy",
    "{ limits: [{ tokens: 1, requests: 1, interval: 1m }] }",
    "4:18: spec.limits[0]: either requests, tokens, inputTokens, outputTokens, usd, complexity or concurrent, one of them",
  ],
  [
    "AIPolicy",
    "{ limits: [{ tokens: 1 }] }",
    "4:18: spec.limits[0]: in which time? Name an interval, such as 1m, or a calendar, such as day",
  ],
  [
    "AIPolicy",
    "{ limits: [{ tokens: 0, interval: 1m }] }",
    "4:28: spec.limits[0].tokens: must be at least 1",
  ],
  [
    "AIPolicy",
    "{ limits: [{ usd: ten, interval: 1m }] }",
    "4:25: spec.limits[0].usd: must be an amount in US dollars, such as 10.00",
  ],
  [
    "AIPolicy",
    "{ limits: [{ usd: [10], interval: 1m }] }",
    "4:25: spec.limits[0].usd: must be an amount in US dollars, such as 10.00",
  ],
  [
    "AIPolicy",
    "{ limits: [{ usd: '0.00', interval: 1m }] }",
    "4:25: spec.limits[0].usd: must be more than 0 and at most 9000000",
  ],
  [
    "AIPolicy",
    "{ limits: [{ usd: USD 9000001, interval: 1m }] }",
    "4:25: spec.limits[0].usd: must be more than 0 and at most 9000000",
  ],
  [
    "AIPolicy",
    "{ limits: [{ tokens: 1, interval: 10ms }] }",
    "4:41: spec.limits[0].interval: must be at least 1s",
  ],
  [
    "AIPolicy",
    "{ caching: { ttl: 60 } }",
    "4:25: spec.caching.ttl: must be a duration with its unit, such as 500ms, 30s or 10m",
  ],
  ["AIPolicy", "{ failure: shut, caching: { ttl: 1m } }", "4:18: spec.failure: must be one of closed, open"],
  [
    "AIPolicy",
    "{ applyTo: { routes: [] }, caching: { ttl: 1m } }",
    "4:28: spec.applyTo.routes: must have at least 1 entry",
  ],
  [
    "AIPolicy",
    "{ applyTo: { routes: [{ labels: {} }] }, caching: { ttl: 1m } }",
    "4:39: spec.applyTo.routes[0].labels: name at least one label",
  ],
  [
    "AIPolicy",
    "{ applyTo: { routeTables: [t] }, caching: { ttl: 1m } }",
    "4:34: spec.applyTo.routeTables[0]: must be a map of keys and values, not a text",
  ],
  [
    "AuthPolicy",
    "{}",
    "4:7: spec: there is no way in: name at least one of apiKey, virtualKeys, jwt, oidc, introspection, anonymous",
  ],
  [
    "AuthPolicy",
    "{ anonymous: {}, virtualKeys: {} }",
    "4:37: spec.virtualKeys: would do nothing: anonymous knows who sends a virtual key all the same",
  ],
  [
    "AuthPolicy",
    "{ apiKey: { header: a b, secrets: { labels: { a: b } } } }",
    "4:27: spec.apiKey.header: must be a header name without blanks",
  ],
  ["AuthPolicy", "{ apiKey: { header: a } }", "4:17: spec.apiKey.secrets: is missing"],
  [
    "AuthPolicy",
    "{ apiKey: { header: a, secrets: { labels: {} } } }",
    "4:49: spec.apiKey.secrets.labels: name at least one label",
  ],
  [
    "AuthPolicy",
    "{ apiKey: { header: a, secrets: { labels: { a: b } }, upstreamHeaders: { x y: e } } }",
    '4:80: spec.apiKey.upstreamHeaders["x y"]: this key must be a header name without blanks',
  ],
  [
    "TransformationPolicy",
    "{}",
    "4:7: spec: the policy changes neither request nor response, so it would do nothing",
  ],
  [
    "TransformationPolicy",
    "{ request: { headers: { x: '{{ a' } } }",
    '4:34: spec.request.headers.x: the template is refused: line 1, column 1: output "{{ a" not closed',
  ],
  [
    "TransformationPolicy",
    "{ request: { query: { x: '{% for a in b %}' } } }",
    "4:32: spec.request.query.x: the template is refused: line 1, column 1: tag {% for a in b %} not closed",
  ],
  [
    "TransformationPolicy",
    "{ response: { query: { x: a } } }",
    "4:21: spec.response.query: there is no such key",
  ],
  [
    "TransformationPolicy",
    "{ response: { body: { template: '{{', format: text } } }",
    '4:39: spec.response.body.template: the template is refused: line 1, column 1: output "{{" not closed',
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { template: '{\"a\": 1', format: json } } }",
    "4:38: spec.request.body.template: the template is refused: line 1, column 8: this is not JSON: a closing brace is missing",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { template: a, format: xml } } }",
    "4:49: spec.request.body.format: must be one of json, text",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { template: a } } }",
    "4:26: spec.request.body.format: is missing",
  ],
  [
    "TransformationPolicy",
    "{ request: { headers: { x y: a } } }",
    '4:31: spec.request.headers["x y"]: this key must be a header name without blanks',
  ],
  [
    "TransformationPolicy",
    "{ request: { extractors: { a-b: { header: x } } } }",
    "4:34: spec.request.extractors.a-b: this key must be a name of letters, digits and _",
  ],
  [
    "TransformationPolicy",
    "{ request: { extractors: { a: {} } } }",
    "4:37: spec.request.extractors.a: either header or query, one of them",
  ],
  [
    "TransformationPolicy",
    "{ request: { extractors: { a: { header: x, query: y } } } }",
    "4:37: spec.request.extractors.a: either header or query, one of them",
  ],
  [
    "TransformationPolicy",
    "{ request: { extractors: { a: { header: x, regex: '(' } } } }",
    "4:57: spec.request.extractors.a.regex: the pattern is refused: missing closing ): `(`",
  ],
  [
    "TransformationPolicy",
    "{ request: { extractors: { a: { header: x, group: 1.5 } } } }",
    "4:57: spec.request.extractors.a.group: must be a whole number",
  ],
  ["Secret", "{}", "4:7: spec: the Secret has no entry"],
  ["Secret", "{ data: { a: '*' } }", "4:20: spec.data.a: must be a base64 text"],
  [
    "Secret",
    "{ data: { a b: YQ== } }",
    '4:17: spec.data["a b"]: this key must be a name of letters, digits, -, _ and .',
  ],
  ["Secret", "{ stringData: { a: 5 } }", "4:26: spec.stringData.a: must be a text, not a number"],
  [
    "Secret",
    "{ sealed: { a: { text: plain, fingerprint: f, digest: d } } }",
    "4:30: spec.sealed.a.text: must be a sealed text",
  ],
  ["Workflow", "{ steps: [] }", "4:16: spec.steps: must have at least 1 entry"],
  [
    "Workflow",
    '{ model: "a*", steps: [{ name: a, template: x }] }',
    "4:16: spec.model: must be one name: a workflow has no pattern",
  ],
  [
    "Workflow",
    "{ steps: [{ name: A, template: x }] }",
    "4:25: spec.steps[0].name: must be a name of letters, digits and _, beginning with a lower-case letter",
  ],
  [
    "Workflow",
    "{ steps: [{ name: a }] }",
    "4:17: spec.steps[0]: either model, aiBackend, choose or template, one of them",
  ],
  ["Workflow", "{ steps: [{ name: a, model: m }] }", "4:17: spec.steps[0].messages: is missing"],
  [
    "Workflow",
    "{ steps: [{ name: a, model: m, template: x }] }",
    "4:17: spec.steps[0]: either model, aiBackend, choose or template, one of them",
  ],
  [
    "Workflow",
    "{ steps: [{ name: a, choose: [{ model: m }], messages: [{ from: input }] }] }",
    "4:36: spec.steps[0].choose: must have at least 2 entries",
  ],
  [
    "Workflow",
    '{ steps: [{ name: a, choose: [{ when: "true", model: m }, {}], messages: [{ from: input }] }] }',
    "4:65: spec.steps[0].choose[1]: either model or aiBackend, one of them",
  ],
  [
    "Workflow",
    "{ steps: [{ name: a, model: m, messages: [{}] }] }",
    "4:49: spec.steps[0].messages[0]: either role and content, or from: input",
  ],
  [
    "Workflow",
    "{ steps: [{ name: a, model: m, messages: [{ from: output }] }] }",
    "4:57: spec.steps[0].messages[0].from: must be input",
  ],
  [
    "Workflow",
    "{ steps: [{ name: a, model: m, messages: [{ from: input }], temperature: 3 }] }",
    "4:80: spec.steps[0].temperature: must be at most 2",
  ],
  [
    "Workflow",
    "{ steps: [{ name: a, model: m, messages: [{ from: input }], reasoningEffort: hgh }] }",
    '4:84: spec.steps[0].reasoningEffort: must be one of minimal, low, medium, high, xhigh, max; did you mean "high"?',
  ],
  [
    "Workflow",
    "{ steps: [{ name: a, model: m, messages: [{ from: input }], responseFormat: { type: jsn } }] }",
    "4:91: spec.steps[0].responseFormat.type: must be json",
  ],
  [
    "Secret",
    "{ sealed: { a: { digest: d } } }",
    "4:22: spec.sealed.a: either text or ingress is needed: the entry as `sluice export` gives it",
  ],
  [
    "RouteTable",
    "{ models: [{ name: m }] }",
    "4:18: spec.models[0]: either destination, targets or choose, one of them",
  ],
  [
    "RouteTable",
    "{ models: [{ name: m, targets: [] }] }",
    "4:38: spec.models[0].targets: name at least one target",
  ],
  [
    "RouteTable",
    "{ models: [{ name: m, destination: { aiBackend: { name: b } }, listed: [m] }] }",
    "4:78: spec.models[0].listed: only a name with * has a list; a plain name is listed as it is",
  ],
  [
    "RouteTable",
    "{ models: [{ name: 'm-*', destination: { aiBackend: { name: b } }, listed: [x] }] }",
    "4:83: spec.models[0].listed[0]: does not begin as the model's name, m-*",
  ],
  [
    "RouteTable",
    "{ models: [{ name: m, destination: { aiBackend: { name: b } }, lostCall: twice }] }",
    "4:80: spec.models[0].lostCall: must be one of fail, repeat",
  ],
  [
    "AIPolicy",
    "{ phoneRegion: de, prompt: [{ detector: email, action: mask }] }",
    "4:22: spec.phoneRegion: must be a country as two capital letters, such as DE",
  ],
  [
    "AIPolicy",
    "{ limits: [{ requests: 1, calendar: day, timeZone: Mars }] }",
    "4:58: spec.limits[0].timeZone: must be a time zone of the IANA database, such as Europe/Berlin",
  ],
  [
    "AIPolicy",
    "{ limits: [{ requests: 1, calendar: day, timeZone: Europe/Berln }] }",
    '4:58: spec.limits[0].timeZone: must be a time zone of the IANA database; did you mean "Europe/Berlin"?',
  ],
  [
    "AIPolicy",
    "{ limits: [{ requests: 1, interval: 1m, name: A B }] }",
    "4:53: spec.limits[0].name: must be a name of lower-case letters, digits and -",
  ],
  ["AuthPolicy", "{ jwt: {} }", "4:14: spec.jwt.issuer: is missing"],
  [
    "AuthPolicy",
    "{ jwt: { issuer: 'a b', jwksUri: 'https://i.example/k', audiences: [a] } }",
    "4:24: spec.jwt.issuer: must be a text without blanks: the issuer as its tokens name it",
  ],
  [
    "AuthPolicy",
    "{ jwt: { issuer: a, jwks: { keys: [{ kty: oct, k: a }] }, audiences: [a] } }",
    "4:42: spec.jwt.jwks.keys[0]: it is not a public key; a secret one has no place in the configuration",
  ],
  [
    "AuthPolicy",
    "{ jwt: { issuer: a, jwks: { keys: [{ kty: RSA }] }, audiences: [a] } }",
    "4:42: spec.jwt.jwks.keys[0]: it is no public key that can be read",
  ],
  [
    "AuthPolicy",
    "{ jwt: { issuer: a, jwksUri: 'https://i.example/k', audiences: [a], header: x, scheme: 'a b' } }",
    "4:94: spec.jwt.scheme: must be a word, such as Bearer",
  ],
  [
    "AuthPolicy",
    "{ oidc: { issuer: 'https://i.example', requiredClaims: { 'a b': [x] } } }",
    '4:64: spec.oidc.requiredClaims["a b"]: this key must be the name of a claim, or the path to one within others, such as realm_access.roles',
  ],
  [
    "AuthPolicy",
    "{ oidc: { issuer: 'https://i.example', requiredClaims: { a: [[x]] } } }",
    "4:68: spec.oidc.requiredClaims.a[0]: must be a text, a number, true or false",
  ],
  [
    "AuthPolicy",
    "{ introspection: { url: 'https://a.example/i', clientId: c, clientSecret: {} } }",
    "4:81: spec.introspection.clientSecret: either env or file, one of them",
  ],
  [
    "AuthPolicy",
    "{ introspection: { url: 'https://a.example/i', clientId: c, clientSecret: { env: SLUICE_X } } }",
    "4:88: spec.introspection.clientSecret.env: must be another variable: this one is Sluice's own",
  ],
])("the %s %s has the problem %s", (kind, spec, problem) => {
  expect(problemsOf(resource(kind, spec))).toBe(`r.yaml:${problem}`);
});

const networking = "networking.gloo.solo.io/v2";
const aiSolo = "ai.solo.io/v2";
const gatewaySolo = "gateway.solo.io/v2";
const security = "security.policy.gloo.solo.io/v2";
const traffic = "trafficcontrol.policy.gloo.solo.io/v2";
const forward = "forwardTo: { destinations: [{ kind: EXTERNAL_SERVICE, ref: { name: a } }] }";

test.each([
  [
    networking,
    "ExternalService",
    "{ hosts: [a], ports: [{ number: 1, protocol: GRPC }] }",
    "1:1: as ExternalService x: spec.ports[0].protocol: must be one of HTTP, HTTPS",
  ],
  [
    networking,
    "ExternalService",
    "{ hosts: [a], addresses: [b], ports: [] }",
    "4:21: spec.addresses: there is no such key",
  ],
  [
    networking,
    "RouteTable",
    "{ http: [{ forwardTo: { destinations: [] } }] }",
    "4:45: spec.http[0].forwardTo.destinations: must be one destination",
  ],
  [
    networking,
    "RouteTable",
    "{ http: [{ forwardTo: { destinations: [{ kind: SERVICE, ref: { name: a } }] } }] }",
    "4:54: spec.http[0].forwardTo.destinations[0].kind: must be EXTERNAL_SERVICE",
  ],
  [
    networking,
    "RouteTable",
    `{ http: [{ redirect: {}, ${forward} }] }`,
    "4:18: spec.http[0].redirect: there is no such key",
  ],
  [networking, "RouteTable", "{ tcp: [], http: [] }", "4:9: spec.tcp: there is no such key"],
  [
    networking,
    "RouteTable",
    `{ http: [{ matchers: [{ uri: { prefix: ai } }], ${forward} }] }`,
    "1:1: as RouteTable x: spec.routes[0].match[0].path.prefix: must be a path that begins with / and has no query",
  ],
  [
    security,
    "ExtAuthPolicy",
    "{ config: { glooAuth: { configs: [] } } }",
    "4:40: spec.config.glooAuth.configs: must be one way to tell who asks",
  ],
  [
    security,
    "ExtAuthPolicy",
    "{ config: { glooAuth: { configs: [{ apiKeyAuth: { k8sSecretApikeyStorage: { labelSelector: {} } } }] } } }",
    "1:1: as AuthPolicy x: spec.apiKey.secrets.labels: name at least one label",
  ],
  [
    traffic,
    "TransformationPolicy",
    "{ config: { request: { injaTemplate: { body: { text: '{{ a' } } } } }",
    '1:1: as TransformationPolicy x: spec.request.body.template: the template is refused: line 1, column 1: output "{{ a" not closed',
  ],
  [
    traffic,
    "TransformationPolicy",
    "{ config: { request: { injaTemplate: { bodyy: { text: a } } } } }",
    '4:46: spec.config.request.injaTemplate.bodyy: there is no such key; did you mean "body"?',
  ],
  [
    traffic,
    "TransformationPolicy",
    "{ config: {} }",
    "1:1: as TransformationPolicy x: spec: the policy changes neither request nor response, so it would do nothing",
  ],
  [
    aiSolo,
    "AIBackend",
    "{ provider: bedrock }",
    "1:1: as AIBackend x: spec.provider: must be one of openai, anthropic, gemini, huggingface",
  ],
  [
    aiSolo,
    "AIBackend",
    "{ provider: openai, auth: { type: OAuth, secretName: s } }",
    "4:41: spec.auth.type: must be ApiKey",
  ],
  [
    aiSolo,
    "AIBackend",
    "{ provider: openai, modle: m }",
    '4:27: spec.modle: there is no such key; did you mean "model"?',
  ],
  [
    aiSolo,
    "AIPolicy",
    "{ promptProtection: { enabled: false } }",
    "1:1: as AIPolicy x: spec: the policy has no rule, so it would do nothing",
  ],
  [
    aiSolo,
    "AIPolicy",
    "{ dlp: [{ rule: { pattern: a, action: ERASE } }] }",
    "4:45: spec.dlp[0].rule.action: must be one of REDACT, BLOCK, AUDIT",
  ],
  [
    aiSolo,
    "AIPolicy",
    "{ rateLimit: { tokenLimits: [{ tokens: 5, interval: soon }] } }",
    "1:1: as AIPolicy x: spec.limits[0].interval: must be a duration with its unit, such as 500ms, 30s or 10m",
  ],
  [
    gatewaySolo,
    "VirtualGateway",
    "{ listeners: [{ port: 80, tls: {}, routes: [] }] }",
    "4:33: spec.listeners[0].tls: there is no such key",
  ],
  [
    gatewaySolo,
    "RouteTable",
    "{ routes: [{ options: { cors: {} }, route: { destination: { aiBackend: { name: a } } } }] }",
    "4:31: spec.routes[0].options.cors: there is no such key",
  ],
])("%s %s %s has the problem %s", (version, kind, spec, problem) => {
  expect(problemsOf(resource(kind, spec, version))).toBe(`r.yaml:${problem}`);
});

test("a Secret of Kubernetes with a key that it does not have", () => {
  expect(problemsOf("apiVersion: v1\nkind: Secret\nmetadata: { name: x }\nstringdata: { a: b }\n")).toBe(
    'r.yaml:4:1: stringdata: there is no such key; did you mean "stringData"?',
  );
});

test("the same resource twice is told with both of its places, and named by kind and namespace", () => {
  expect(problemsOf(`${secret}---\n${secret}`)).toBe("r.yaml:3:62: Secret x stands at r.yaml:1 already");
  expect(problemsOf({ text: secret, name: "a.yaml" }, { text: secret, name: "b.yaml" })).toBe(
    "b.yaml:1:62: Secret x stands at a.yaml:1 already",
  );
  const elsewhere = secret.replace("name: x", "name: x, namespace: other");
  expect(problemsOf(`${secret}---\n${elsewhere}`)).toBe("");
});

test("a foreign resource and Sluice's own are the same where kind and name are", () => {
  const foreign = "{ apiVersion: v1, kind: Secret, metadata: { name: x }, data: { a: YQ== } }\n";
  expect(problemsOf(`${secret}---\n${foreign}`)).toBe("r.yaml:3:51: Secret x stands at r.yaml:1 already");
});

const configuration = "backends: { house: { provider: openai } }\nmodels: [{ name: m, backend: house }]\n";

test("a configuration and resources are read together; a second configuration is a problem", () => {
  const read = readChange([
    { text: configuration, name: "sluice.yaml", directory: "/" },
    { text: secret, name: "r.yaml", directory: "/" },
  ]);
  expect(read.base?.models.map(({ name }) => name)).toEqual(["m"]);
  expect(read.resources.map(({ kind }) => kind)).toEqual(["Secret"]);
  expect(problemsOf({ text: configuration, name: "a.yaml" }, { text: configuration, name: "b.yaml" })).toBe(
    "b.yaml:1:1: there can be one configuration, and a.yaml is one already",
  );
});

test("all problems of all files are told at once", () => {
  const problems = problemsOf(
    { text: configuration.replace("openai", "opnai"), name: "sluice.yaml" },
    { text: `${resource("AIBackend", "{}")}---\n${resource("Secret", "{}")}`, name: "r.yaml" },
  );
  expect(problems.split("\n").map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual([
    "sluice.yaml:1:32: backends.house.provider",
    "r.yaml:4:7: spec.provider",
    "r.yaml:9:7: spec",
  ]);
});

test("files without anything in them change nothing", () => {
  expect(readChange([{ text: "# nothing\n---\n", name: "r.yaml", directory: "/" }])).toEqual({
    resources: [],
  });
});

test("JSON is read as YAML is", () => {
  const text = JSON.stringify({
    apiVersion: "sluice.dev/v1",
    kind: "Secret",
    metadata: { name: "x" },
    spec: { stringData: { a: "b" } },
  });
  expect(problemsOf(text)).toBe("");
});

const jwt = 'issuer: a, jwksUri: "https://a.example/k", audiences: [a]';

test.each([
  [
    "TransformationPolicy",
    "{ request: { body: {} } }",
    "4:26: spec.request.body: either template or convert, or both",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { convert: xml-to-json, format: json } } }",
    "4:58: spec.request.body.format: there is no template that it is of",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { convert: json-to-xml, template: x, format: text } } }",
    "4:71: spec.request.body.format: must be json, to become XML",
  ],
  [
    "TransformationPolicy",
    '{ request: { body: { template: "{}", format: json, xml: {} } } }',
    "4:63: spec.request.body.xml: there is no convert that it is for",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { convert: xml-to-json, xml: { root: r } } } }",
    "4:63: spec.request.body.xml.root: is for json-to-xml",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { convert: json-to-xml, xml: { lists: [a] } } } }",
    "4:64: spec.request.body.xml.lists: is for xml-to-json",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { convert: json-to-xml, xml: { values: typed } } } }",
    "4:65: spec.request.body.xml.values: is for xml-to-json",
  ],
  [
    "TransformationPolicy",
    "{ request: { body: { convert: json-to-xml, xml: { root: 1a } } } }",
    "4:63: spec.request.body.xml.root: must be a name that an element can have",
  ],
  [
    "Workflow",
    '{ model: "a*", steps: [{ name: a, template: x }] }',
    "4:16: spec.model: must be one name: a workflow has no pattern",
  ],
  [
    "Workflow",
    '{ steps: [{ name: a, choose: [{ when: "true" }, { model: b }] }] }',
    "4:37: spec.steps[0].choose[0]: either model or aiBackend, one of them",
  ],
  [
    "AIBackend",
    "{ provider: huggingface, model: m, urlFrom: { env: X } }",
    "4:51: spec.urlFrom: a Hugging Face model has an address of its own: name it with url",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${jwt.replace("issuer: a", "issuer: a b")} } }`,
    "4:24: spec.jwt.issuer: must be a text without blanks: the issuer as its tokens name it",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${jwt}, header: x-a, scheme: a b } }`,
    "4:96: spec.jwt.scheme: must be a word, such as Bearer",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${jwt}, requiredScopes: [a b] } }`,
    "4:92: spec.jwt.requiredScopes[0]: must be a scope: a text without blanks",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${jwt}, requiredClaims: { a: [[]] } } }`,
    "4:97: spec.jwt.requiredClaims.a[0]: must be a text, a number, true or false",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${jwt}, claims: { user: a b } } }`,
    "4:91: spec.jwt.claims.user: must be the name of a claim, or the path to one within others, such as realm_access.roles",
  ],
])("%s %s is told what its parts must be to each other: %s", (kind, spec, problem) => {
  expect(problemsOf(resource(kind, spec))).toBe(`r.yaml:${problem}`);
});
