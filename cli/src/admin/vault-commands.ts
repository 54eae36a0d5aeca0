import { readFileSync } from 'node:fs'
import { checkAuditLog, rotateRootKey } from '@tessera/vault/admin'
import { vaultEnvironment } from './environment.ts'

export interface VaultCommandOptions {
  dataDir?: string
}

/** What a person can put right; the message says how. */
const refusals = new Set(['RootKeyInvalid', 'WrongRootKey', 'KeyNotOpened'])

/** Prints what was found, as JSON. Exit code 1 where anything is wrong with the log. */
export function checkAuditLogCommand(options: VaultCommandOptions & { against?: string }): Promise<number> {
  return answer(options, async (environment) => {
    const findings = await checkAuditLog(environment, options.against === undefined ? [] : endsIn(options.against))
    return { json: findings, code: findings.problemCount === 0 ? 0 : 1 }
  })
}

/** Prints how many keys were wrapped anew, as JSON. */
export function rotateRootKeyCommand(options: VaultCommandOptions): Promise<number> {
  return answer(options, async (environment) => ({ json: await rotateRootKey(environment), code: 0 }))
}

async function answer(
  { dataDir }: VaultCommandOptions,
  run: (environment: Record<string, string | undefined>) => Promise<{ json: unknown; code: number }>,
): Promise<number> {
  try {
    const { json, code } = await run(await vaultEnvironment(dataDir, process.env))
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`)
    return code
  } catch (error) {
    if (!(error instanceof Error) || !refusals.has(error.name)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

type Ends = NonNullable<Parameters<typeof checkAuditLog>[1]>

/** From what an earlier check has printed. */
function endsIn(path: string): Ends {
  const { ends } = JSON.parse(readFileSync(path, 'utf8')) as { ends?: Ends }
  const isEnd = (end: Ends[number]) => typeof end.chainId === 'string' && typeof end.mac === 'string'
  if (!Array.isArray(ends) || !ends.every((end) => isEnd(end) && Number.isSafeInteger(end.sequence))) {
    throw new Error(`${path} does not hold what an earlier check of the audit log has printed`)
  }
  return ends
}
