import { readFileSync } from 'node:fs'
import { type ChainEnd, checkAuditLog, rotateRootKey } from '@tessera/vault/admin'
import { vaultEnvironment } from './environment.ts'

export interface VaultCommandOptions {
  dataDir?: string
}

export class EarlierCheckUnusable extends Error {
  override name = 'EarlierCheckUnusable'
}

/** Prints what was found, as JSON. Exit code 1 where anything is wrong with the log. */
export async function checkAuditLogCommand(options: VaultCommandOptions & { against?: string }): Promise<number> {
  const earlier = options.against === undefined ? [] : endsIn(options.against)
  const findings = await checkAuditLog(await vaultEnvironment(options.dataDir, process.env), earlier)
  print(findings)
  return findings.problemCount === 0 ? 0 : 1
}

/** Prints how many keys were wrapped anew, as JSON. */
export async function rotateRootKeyCommand({ dataDir }: VaultCommandOptions): Promise<void> {
  print(await rotateRootKey(await vaultEnvironment(dataDir, process.env)))
}

function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
}

/** From what an earlier check has printed. */
function endsIn(path: string): ChainEnd[] {
  try {
    const { ends } = JSON.parse(readFileSync(path, 'utf8')) as { ends: ChainEnd[] }
    const isEnd = (end: ChainEnd) =>
      typeof end.chainId === 'string' && typeof end.mac === 'string' && Number.isSafeInteger(end.sequence)
    if (ends.every(isEnd)) return ends
  } catch (cause) {
    throw new EarlierCheckUnusable(`${path} cannot be read as the answer of an earlier check`, { cause })
  }
  throw new EarlierCheckUnusable(
    `${path} is not the answer of an earlier check: not all of its ends are ends of chains`,
  )
}
