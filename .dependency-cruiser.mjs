/**
 * The structure of the repository, as rules. `setup/structure.test.ts` shows for each of them that it catches what it
 * is there to catch.
 *
 * @type {import("dependency-cruiser").IConfiguration}
 */
export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that need each other are one concept in two places.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "Every import leads to a file or an installed package.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "declared-packages-only",
      comment: "A package is named in the package.json of whoever imports it.",
      severity: "error",
      from: { path: "^(libs|services)/[^/]+/|^(cli|simulator|test)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-development-package-in-production",
      comment: "What only tests need is not installed in production.",
      severity: "error",
      from: { path: "^(libs|services|cli|simulator)/", pathNot: "[.]test[.]ts$|/testing/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-service-imports-a-service",
      comment: "Services meet on the bus; each can be deployed, scaled and replaced alone.",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "libraries-stand-below",
      comment: "Libraries know nothing of what is built on them.",
      severity: "error",
      from: { path: "^libs/" },
      to: { path: "^(services|cli|simulator|test|setup|bench)/" },
    },
    {
      name: "services-stand-below-tools",
      comment: "A service runs without command line, simulator and end-to-end tests.",
      severity: "error",
      from: { path: "^services/" },
      to: { path: "^(cli|simulator|test|setup|bench)/" },
    },
    {
      name: "tools-start-services-as-processes",
      comment: "The supervisor starts services by their files; it does not import them.",
      severity: "error",
      from: { path: "^(cli|simulator)/" },
      to: { path: "^(services|test|bench)/" },
    },
    {
      name: "contracts-stand-at-the-bottom",
      comment: "Everybody depends on the contracts; they depend on nobody.",
      severity: "error",
      from: { path: "^libs/contracts/" },
      to: { path: "^libs/", pathNot: "^libs/contracts/" },
    },
    {
      name: "telemetry-knows-only-contracts",
      comment: "The bus records telemetry, so telemetry cannot need the bus.",
      severity: "error",
      from: { path: "^libs/telemetry/" },
      to: { path: "^libs/", pathNot: "^libs/(telemetry|contracts)/" },
    },
    {
      name: "bus-knows-contracts-and-telemetry",
      comment: "The bus carries; it does not know what the services on it do.",
      severity: "error",
      from: { path: "^libs/bus/", pathNot: "[.]test[.]ts$|/testing/" },
      to: { path: "^libs/", pathNot: "^libs/(bus|contracts|telemetry)/" },
    },
    {
      name: "pure-libraries-know-only-contracts",
      comment: "Translation and pricing are functions of what they are given.",
      severity: "error",
      from: { path: "^libs/(dialects|pricing)/" },
      to: { path: "^libs/", pathNot: "^libs/(dialects|pricing|contracts)/" },
    },
    {
      name: "only-the-bus-speaks-nats",
      comment: "Another NATS client is a change to one folder. Tests may look at the server from outside.",
      severity: "error",
      from: { path: "^(libs|services|cli|simulator)/", pathNot: "^libs/bus/|[.]test[.]ts$|/testing/" },
      to: { path: "node_modules/(nats|@nats-io/(?!nkeys)[^/]+)/" },
    },
    {
      name: "domain-is-pure",
      comment: "domain/ decides; adapters and handlers connect its decisions to the world.",
      severity: "error",
      from: { path: "/src/domain/", pathNot: "[.]test[.]ts$" },
      to: {
        path: [
          "node_modules/(nats|fastify|ioredis|pg|undici|kysely|@electric-sql)/",
          "^libs/(bus|runtime|servers)/",
          "/src/(adapters|handlers)/",
          "^(node:)?(fs|http|https|child_process)(/|$)",
        ],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "domain-is-pure-in-its-types-too",
      comment: "Not even the types of NATS and Fastify reach domain/.",
      severity: "error",
      from: { path: "/src/domain/" },
      to: { path: ["node_modules/(nats|fastify)/", "/src/(adapters|handlers)/"] },
    },
    {
      name: "no-reaching-into-a-package",
      comment: "Packages import each other by name (@sluice/…), so that `exports` decides what is public.",
      severity: "error",
      from: { path: "^(libs|services)/([^/]+)/" },
      to: { path: "^(libs|services)/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "no-reaching-out-of-a-tool",
      comment: "As above, for packages at the root.",
      severity: "error",
      from: { path: "^(cli|simulator|test)/" },
      to: { path: "^(libs|services|cli|simulator|test|setup)/", pathNot: "^$1/", dependencyTypes: ["local"] },
    },
    {
      name: "no-test-code-in-production",
      comment: "Tests and what only they use are left out of an image.",
      severity: "error",
      from: { path: "^(libs|services|cli|simulator)/", pathNot: "[.]test[.]ts$|/testing/" },
      to: { path: "[.]test[.]ts$|/testing/" },
    },
    {
      name: "servers-are-for-the-supervisor-and-tests",
      comment: "A service is given the addresses of its servers; it does not start them.",
      severity: "error",
      from: { path: "^(libs|services|simulator)/", pathNot: "^libs/servers/|[.]test[.]ts$|/testing/" },
      to: { path: "^libs/servers/" },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(node_modules/[.]|[.]toolchain|[.]sluice)" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
    combinedDependencies: false,
    skipAnalysisNotInRules: false,
  },
};
