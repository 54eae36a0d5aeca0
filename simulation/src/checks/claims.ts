import type { VaultBooks } from '../world/vault-books.ts'
import type { Found } from './violation.ts'

/** What the vault still keeps for attempts, where none is left to be sent. */
export function checkClaims({ permits }: Pick<VaultBooks, 'permits'>, found: Found): void {
  for (const attemptId of permits.keys()) found('no card waits for an attempt that is over', attemptId)
}
