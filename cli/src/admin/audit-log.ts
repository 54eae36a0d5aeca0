import { readFileSync } from 'node:fs'
import { checkAuditLog } from '@tessera/vault/admin'
import { vaultEnvironment } from './environment.ts'

export interface AuditLogOptions {
  dataDir?: string
  against?: string
}

/** Prints what was found, as JSON. Exit code 1 where anything is wrong with the log. */
export async function checkAuditLogCommand({ dataDir, against }: AuditLogOptions): Promise<number> {
  const environment = await vaultEnvironment(dataDir, process.env)
  const findings = await checkAuditLog(environment, against === undefined ? [] : endsIn(against))
  process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  return findings.problemCount === 0 ? 0 : 1
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
