import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { configurationInvalidExitCode } from '@tessera/contracts/supervision'
import { Command } from 'commander'
import type { VaultCommandOptions } from './admin/vault-commands.ts'
import type { GivenStartOptions } from './start/options.ts'

/** Each command loads only what it runs: a vault process never reads the gateway's sources, nor the other way round. */
const program = new Command('tessera').description('Self-hosted gateway for card payments').showHelpAfterError()

program
  .command('start')
  .description('PostgreSQL, vault, gateway, worker and sandbox on this machine, with a test merchant')
  .option('--port <port>', 'of the gateway; 0 takes any free ports (default: 8080)')
  .option('--vault-port <port>', 'of the vault (default: 8081)')
  .option('--metrics-port <port>', 'of the metrics (default: 9090)')
  .option('--data-dir <directory>', 'where database, keys and logs lie (default: .tessera)')
  .option('--separate-worker', 'run the worker as a process of its own')
  .argument('[rest...]')
  .action(async (rest: string[], options: GivenStartOptions) => {
    const directory = resolve(options.dataDir ?? '.tessera')
    // As the other processes do by NODE_COMPILE_CACHE. A new directory is made later, with its own rights.
    if (existsSync(directory)) enableCompileCache(join(directory, 'cache'))
    const { startCommand } = await import('./start/command.ts')
    process.exitCode = await startCommand(options, rest)
  })

program
  .command('gateway')
  .description('the API host, against DATABASE_URL')
  .action(async () => (await import('@tessera/gateway/main')).main())

program
  .command('worker')
  .description('webhooks, expiries and unknown outcomes, against DATABASE_URL')
  .action(async () => {
    process.env.TESSERA_WORKER = 'only'
    await (await import('@tessera/gateway/main')).main()
  })

program
  .command('vault')
  .description('the card host, against VAULT_DATABASE_URL')
  .action(async () => (await import('@tessera/vault/main')).main())

program
  .command('sandbox')
  .description('the simulated acquirer of test mode')
  .action(async () => (await import('@tessera/sandbox/main')).main())

program
  .command('migrate')
  .description('bring DATABASE_URL and VAULT_DATABASE_URL up to date')
  .action(async () => {
    const { migrateCommand } = await import('./start/migrate-command.ts')
    process.exitCode = await migrateCommand(process.env)
  })

const embeddedVault = 'of a running start; without it VAULT_DATABASE_URL and TESSERA_ROOT_KEY'

program
  .command('audit-log')
  .description('the vault’s log of every use of a card')
  .command('check')
  .description('whether any entry was altered, added, moved or removed; answers in JSON, exit code 1 where one was')
  .option('--data-dir <directory>', embeddedVault)
  .option('--against <file>', 'the answer of an earlier check: whether all that was there then is there still')
  .action(async (options: VaultCommandOptions & { against?: string }) => {
    const { checkAuditLogCommand } = await import('./admin/vault-commands.ts')
    process.exitCode = await checkAuditLogCommand(options)
  })

program
  .command('root-key')
  .description('the key above all keys of the vault')
  .command('rotate')
  .description('wrap all keys under the first of the root keys that are given; may be killed and done again')
  .option('--data-dir <directory>', embeddedVault)
  .action(async (options: VaultCommandOptions) => {
    const { rotateRootKeyCommand } = await import('./admin/vault-commands.ts')
    await rotateRootKeyCommand(options)
  })

if (process.argv[2] === 'merchants' || process.argv[2] === 'keys' || process.argv[2]?.startsWith('-')) {
  const { addAdminCommands } = await import('./admin/commands.ts')
  addAdminCommands(program)
}

/** What a person can put right: the message says how, and a stack trace says nothing more. */
const plain = [
  'ConfigInvalid',
  'DataDirectoryUnusable',
  'EarlierCheckUnusable',
  'KeyNotOpened',
  'RootKeyInvalid',
  'WrongRootKey',
]

try {
  await program.parseAsync()
} catch (error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  process.stderr.write(`${plain.includes(name) ? message : stack}\n`)
  // Starting again does not help.
  process.exit(name === 'ConfigInvalid' ? configurationInvalidExitCode : 1)
}
