import { type Admin, openAdmin, type SettingsChange } from '@tessera/gateway/admin'
import { type Command, InvalidArgumentError } from 'commander'
import { adminEnvironment } from './environment.ts'
import { addThreeDSecureOptions, type ThreeDSecureOptions, threeDSecureChangeOf } from './three-d-secure-options.ts'

interface Where {
  dataDir?: string
}

interface SettingOptions extends ThreeDSecureOptions {
  homeCountry?: string
  registrations?: string[]
  reverseCharge?: 'verified' | 'format' | null
  roundTax?: boolean
  serverPayments?: boolean
  origin?: string[]
}

/** `merchants …` and `keys …`: what an operator does without a dashboard. Answers are JSON, for scripts. */
export function addAdminCommands(program: Command): void {
  const merchants = program.command('merchants').description('merchants of this installation')
  const keys = program.command('keys').description('API keys of a merchant')
  const located = (command: Command) =>
    command.option('--data-dir <directory>', 'of a running start; without it DATABASE_URL and TESSERA_SEALING_KEY_FILE')

  located(merchants.command('create'))
    .description('a merchant with its first keys; the secret key is shown this once')
    .requiredOption('--name <name>', 'as shoppers know it')
    .option('--mode <mode>', 'test or live', readMode, 'test' as const)
    .option('--connector <connector>', 'that takes its payments', 'sandbox')
    .action((o: Where & { name: string; mode: 'test' | 'live'; connector: string }) =>
      withAdmin(o, (admin) => admin.createMerchant({ name: o.name, mode: o.mode, connector: o.connector })),
    )

  for (const [name, status] of [
    ['activate', 'active'],
    ['deactivate', 'inactive'],
  ] as const) {
    located(merchants.command(`${name} <merchant>`))
      .description(`${name} a merchant; its keys answer accordingly within two seconds`)
      .action((merchantId: string, o: Where) =>
        withAdmin(o, async (admin) =>
          found(await admin.setMerchantStatus(merchantId, status), `no merchant ${merchantId}`),
        ),
      )
  }

  addThreeDSecureOptions(located(merchants.command('set <merchant>')))
    .description('settings of a merchant; what is not named stays. Answers with all that hold now')
    .option('--home-country <country>', 'where it is established, ISO 3166-1: FR')
    .option(
      '--registrations <places>',
      'where else it collects tax, separated by commas: *, EU, GB, US-CA, CA-QC; empty for nowhere',
      readPlaces,
    )
    .option('--reverse-charge <check>', 'of a tax id that is enough: verified, format, or default', readCheck)
    .option('--round-tax <how>', 'once per order, or per line: order or line', readRounding)
    .option('--server-payments <on|off>', 'whether it may send cards from its server', readSwitch)
    .option(
      '--origin <origins...>',
      'all sites of its own whose pages may hold card fields and use its publishable keys: https://shop.example; none for none',
      readOrigin,
    )
    .action((merchantId: string, o: Where & SettingOptions) =>
      withAdmin(o, async (admin) =>
        found(await admin.setMerchant(merchantId, changeOf(o)), `no merchant ${merchantId}`),
      ),
    )

  located(keys.command('create <merchant>'))
    .description('a further key; a secret key is shown this once')
    .option('--kind <kind>', 'secret or publishable', readKind, 'secret' as const)
    .option('--mode <mode>', 'test or live', readMode, 'test' as const)
    .option('--scopes <scopes>', 'separated by commas; * is everything', '*')
    .action(
      (merchantId: string, o: Where & { kind: 'secret' | 'publishable'; mode: 'test' | 'live'; scopes: string }) =>
        withAdmin(o, async (admin) => {
          const scopes = o.scopes.split(',')
          return found(await admin.createKey(merchantId, { ...o, scopes }), `no merchant ${merchantId}`)
        }),
    )

  located(keys.command('end <merchant> <key>'))
    .description('revoke a key, by its id, now or after an overlap')
    .option('--in-hours <hours>', 'how long it still works', readHours, 0)
    .action((merchantId: string, keyId: string, o: Where & { inHours: number }) =>
      withAdmin(o, async (admin) =>
        found(await admin.endKey(merchantId, keyId, o.inHours * 3_600_000), `no key ${keyId} of ${merchantId}`),
      ),
    )
}

async function withAdmin(where: Where, run: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = openAdmin(await adminEnvironment(where.dataDir, process.env))
  try {
    process.stdout.write(`${JSON.stringify(await run(admin), null, 2)}\n`)
  } catch (error) {
    if (!(error instanceof Error) || (error.name !== 'AdminRefused' && !(error instanceof NotFound))) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } finally {
    await admin.close()
  }
}

class NotFound extends Error {}

function found<T>(value: T | false | undefined, why: string): T | { ok: true } {
  if (value === false || value === undefined) throw new NotFound(why)
  return value === true ? { ok: true } : value
}

function changeOf(o: SettingOptions): SettingsChange {
  const { homeCountry, registrations, reverseCharge, roundTax, serverPayments, origin } = o
  return {
    ...(origin !== undefined && { origins: origin }),
    ...(serverPayments !== undefined && { s2sEnabled: serverPayments }),
    tax: {
      ...(homeCountry !== undefined && { homeCountry: homeCountry.toUpperCase() }),
      ...(registrations !== undefined && { registrations }),
      ...(reverseCharge !== undefined && { reverseChargeRequires: reverseCharge }),
      ...(roundTax !== undefined && { roundPerLine: roundTax }),
    },
    threeDSecure: threeDSecureChangeOf(o),
  }
}

function readPlaces(text: string): string[] {
  return text.split(',').flatMap((place) => place.trim().toUpperCase() || [])
}

function readCheck(text: string): 'verified' | 'format' | null {
  if (text !== 'verified' && text !== 'format' && text !== 'default') {
    throw new InvalidArgumentError('--reverse-charge is verified, format or default')
  }
  return text === 'default' ? null : text
}

function readRounding(text: string): boolean {
  if (text !== 'order' && text !== 'line') throw new InvalidArgumentError('--round-tax is order or line')
  return text === 'line'
}

/** Given several times, or several at once. */
function readOrigin(text: string, before: string[] = []): string[] {
  return text === 'none' ? [] : [...before, text]
}

function readSwitch(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('--server-payments is on or off')
  return text === 'on'
}

function readMode(text: string): 'test' | 'live' {
  if (text !== 'test' && text !== 'live') throw new InvalidArgumentError('--mode is test or live')
  return text
}

function readKind(text: string): 'secret' | 'publishable' {
  if (text !== 'secret' && text !== 'publishable') throw new InvalidArgumentError('--kind is secret or publishable')
  return text
}

function readHours(text: string): number {
  const hours = Number(text)
  if (!Number.isFinite(hours) || hours < 0 || hours > 24 * 7)
    throw new InvalidArgumentError('--in-hours is from 0 to 168')
  return hours
}
