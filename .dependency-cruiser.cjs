/**
 * The import rules of the rooms, type imports included. `tools/check/planted-imports.ts` holds a violation of each rule,
 * and the check fails when one of them is not found: a rule whose pattern matches nothing would look green.
 *
 * Paths are relative to the repository. Packages are matched by where they resolve to, `node_modules/<name>/…`.
 */
/** Tests, what stands in `testing/` for several of them, and what a connector hands to the contract suite. */
const test = '\\.test\\.ts$|/testing/|/connectors/contract/|/contract-subject\\.ts$'
/** A production file of a room; tests may also use what `tools/testing` and the development dependencies offer. */
const code = (path) => ({ path, pathNot: test })

/** Rooms of the gateway that reach outside. None may know another; each connector is a room of its own. */
const adapters = ['store', 'threeds', 'webhooks', 'vault-client', 'tax-id']
const faces = ['checkout', 'dashboard']

/** What the command line starts (main) or asks (admin), and what they are built with. */
const doors = '^(gateway|vault|sandbox|cli)/src/(main|admin)\\.ts$'
const wiring = '^(gateway|vault|sandbox|cli)/src/compose\\.ts$'

const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to })

const everywhere = [
  forbid(
    'no-cycle',
    'Cycles hide which file decides. Move what both need into a file of its own.',
    {},
    { circular: true },
  ),
  forbid('resolves', 'The import leads nowhere.', {}, { couldNotResolve: true }),
  forbid(
    'declared-package',
    "Name the package in the workspace's own package.json.",
    { pathNot: test },
    { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  ),
  forbid(
    'no-development-package',
    'Production code runs without development dependencies.',
    { path: '^(lib|contracts|gateway|vault|sandbox|cli|sdk)/', pathNot: test },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
  ),
  forbid(
    'no-import-of-tests',
    'Only tests import what stands beside or for them.',
    { pathNot: [test, '^e2e/'] },
    { path: test, pathNot: '^tools/' },
  ),
  forbid(
    'tools-stay-outside',
    'tools/ serves tests and checks only.',
    code('^(lib|contracts|gateway|vault|sandbox|cli|sdk|web)/'),
    { path: '^tools/' },
  ),
  forbid(
    'nobody-imports-the-wiring',
    'compose.ts hands the parts inward; only the doors (main.ts, admin.ts) build with it.',
    { pathNot: [doors, wiring, test] },
    { path: wiring },
  ),
  forbid(
    'only-the-command-opens-doors',
    "A process's doors, main.ts and admin.ts, are opened by the command line alone.",
    { pathNot: ['^cli/src/', test] },
    { path: doors, pathNot: '^cli/' },
  ),
]

const packages = [
  forbid('lib-stands-alone', 'lib imports nothing of ours and no package.', code('^lib/'), {
    pathNot: '^lib/',
    dependencyTypesNot: ['core'],
  }),
  forbid('contracts-need-nothing', 'contracts import nothing of ours but lib, and no package.', code('^contracts/'), {
    path: ['^(gateway|vault|sandbox|cli|web|sdk|tools|e2e|bench)/', 'node_modules/'],
  }),
  forbid('vault-is-apart', 'The vault imports contracts and lib only.', code('^vault/'), {
    path: '^(gateway|sandbox|cli|web|sdk|tools|e2e|bench)/',
  }),
  forbid('vault-has-one-package', 'The vault uses the database driver and no other package.', code('^vault/'), {
    path: 'node_modules/',
    pathNot: 'node_modules/(@types/)?pg/',
  }),
  forbid('gateway-is-apart', 'The gateway imports contracts and lib only.', code('^gateway/'), {
    path: '^(vault|sandbox|cli|web|sdk|tools|e2e|bench)/',
  }),
  forbid('sandbox-is-apart', 'The sandbox imports contracts and lib only, and no package.', code('^sandbox/'), {
    path: ['^(gateway|vault|cli|web|sdk|tools|e2e|bench)/', 'node_modules/'],
  }),
  forbid('command-knows-doors-only', 'The command knows the processes by main.ts and admin.ts alone.', code('^cli/'), {
    path: '^(gateway|vault|sandbox)/',
    pathNot: doors,
  }),
  forbid(
    'from-outside-only',
    'e2e and bench see the product as its users do.',
    { path: '^(e2e|bench)/' },
    {
      path: '^(gateway|vault|sandbox|cli|web)/',
    },
  ),
  forbid(
    'simulation-wires-the-gateway',
    'The simulation builds gateways of their real parts; of the other rooms it knows contracts, lib and the throwaway database.',
    { path: '^simulation/', pathNot: test },
    { path: '^(vault|sandbox|cli|web|sdk|tools|e2e|bench)/', pathNot: '^cli/src/postgres/' },
  ),
  forbid(
    'nobody-imports-the-simulation',
    'The simulation looks at the product; nothing of the product knows of it.',
    { pathNot: '^simulation/' },
    { path: '^simulation/' },
  ),
  forbid(
    'certify-runs-commands',
    'What certifies starts the other rooms by their commands and reads what they print; it knows the throwaway database and what installs its judges.',
    { path: '^certify/' },
    {
      path: '^(gateway|vault|sandbox|cli|web|sdk|contracts|e2e|bench|simulation|tools)/',
      pathNot: '^(cli/src/postgres/throwaway|tools/install-apart)\\.ts$',
    },
  ),
  forbid(
    'browser-is-apart',
    'web and sdk know the servers by their public API alone.',
    { path: '^(web|sdk)/' },
    {
      path: '^(gateway|vault|sandbox|cli|lib)/',
    },
  ),
]

const gatewayRooms = [
  forbid(
    'core-is-pure',
    'core imports lib and types of contracts: no package, no built-in module.',
    code('^gateway/src/core/'),
    {
      path: '.',
      pathNot: ['^gateway/src/core/', '^lib/', '^contracts/'],
    },
  ),
  forbid(
    'core-takes-types-of-contracts',
    'What core needs of contracts are types; a value there would be a rule outside core.',
    code('^gateway/src/core/'),
    { path: '^contracts/', dependencyTypesNot: ['type-only'] },
  ),
  forbid('own-lib-stands-alone', "The gateway's own lib imports lib only.", code('^gateway/src/lib/'), {
    path: ['^(gateway|contracts)/', 'node_modules/'],
    pathNot: '^gateway/src/lib/',
  }),
  forbid(
    'only-store-has-the-driver',
    'Only store imports the database driver.',
    {
      path: '^gateway/',
      pathNot: ['^gateway/src/store/', test],
    },
    { path: 'node_modules/(@types/)?(pg|kysely)/' },
  ),
  forbid(
    'vault-driver-in-store',
    "Only the vault's store imports the database driver.",
    {
      path: '^vault/',
      pathNot: ['^vault/src/store/', test],
    },
    { path: 'node_modules/(@types/)?pg/' },
  ),
  forbid(
    'only-the-edge-has-the-framework',
    'Only http and the rooms with routes import the HTTP framework.',
    {
      path: '^gateway/',
      pathNot: ['^gateway/src/(http|dialects|checkout|dashboard)/', test],
    },
    { path: 'node_modules/(fastify|@fastify/[^/]+|typebox)/' },
  ),
  forbid(
    'only-tax-id-checks-digits',
    'Only tax-id imports the checker of tax ids; all others ask the port.',
    {
      path: '^gateway/',
      pathNot: ['^gateway/src/tax-id/', test],
    },
    { path: 'node_modules/jsvat/' },
  ),
  forbid(
    'only-callers-have-the-client',
    'Only webhooks, vault-client, tax-id and threeds make HTTP calls.',
    {
      path: '^gateway/',
      pathNot: ['^gateway/src/(webhooks|vault-client|tax-id|threeds)/', test],
    },
    { path: 'node_modules/undici/' },
  ),
  forbid('http-takes-types-of-core', 'http knows the types of core, not its rules.', code('^gateway/src/http/'), {
    path: '^gateway/src/core/',
    dependencyTypesNot: ['type-only'],
  }),
  forbid('http-is-below-the-dialects', 'http imports core types and lib only.', code('^gateway/src/http/'), {
    path: '^gateway/src/',
    pathNot: '^gateway/src/(http|core|lib)/',
  }),
  forbid(
    'dialects-know-core-and-http',
    'Dialects, checkout and dashboard import core, http and lib only.',
    code('^gateway/src/(dialects/[^/]+|checkout|dashboard)/'),
    {
      path: '^gateway/src/(store|connectors|threeds|webhooks|vault-client|tax-id)/',
    },
  ),
  forbid(
    'dialects-do-not-mix',
    'No dialect knows another.',
    { path: '^gateway/src/dialects/([^/]+)/' },
    {
      path: ['^gateway/src/dialects/', '^gateway/src/(checkout|dashboard)/'],
      pathNot: '^gateway/src/dialects/$1/',
    },
  ),
  ...faces.map((room) =>
    forbid(
      `${room}-stands-beside`,
      'Rooms with routes do not know each other.',
      { path: `^gateway/src/${room}/` },
      {
        path: `^gateway/src/(dialects|${faces.filter((other) => other !== room).join('|')})/`,
      },
    ),
  ),
  ...adapters.map((room) =>
    forbid(
      `${room}-stands-beside`,
      'Rooms that reach outside import core, lib and contracts; never each other.',
      code(`^gateway/src/${room}/`),
      {
        path: '^gateway/src/',
        pathNot: `^gateway/src/(core|lib|${room})/`,
      },
    ),
  ),
  forbid(
    'connectors-stand-beside',
    'A connector imports core, lib and contracts; never another room or connector.',
    { path: '^gateway/src/connectors/([^/]+)/', pathNot: test },
    {
      path: '^gateway/src/',
      pathNot: ['^gateway/src/(core|lib|connectors/$1)/', '^gateway/src/connectors/[^/]+\\.ts$'],
    },
  ),
  forbid(
    'connector-files-stand-beside',
    'What all connectors share imports core, lib and connectors only.',
    code('^gateway/src/connectors/[^/]+\\.ts$'),
    {
      path: '^gateway/src/',
      pathNot: '^gateway/src/(core|lib|connectors)/',
    },
  ),
]

module.exports = {
  forbidden: [...everywhere, ...packages, ...gatewayRooms],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)node_modules/\\.', '^(\\.runtime|\\.tessera|artifacts)/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    skipAnalysisNotInRules: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
