import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

interface PlantedFile {
  path: string
  imports: readonly string[]
  /** The rules that it breaks, none for a file that must pass. */
  breaks: readonly string[]
}

const file = (path: string, imports: readonly string[], ...breaks: string[]): PlantedFile => ({ path, imports, breaks })
const value = (from: string): string => `import { thing } from '${from}'\nexport const uses = thing`
const type = (from: string): string => `import type { Thing } from '${from}'\nexport type Uses = Thing`
const effect = (from: string): string => `import '${from}'`

const innocent: readonly PlantedFile[] = [
  file('lib/src/clock.ts', [effect('node:crypto')]),
  file('lib/src/retry.ts', [value('./clock.ts')]),
  file('lib/src/retry.test.ts', [value('./retry.ts'), effect('vitest'), effect('../../tools/testing/database.ts')]),
  file('contracts/src/protocol.ts', [value('@tessera/lib/clock')]),
  file('gateway/src/lib/sealing.ts', [value('@tessera/lib/clock'), effect('node:crypto')]),
  file('gateway/src/core/rules.ts', [value('@tessera/lib/clock'), type('@tessera/contracts/protocol')]),
  file('gateway/src/core/rules.test.ts', [value('./rules.ts'), effect('node:fs')]),
  file('gateway/src/store/rows.ts', [value('../core/rules.ts'), value('../lib/sealing.ts'), effect('pg')]),
  file('gateway/src/threeds/flow.ts', [value('../core/rules.ts')]),
  file('gateway/src/webhooks/sender.ts', [value('../core/rules.ts'), effect('undici')]),
  file('gateway/src/vault-client/client.ts', [value('@tessera/contracts/protocol')]),
  file('gateway/src/tax-id/verifier.ts', [value('../core/rules.ts'), effect('undici'), effect('jsvat')]),
  file('gateway/src/connectors/acquirer.ts', [value('../core/rules.ts')]),
  file('gateway/src/connectors/one/connector.ts', [value('../../core/rules.ts'), value('../acquirer.ts')]),
  file('gateway/src/connectors/two/connector.ts', [value('@tessera/contracts/protocol')]),
  file('gateway/src/connectors/contract.test.ts', [value('./one/connector.ts'), type('./two/connector.ts')]),
  file('gateway/src/connectors/contract/subject.ts', [type('../../core/rules.ts')]),
  file('gateway/src/connectors/one/contract-subject.ts', [value('../contract/subject.ts')]),
  file('gateway/src/http/server.ts', [type('../core/rules.ts'), effect('fastify')]),
  file('gateway/src/dialects/old/route.ts', [value('../../core/rules.ts'), type('../../http/server.ts')]),
  file('gateway/src/dialects/new/route.ts', [value('../../http/server.ts'), effect('fastify')]),
  file('gateway/src/checkout/page.ts', [value('../core/rules.ts')]),
  file('gateway/src/dashboard/people.ts', [value('../http/server.ts')]),
  file('gateway/src/compose.ts', [value('./store/rows.ts'), type('./dialects/old/route.ts')]),
  file('gateway/src/main.ts', [value('./compose.ts')]),
  file('gateway/src/admin.ts', [value('./store/rows.ts')]),
  file('vault/src/store/cards.ts', [effect('pg')]),
  file('vault/src/intake/token.ts', [value('../store/cards.ts'), value('@tessera/contracts/protocol')]),
  file('vault/src/main.ts', [value('./intake/token.ts')]),
  file('sandbox/src/testing/running.ts', [value('../compose.ts'), effect('vitest')]),
  file('sandbox/src/answers.test.ts', [value('./testing/running.ts')]),
  file('sandbox/src/compose.ts', [value('@tessera/lib/clock')]),
  file('sandbox/src/main.ts', [value('@tessera/contracts/protocol'), effect('node:http')]),
  file('cli/src/main.ts', [value('@tessera/gateway/main'), value('@tessera/vault/main'), effect('pg')]),
  file('cli/src/keys.ts', [value('@tessera/gateway/admin')]),
  file('simulation/src/gateway.ts', [value('../../gateway/src/store/rows.ts'), type('@tessera/contracts/protocol')]),
  file('e2e/journey.ts', [value('@tessera/lib/clock')]),
  file('tools/testing/database.ts', [value('@tessera/lib/clock')]),
]

const guilty: readonly PlantedFile[] = [
  file('lib/src/circle-left.ts', [type('./circle-right.ts')], 'no-cycle'),
  // A circle is reported once, at the file that is read first.
  file('lib/src/circle-right.ts', [type('./circle-left.ts')]),
  file('lib/src/lost.ts', [effect('./nowhere.ts')], 'resolves', 'lib-stands-alone'),
  file('lib/src/greedy.ts', [effect('pg')], 'lib-stands-alone', 'declared-package'),
  file('lib/src/upward.ts', [type('@tessera/contracts/protocol')], 'lib-stands-alone'),
  file('lib/src/testing.ts', [effect('./retry.test.ts')], 'no-import-of-tests'),
  file('contracts/src/reaches.ts', [type('../../gateway/src/core/rules.ts')], 'contracts-need-nothing'),
  file('contracts/src/loads.ts', [effect('pg')], 'contracts-need-nothing', 'declared-package'),

  file('gateway/src/core/stores.ts', [type('../store/rows.ts')], 'core-is-pure'),
  file('gateway/src/core/reads.ts', [effect('node:fs')], 'core-is-pure'),
  file('gateway/src/core/queries.ts', [type('pg')], 'core-is-pure', 'only-store-has-the-driver'),
  file('gateway/src/core/serves.ts', [type('fastify')], 'core-is-pure', 'only-the-edge-has-the-framework'),
  file('gateway/src/core/borrows.ts', [value('@tessera/contracts/protocol')], 'core-takes-types-of-contracts'),
  file('gateway/src/lib/knows.ts', [type('../core/rules.ts')], 'own-lib-stands-alone'),
  file('gateway/src/store/calls.ts', [type('../webhooks/sender.ts')], 'store-stands-beside'),
  file('gateway/src/store/fetches.ts', [effect('undici')], 'only-callers-have-the-client'),
  file('gateway/src/threeds/saves.ts', [value('../store/rows.ts')], 'threeds-stands-beside'),
  file('gateway/src/webhooks/saves.ts', [value('../store/rows.ts')], 'webhooks-stands-beside'),
  file('gateway/src/webhooks/serves.ts', [effect('fastify')], 'only-the-edge-has-the-framework'),
  file('gateway/src/vault-client/saves.ts', [type('../http/server.ts')], 'vault-client-stands-beside'),
  file('gateway/src/tax-id/saves.ts', [value('../store/rows.ts')], 'tax-id-stands-beside'),
  file('gateway/src/store/checks.ts', [effect('jsvat')], 'only-tax-id-checks-digits'),
  file('gateway/src/connectors/one/copies.ts', [type('../two/connector.ts')], 'connectors-stand-beside'),
  file(
    'gateway/src/connectors/two/rehearses.ts',
    [value('../contract/subject.ts')],
    'connectors-stand-beside',
    'no-import-of-tests',
  ),
  file('gateway/src/connectors/saves.ts', [type('../store/rows.ts')], 'connector-files-stand-beside'),
  file('gateway/src/http/decides.ts', [value('../core/rules.ts')], 'http-takes-types-of-core'),
  file('gateway/src/http/translates.ts', [type('../dialects/old/route.ts')], 'http-is-below-the-dialects'),
  file('gateway/src/dialects/old/saves.ts', [type('../../store/rows.ts')], 'dialects-know-core-and-http'),
  file('gateway/src/dialects/old/copies.ts', [type('../new/route.ts')], 'dialects-do-not-mix'),
  file('gateway/src/checkout/sends.ts', [value('../connectors/acquirer.ts')], 'dialects-know-core-and-http'),
  file('gateway/src/checkout/translates.ts', [type('../dialects/old/route.ts')], 'checkout-stands-beside'),
  file('gateway/src/dashboard/shows.ts', [value('../checkout/page.ts')], 'dashboard-stands-beside'),
  file('gateway/src/webhooks/wires.ts', [type('../compose.ts')], 'nobody-imports-the-wiring', 'webhooks-stands-beside'),
  file('gateway/src/dialects/old/undeclared.ts', [effect('left-pad')], 'declared-package'),
  file('gateway/src/dialects/old/develops.ts', [effect('standardwebhooks')], 'no-development-package'),
  file('gateway/src/store/asks.ts', [value('../admin.ts')], 'store-stands-beside', 'only-the-command-opens-doors'),
  file('gateway/src/peeks.ts', [type('../../vault/src/store/cards.ts')], 'gateway-is-apart'),
  file(
    'gateway/src/prepares.ts',
    [effect('../../tools/testing/database.ts')],
    'gateway-is-apart',
    'tools-stay-outside',
  ),

  file('vault/src/peeks.ts', [type('../../gateway/src/core/rules.ts')], 'vault-is-apart'),
  file('vault/src/intake/queries.ts', [effect('pg')], 'vault-driver-in-store'),
  file('vault/src/intake/loads.ts', [effect('fastify')], 'vault-has-one-package', 'declared-package'),
  file('sandbox/src/peeks.ts', [type('../../vault/src/store/cards.ts')], 'sandbox-is-apart'),
  file('sandbox/src/rehearses.ts', [value('./testing/running.ts')], 'no-import-of-tests'),
  file('sandbox/src/loads.ts', [effect('pg')], 'sandbox-is-apart', 'declared-package'),
  file('cli/src/decides.ts', [value('../../gateway/src/core/rules.ts')], 'command-knows-doors-only'),
  file('bench/starts.ts', [value('@tessera/vault/main')], 'from-outside-only', 'only-the-command-opens-doors'),
  file('simulation/src/peeks.ts', [type('../../vault/src/store/cards.ts')], 'simulation-wires-the-gateway'),
  file('certify/looks.ts', [type('../gateway/src/core/rules.ts')], 'certify-runs-commands'),
  file('bench/rehearses.ts', [type('../simulation/src/gateway.ts')], 'nobody-imports-the-simulation'),
  file('web/dashboard/peeks.ts', [type('../../gateway/src/core/rules.ts')], 'browser-is-apart'),
]

export const plantedFiles: readonly PlantedFile[] = [...innocent, ...guilty]
export const plantedRooms = [
  'lib',
  'contracts',
  'gateway',
  'vault',
  'sandbox',
  'cli',
  'e2e',
  'bench',
  'simulation',
  'certify',
  'web',
  'tools',
]

const manifests: Record<string, object> = {
  lib: { exports: { './*': './src/*.ts' } },
  contracts: { exports: { './*': './src/*.ts' }, dependencies: { '@tessera/lib': '0' } },
  gateway: {
    exports: { './*': './src/*.ts' },
    dependencies: { '@tessera/lib': '0', '@tessera/contracts': '0', pg: '0', fastify: '0', undici: '0', jsvat: '0' },
    devDependencies: { standardwebhooks: '0' },
  },
  vault: {
    exports: { './main': './src/main.ts' },
    dependencies: { '@tessera/lib': '0', '@tessera/contracts': '0', pg: '0' },
  },
  sandbox: { dependencies: { '@tessera/lib': '0', '@tessera/contracts': '0' } },
  cli: { dependencies: { '@tessera/gateway': '0', '@tessera/vault': '0', pg: '0' } },
  e2e: { devDependencies: { '@tessera/lib': '0' } },
  bench: {},
  simulation: { devDependencies: { '@tessera/contracts': '0' } },
  certify: {},
  web: {},
}
const packages = ['pg', 'fastify', 'undici', 'jsvat', 'vitest', 'left-pad', 'standardwebhooks']

/** Makes a small repository of the same layout with the planted files in it, for as long as `use` runs. */
export async function withPlantedRepository<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-import-rules-'))
  try {
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    write('package.json', JSON.stringify({ name: 'planted', workspaces: Object.keys(manifests) }))
    write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true } }),
    )
    mkdirSync(join(folder, 'node_modules/@tessera'), { recursive: true })
    for (const [room, manifest] of Object.entries(manifests)) {
      write(`${room}/package.json`, JSON.stringify({ name: `@tessera/${room}`, type: 'module', ...manifest }))
      symlinkSync(join('../..', room), join(folder, 'node_modules/@tessera', room))
    }
    for (const name of packages) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '0.0.0', main: 'index.js' }))
      write(`node_modules/${name}/index.js`, 'module.exports = {}\n')
    }
    for (const { path, imports } of plantedFiles) write(path, `${imports.join('\n')}\n`)
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
